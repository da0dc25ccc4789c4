//! Servers that are away, hang, restart, or have no room, and callers that stop waiting: each call fails with an error in time,
//! nothing is lost, and nothing counts twice.

use std::net::TcpListener;
use std::time::Duration;

use mailtally::store::postgres::tokio_postgres::{self, Client, NoTls};
use mailtally::store::{Sink, Store, StoreError};
use mailtally::{PostgresOptions, PostgresStore};
use tokio::time::{sleep, timeout};

use super::mail::{all, batch, sent_and_delivered, text};
use super::server::Server;
use super::{Schema, runtime, url};

/// How long the store waits that is impatient. It is enough for a busy machine.
const IMPATIENT: Duration = Duration::from_secs(2);

/// How long a call may take that fails after some seconds: a hanging one would take for ever.
pub(super) const FAR_TOO_LONG: Duration = Duration::from_secs(60);

/// How long it is waited for what must happen on the server, every 20 ms.
const TRIES: usize = 1000;

fn impatient(options: PostgresOptions) -> PostgresOptions {
    options.statement_timeout(IMPATIENT).connect_timeout(IMPATIENT)
}

fn options(server: &Server) -> PostgresOptions {
    PostgresOptions::new(&server.url()).unwrap()
}

/// Connects beside the store.
pub(super) async fn client(url: &str, schema: &Schema) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("SET search_path = {}", schema.quoted())).await.unwrap();
    client
}

/// Returns how many other connections do something in the store's schema: a statement, or a transaction without one.
async fn busy(client: &Client) -> i64 {
    let sql = "SELECT count(DISTINCT pid) FROM pg_locks WHERE relation = 'thinned'::regclass AND pid <> pg_backend_pid()";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// Waits until so many connections are busy.
pub(super) async fn wait_for_busy(client: &Client, expected: i64) {
    for _ in 0..TRIES {
        if busy(client).await == expected {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("{} connections are busy, expected {expected}", busy(client).await);
}

/// Waits until a connection waits for a lock of a table.
pub(super) async fn wait_for_waiting(client: &Client, table: &str) {
    let sql = format!("SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted");
    for _ in 0..TRIES {
        if client.query_one(&sql, &[]).await.unwrap().get::<_, i64>(0) > 0 {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("no connection waits for `{table}`");
}

/// Fails with an error of the back end. Returns its text.
async fn failure<T: std::fmt::Debug>(call: impl Future<Output = Result<T, StoreError>>) -> String {
    let error = timeout(FAR_TOO_LONG, call).await.expect("an answer in time").unwrap_err();
    assert!(matches!(error, StoreError::Backend { store: "PostgreSQL", .. }), "{error:?}");
    text(&error)
}

#[test]
fn a_server_that_is_away_is_an_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let options = impatient(PostgresOptions::new(&url).unwrap());
    let text = runtime().block_on(failure(PostgresStore::connect(options)));
    assert!(text.contains("Connection refused"), "{text}");
}

#[test]
fn a_server_that_accepts_and_never_answers_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://postgres@{}/postgres", listener.local_addr().unwrap());
    let options = impatient(PostgresOptions::new(&url).unwrap());
    let text = runtime().block_on(failure(PostgresStore::connect(options)));
    assert!(text.contains("there is no connection: Timeout occurred"), "{text}");
}

#[test]
fn a_url_that_is_none_is_an_error() {
    let error = PostgresOptions::new("postgres://127.0.0.1:many").unwrap_err();
    assert!(text(&error).starts_with("the PostgreSQL store failed"), "{}", text(&error));
}

#[test]
fn a_server_that_hangs_is_an_error_and_nothing_is_lost_or_twice() {
    let Some(server) = Server::start(&[]) else { return };
    runtime().block_on(async {
        let store = PostgresStore::connect(impatient(options(&server))).await.unwrap();
        store.record(&batch(1)).await.unwrap();
        server.freeze();
        assert!(failure(store.count(&[all()])).await.contains("did not answer within 4s"));
        let text = failure(store.record(&batch(2))).await;
        assert!(text.contains("there is no connection") || text.contains("did not answer"), "{text}");
        server.thaw();
        let store = PostgresStore::connect(options(&server)).await.unwrap();
        assert!([(12, 12), (24, 24)].contains(&sent_and_delivered(&store).await.unwrap()));
        store.record(&batch(2)).await.unwrap();
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (24, 24));
        assert_eq!(store.verify_sums().await.unwrap(), []);
    });
}

#[test]
fn a_server_that_is_restarted_is_an_error_until_it_is_back() {
    let Some(mut server) = Server::start(&[]) else { return };
    runtime().block_on(async {
        let store = PostgresStore::connect(options(&server).statement_timeout(Duration::from_secs(5)));
        let store = store.await.unwrap();
        store.record(&batch(0)).await.unwrap();
        let mut failures = 0;
        for round in 1..4 {
            let reader = tokio::spawn({
                let store = store.clone();
                async move {
                    let mut answers = Vec::new();
                    for _ in 0..40 {
                        answers.push(timeout(FAR_TOO_LONG, sent_and_delivered(&store)).await.unwrap());
                        sleep(Duration::from_millis(5)).await;
                    }
                    answers
                }
            });
            sleep(Duration::from_millis(30)).await;
            server.stop();
            let is_down = sent_and_delivered(&store).await.is_err();
            server.start_again();
            for answer in reader.await.unwrap() {
                match answer {
                    Ok(counts) => assert_eq!(counts, (12 * round, 12 * round)),
                    Err(StoreError::Backend { .. }) => failures += 1,
                    Err(error) => panic!("{error}"),
                }
            }
            // The connections of before are broken, which nobody notices.
            assert!(is_down);
            store.record(&batch(usize::try_from(round).unwrap())).await.unwrap();
            let expected = 12 * (round + 1);
            assert_eq!(sent_and_delivered(&store).await.unwrap(), (expected, expected));
        }
        println!("{failures} calls failed while the server was down");
        assert_eq!(store.verify_sums().await.unwrap(), []);
    });
}

#[test]
fn a_server_without_room_for_more_connections_is_an_error_for_some() {
    let Some(server) =
        Server::start(&["max_connections=4", "superuser_reserved_connections=0", "max_wal_senders=0"])
    else {
        return;
    };
    runtime().block_on(async {
        let store = PostgresStore::connect(options(&server).max_connections(12)).await.unwrap();
        store.record(&batch(0)).await.unwrap();
        let mut refused = 0;
        for _ in 0..20 {
            let calls: Vec<_> = (0..12)
                .map(|_| {
                    let store = store.clone();
                    tokio::spawn(async move { sent_and_delivered(&store).await })
                })
                .collect();
            for call in calls {
                match call.await.unwrap() {
                    Ok(counts) => assert_eq!(counts, (12, 12)),
                    Err(error) => {
                        assert!(text(&error).contains("too many clients"), "{}", text(&error));
                        refused += 1;
                    }
                }
            }
        }
        assert!(refused > 0);
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (12, 12));
    });
}

#[test]
fn who_gets_no_connection_in_time_gets_an_error() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let options = schema.options().max_connections(1).connect_timeout(IMPATIENT);
        let store = PostgresStore::connect(options).await.unwrap();
        let other = client(&url, &schema).await;
        other.batch_execute("BEGIN; LOCK TABLE thinned IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let first = tokio::spawn({
            let store = store.clone();
            async move { sent_and_delivered(&store).await }
        });
        wait_for_busy(&other, 1).await;
        let text = failure(sent_and_delivered(&store)).await;
        assert!(text.contains("Timeout occurred while waiting for a slot"), "{text}");
        other.batch_execute("COMMIT").await.unwrap();
        assert_eq!(first.await.unwrap().unwrap(), (0, 0));
    });
}

#[test]
fn a_statement_that_takes_too_long_is_an_error_and_records_nothing() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let options = schema.options().statement_timeout(IMPATIENT);
        let store = PostgresStore::connect(options).await.unwrap();
        store.record(&batch(0)).await.unwrap();
        let other = client(&url, &schema).await;
        other.batch_execute("BEGIN; LOCK TABLE recent_sums IN ACCESS EXCLUSIVE MODE").await.unwrap();
        for text in [failure(store.record(&batch(1))).await, failure(store.count(&[all()])).await] {
            assert!(text.contains("canceling statement due to statement timeout"), "{text}");
        }
        other.batch_execute("COMMIT").await.unwrap();
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (12, 12));
        store.record(&batch(1)).await.unwrap();
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (24, 24));
    });
}

#[test]
fn a_full_disk_is_an_error_after_which_everything_is_as_before() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options()).await.unwrap();
        store.record(&batch(0)).await.unwrap();
        let other = client(&url, &schema).await;
        // The trigger simulates the full disk. Messages are written before sums.
        other
            .batch_execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
                 END $$;
                 CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON recent_sums FOR EACH ROW EXECUTE FUNCTION full_disk()",
            )
            .await
            .unwrap();
        let text = failure(store.record(&batch(1))).await;
        assert!(text.contains("No space left on device"), "{text}");
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (12, 12));
        assert_eq!(store.verify_sums().await.unwrap(), []);
        other.batch_execute("DROP TRIGGER full_disk ON recent_sums").await.unwrap();
        store.record(&batch(1)).await.unwrap();
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (24, 24));
        assert_eq!(store.verify_sums().await.unwrap(), []);
    });
}

#[test]
fn a_dropped_future_cancels_its_statement_and_its_connection_is_not_used_again() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options().max_connections(1)).await.unwrap();
        store.record(&batch(0)).await.unwrap();
        let other = client(&url, &schema).await;
        other.batch_execute("BEGIN; LOCK TABLE recent_sums IN ACCESS EXCLUSIVE MODE").await.unwrap();
        for _ in 0..3 {
            let call = tokio::spawn({
                let store = store.clone();
                async move { store.record(&batch(1)).await }
            });
            wait_for_busy(&other, 1).await;
            call.abort();
            // The lock is still held, so that only a cancelled statement ends.
            wait_for_busy(&other, 0).await;
        }
        let call = tokio::spawn({
            let store = store.clone();
            async move { sent_and_delivered(&store).await }
        });
        wait_for_busy(&other, 1).await;
        call.abort();
        wait_for_busy(&other, 0).await;
        other.batch_execute("COMMIT").await.unwrap();
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (12, 12));
        store.record(&batch(1)).await.unwrap();
        assert_eq!(sent_and_delivered(&store).await.unwrap(), (24, 24));
        assert_eq!(store.verify_sums().await.unwrap(), []);
    });
}

#[test]
fn futures_that_are_dropped_at_any_point_leave_whole_batches() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options().max_connections(2)).await.unwrap();
        for number in 0..60_u64 {
            let events = batch(usize::try_from(number).unwrap());
            let wait = Duration::from_micros(number * 150);
            let _ = timeout(wait, store.record(&events)).await;
            let (sent, delivered) = sent_and_delivered(&store).await.unwrap();
            assert_eq!(sent, delivered);
        }
        assert_eq!(store.verify_sums().await.unwrap(), []);
    });
}
