//! The queue for processors, and work that ends with its client.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::apis::credentials;
use super::http::Client;
use super::quotas::bounds;
use super::server::Server;
use super::{NOW, UNLIMITED, ask, get, key, mail, parsed, post, start};

#[path = "../../examples/serve/fair_queue.rs"]
mod fair_queue;

#[path = "../../examples/serve/compute.rs"]
mod compute;

#[allow(dead_code, reason = "only the memory is tested without the program")]
#[path = "../../examples/serve/room.rs"]
mod room;

use compute::compute;
use fair_queue::FairQueue;

/// The instant at which the clock of these tests is stopped.
fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap()
}

/// Returns a question that takes long, and its headers, as bytes.
fn slow_question(key: &str) -> Vec<u8> {
    let values: Vec<_> = (0..1000).map(|number| json!({ "value": format!("{number:0>100}") })).collect();
    let filter = json!({"attribute": "recipient_domain", "comparator": "not contains", "values": values});
    let body = json!({"dimensions": ["recipient_domain"], "filter": {"AND": [filter]}}).to_string();
    let (name, value) = credentials("/v1/analytics/metrics", key);
    let length = body.len();
    let head = format!(
        "POST /v1/analytics/metrics HTTP/1.1\r\nhost: x\r\n{name}: {value}\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// Sends slow questions, each on its own connection.
fn send_slow_questions(server: &Server, key: &str, count: usize) -> Vec<Client> {
    let question = slow_question(key);
    let mut clients: Vec<Client> = (0..count).map(|_| Client::connect(server.address).unwrap()).collect();
    for client in &mut clients {
        client.send(&question).unwrap();
    }
    clients
}

fn health(server: &Server) -> Value {
    parsed(&ask(server, "GET", "/healthz", &[], b""))
}

/// Waits until the server has nothing to do, and fails if it has after a while.
fn wait_until_idle(server: &Server) {
    let start = Instant::now();
    loop {
        let health = health(server);
        if health["computing"] == 0 && health["waiting"] == 0 {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(15), "{health}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Counts itself while it is not dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Works without end, in slices.
async fn endless(_counted: Counted) {
    loop {
        tokio::task::yield_now().await;
    }
}

async fn wait_for(mut is_done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_done() {
        assert!(start.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn one_turn_is_left_for_other_accounts() {
    runtime().block_on(async {
        let has_turn = async |turns: &FairQueue, account| {
            tokio::time::timeout(Duration::ZERO, turns.turn(account, now)).await.ok()
        };
        let turns = FairQueue::new(3, 3);
        let [mut first, second] = [has_turn(&turns, 0).await, has_turn(&turns, 0).await];
        assert!(first.is_some() && second.is_some());
        assert!(has_turn(&turns, 0).await.is_none(), "the last turn is for other accounts");
        let other = has_turn(&turns, 1).await;
        assert!(other.is_some());
        assert!(has_turn(&turns, 1).await.is_none() && has_turn(&turns, 2).await.is_none());
        first.as_mut().unwrap().free_processor();
        assert!(has_turn(&turns, 0).await.is_none(), "the account still has its turn");
        assert!(has_turn(&turns, 2).await.is_some(), "others have the processor");
        drop(first);
        assert!(has_turn(&turns, 2).await.is_some() && has_turn(&turns, 0).await.is_some());
        let single = FairQueue::new(1, 1);
        assert!(has_turn(&single, 0).await.is_some(), "at least one turn");
    });
}

#[test]
fn the_load_has_what_waits_and_what_computes() {
    runtime().block_on(async {
        let queue = Arc::new(FairQueue::new(1, 2));
        let turn = queue.turn(0, now).await;
        let other = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { drop(queue.turn(1, now).await) }
        });
        wait_for(|| queue.loads()[1].waiting == 1).await;
        assert_eq!((queue.loads()[0].waiting, &queue.loads()[0].started[..]), (0, &[now()][..]));
        drop(turn);
        other.await.unwrap();
        assert_eq!(queue.loads(), [fair_queue::Load::default(), fair_queue::Load::default()]);
    });
}

#[test]
fn work_ends_when_its_client_has_gone() {
    runtime().block_on(async {
        let (queue, working) = (Arc::new(FairQueue::new(1, 1)), Arc::default());
        let client = tokio::spawn({
            let (queue, counted) = (Arc::clone(&queue), Counted::new(&working));
            async move { compute(&queue, 0, now, Duration::from_secs(60), || endless(counted)).await.is_ok() }
        });
        wait_for(|| queue.loads()[0].started.len() == 1).await;
        client.abort();
        wait_for(|| working.load(Ordering::SeqCst) == 0 && queue.loads()[0].started.is_empty()).await;
        assert!(client.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn work_ends_when_its_time_is_over() {
    runtime().block_on(async {
        let (queue, working) = (FairQueue::new(1, 1), Arc::default());
        let counted = Counted::new(&working);
        let late = compute(&queue, 0, now, Duration::from_millis(50), || endless(counted)).await;
        assert_eq!(late.unwrap_err(), StatusCode::SERVICE_UNAVAILABLE);
        wait_for(|| working.load(Ordering::SeqCst) == 0 && queue.loads()[0].started.is_empty()).await;
    });
}

#[test]
fn work_without_a_pause_keeps_its_turn_until_it_ends() {
    runtime().block_on(async {
        let queue = FairQueue::new(1, 1);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let work = move || async move { ended.recv().is_ok() };
        let late = compute(&queue, 0, now, Duration::from_millis(50), work).await;
        assert_eq!(late.unwrap_err(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(queue.loads()[0].started.len(), 1, "it still computes");
        drop(end);
        wait_for(|| queue.loads()[0].started.is_empty()).await;
        let next = compute(&queue, 0, now, Duration::from_secs(5), || async { 7 }).await;
        assert_eq!(next.unwrap().0, 7);
    });
}

#[test]
fn work_that_panics_gives_back_its_turn() {
    runtime().block_on(async {
        let queue = FairQueue::new(1, 1);
        let broken =
            compute(&queue, 0, now, Duration::from_secs(5), || async { panic!("as the test wants") });
        let broken: Result<((), _), _> = broken.await;
        assert_eq!(broken.unwrap_err(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(queue.loads()[0].started.is_empty());
    });
}

#[test]
fn an_answer_larger_than_the_part_of_its_account_waits_until_it_is_the_only_one() {
    runtime().block_on(async {
        let bounds = bounds::Bounds { answer_bytes: 400.try_into().unwrap(), ..bounds::Bounds::default() };
        let room = room::Room::new(&bounds, 2);
        let reserve = async |account, bytes| {
            tokio::time::timeout(Duration::from_millis(20), room.answers.reserve(account, bytes)).await.ok()
        };
        let small = reserve(0, 1).await;
        assert!(small.is_some() && reserve(0, usize::MAX).await.is_none());
        assert!(reserve(1, 100).await.is_some() && reserve(0, 99).await.is_some());
        drop(small);
        let large = reserve(0, usize::MAX).await;
        assert!(large.is_some() && reserve(0, 1).await.is_none() && reserve(0, 0).await.is_some());
        let full = room.answers.reserve(0, 1).await;
        assert!(full.is_none(), "it is refused after a while");
    });
}

#[test]
fn questions_of_clients_that_have_gone_are_not_answered() {
    const REQUESTS: usize = 60;
    if thread::available_parallelism().unwrap().get() > 8 {
        return;
    }
    let server = start("gone", UNLIMITED);
    assert_eq!(post(&server, "/events", "sk_acme", &mail("acme", 200)).status, 200);
    let clients = send_slow_questions(&server, "sk_acme", REQUESTS);
    let start = Instant::now();
    while health(&server)["waiting"] == 0 {
        assert!(start.elapsed() < Duration::from_secs(5), "nothing waits");
    }
    drop(clients);
    wait_until_idle(&server);
    let answered = server.log().lines().filter(|line| line.contains("api=\"mailgun\"")).count();
    assert!(answered < REQUESTS / 2, "{answered} questions were answered for nobody");
}

#[test]
fn a_request_without_a_key_does_not_wait() {
    if thread::available_parallelism().unwrap().get() > 8 {
        return;
    }
    let server = start("keyless", UNLIMITED);
    for (key, account) in [("sk_acme", "acme"), ("sk_globex", "globex")] {
        assert_eq!(post(&server, "/events", key, &mail(account, 200)).status, 200);
    }
    let mut clients = send_slow_questions(&server, "sk_acme", 40);
    clients.extend(send_slow_questions(&server, "sk_globex", 40));
    let start = Instant::now();
    while health(&server)["waiting"] == 0 {
        assert!(start.elapsed() < Duration::from_secs(5), "nothing waits");
    }
    for key in ["sk_wrong", ""] {
        assert_eq!(get(&server, "/api/v1/mail/stats", key).status, 401);
        assert_eq!(post(&server, "/query", key, "{}").status, 401);
        assert_eq!(post(&server, "/events", key, "{}").status, 401);
    }
    assert_ne!(health(&server)["waiting"], 0, "they were refused while others waited");
}

#[test]
fn the_health_has_sums_for_all_and_accounts_for_the_operator_only() {
    let server = start("health", &(key("sk_operator", "acme", "health:read") + UNLIMITED));
    let idle = json!({"status": "ok", "computing": 0, "oldest": null, "waiting": 0});
    assert_eq!(health(&server), idle);
    assert_eq!(get(&server, "/healthz", "sk_acme").body, idle.to_string(), "a customer's key");
    let shown = parsed(&get(&server, "/healthz", "sk_operator"));
    assert_eq!(shown["accounts"], json!([]));
    assert_eq!(get(&server, "/api/v1/mail/stats", "sk_operator").status, 403);
    assert_eq!(post(&server, "/events", "sk_acme", &mail("acme", 200)).status, 200);
    let clients = send_slow_questions(&server, "sk_acme", 20);
    let start = Instant::now();
    let busy = loop {
        let shown = parsed(&get(&server, "/healthz", "sk_operator"));
        if shown["computing"] != 0 {
            break shown;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "nothing is computed");
    };
    assert_eq!(busy["oldest"], NOW, "the stopped clock");
    let mut account = busy["accounts"][0].clone();
    assert_eq!(account["account"].take(), "acme");
    let mut sums = busy;
    for key in ["status", "accounts"] {
        sums.as_object_mut().unwrap().remove(key);
    }
    account.as_object_mut().unwrap().remove("account");
    assert_eq!(account, sums, "one account has all the work");
    drop(clients);
    wait_until_idle(&server);
}

#[test]
fn an_account_does_not_wait_for_all_requests_of_another() {
    const REQUESTS: usize = 60;
    // Where there are more, nobody waits.
    if thread::available_parallelism().unwrap().get() > 8 {
        return;
    }
    let server = start("turns", UNLIMITED);
    assert_eq!(post(&server, "/events", "sk_acme", &mail("acme", 100)).status, 200);
    let mut clients = send_slow_questions(&server, "sk_acme", REQUESTS);
    assert_eq!(post(&server, "/events", "sk_globex", &mail("globex", 1)).status, 200);
    assert_eq!(get(&server, "/api/v1/mail/stats", "sk_globex").status, 200);
    let answered = server.log().lines().filter(|line| line.contains("api=\"mailgun\"")).count();
    assert!(answered < REQUESTS / 2, "{answered} requests of the other account were answered first");
    for client in &mut clients {
        assert_eq!(client.reply(true).unwrap().status, 200);
    }
}
