//! `--snapshot`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{fs, thread};

use serde_json::Value;

use super::server::Server;
use super::{NOW, UNLIMITED, config, folder, get, mail, parsed, post, program};

/// Starts a server with a snapshot, which is not in the folder of the server: that is removed at its end.
fn start(name: &str, snapshot: &Path, more: &[&str]) -> Server {
    let args = [&["--now", NOW, "--snapshot", snapshot.to_str().unwrap()], more].concat();
    Server::start(program(), folder(name), &config(UNLIMITED), &args).unwrap()
}

/// Returns the path of a file that does not exist.
fn file(name: &str) -> std::path::PathBuf {
    let folder = folder("snapshots");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let _ = fs::remove_file(&path);
    path
}

fn stop(mut server: Server) -> String {
    assert!(server.signal("TERM").unwrap().success());
    let status = server.wait(Duration::from_secs(20)).unwrap().expect("the server ends");
    assert_eq!(status.code(), Some(0), "{}", server.log());
    server.log()
}

fn answer(server: &Server) -> Value {
    parsed(&get(server, "/api/v1/mail/stats/daily?days=2", "sk_acme"))
}

#[cfg(unix)]
#[test]
fn events_are_there_again_after_a_stop_and_the_file_is_written_only_if_something_was_recorded() {
    let path = file("again.snapshot");
    let server = start("snapshot-1", &path, &[]);
    stop(server);
    assert!(!path.exists());
    let server = start("snapshot-2", &path, &["--snapshot-minutes", "60"]);
    post(&server, "/events", "sk_acme", &mail("acme", 20));
    let expected = answer(&server);
    assert_eq!(expected["data"][0]["delivered"], 20);
    let log = stop(server);
    assert!(log.contains("wrote the snapshot"), "{log}");
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    thread::sleep(Duration::from_millis(20));

    let server = start("snapshot-3", &path, &[]);
    assert_eq!(answer(&server), expected);
    let again = parsed(&post(&server, "/events", "sk_acme", &mail("acme", 20)));
    assert_eq!((&again["new"], &again["repeats"]), (&0.into(), &41.into()));
    stop(server);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);

    let events = path.with_extension("jsonl");
    fs::write(&events, mail("acme", 21)).unwrap();
    let server = start("snapshot-4", &path, &["--events", events.to_str().unwrap()]);
    assert_eq!(answer(&server)["data"][0]["delivered"], 21);
    stop(server);
    assert!(fs::metadata(&path).unwrap().modified().unwrap() > written);
}

#[cfg(unix)]
#[test]
fn the_events_of_a_snapshot_count_in_the_quota_of_their_account() {
    let path = file("quota.snapshot");
    let args = ["--now", NOW, "--snapshot", path.to_str().unwrap()];
    let config = config(UNLIMITED) + "[bounds]\nmax_events = 41\n";
    let start = |name| Server::start(program(), folder(name), &config, &args).unwrap();
    let server = start("snapshot-quota-1");
    assert_eq!(post(&server, "/events", "sk_acme", &mail("acme", 20)).status, 200);
    stop(server);
    let server = start("snapshot-quota-2");
    assert_eq!(post(&server, "/events", "sk_acme", &mail("acme", 21)).status, 507);
    assert_eq!(post(&server, "/events", "sk_globex", &mail("globex", 1)).status, 200);
}

#[test]
fn a_file_that_is_damaged_or_no_snapshot_is_refused_and_left_as_it_is() {
    let path = file("damaged.snapshot");
    let settings = path.with_extension("toml");
    fs::write(&settings, config("")).unwrap();
    let cases: [(&[u8], &str); 3] = [
        (b"\x89MTS\r\n\x1a\n\x01\0\0\0", "is damaged at byte 0: the file ends after 12 of the 24 bytes"),
        (b"{\"account\":\"acme\"}", "is not a snapshot"),
        (b"", "is damaged"),
    ];
    for (content, message) in cases {
        fs::write(&path, content).unwrap();
        let output = Command::new(program())
            .args(["--listen", "127.0.0.1:0", "--config"])
            .arg(&settings)
            .arg("--snapshot")
            .arg(&path)
            .output()
            .unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(message) && errors.contains("damaged.snapshot"), "{errors}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[cfg(unix)]
#[test]
fn a_snapshot_that_cannot_be_written_at_the_end_is_an_error_with_its_cause() {
    let path = folder("snapshots-nowhere").join("none").join("a.snapshot");
    let mut server = start("snapshot-nowhere", &path, &[]);
    post(&server, "/events", "sk_acme", &mail("acme", 1));
    assert!(server.signal("TERM").unwrap().success());
    let status = server.wait(Duration::from_secs(20)).unwrap().expect("the server ends");
    let log = server.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("error: cannot create `") && log.contains("No such file"), "{log}");
}
