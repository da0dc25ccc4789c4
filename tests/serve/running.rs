//! The program: its start, its log and its end.

use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::{Value, json};

use super::http::Client;
use super::server::Server;
use super::{NOW, UNLIMITED, ask, config, folder, get, key, mail, parsed, post, program, start};
use crate::program::build;

#[test]
fn the_log_has_names_of_keys_and_apis_and_no_secrets() {
    let server = start("log", UNLIMITED);
    post(&server, "/events", "sk_acme", &mail("acme", 1));
    let secret = "/api/stats?start_date=2026-02-01&end_date=2026-02-15&categories[]=kim%40secret.example";
    assert_eq!(get(&server, secret, "sk_acme").status, 200);
    assert_eq!(get(&server, "/api/v1/messages/kim@secret.example", "sk_acme").status, 404);
    assert_eq!(get(&server, secret, "sk_wrong").status, 401);
    let log = server.log();
    for expected in
        ["api=\"mailtrap\"", "api=\"events\"", "key=\"emca_ks\"", "status=200", "status=401", "micros="]
    {
        assert!(log.contains(expected), "{expected} in {log}");
    }
    for secret in ["sk_acme", "sk_wrong", "secret.example", "sales@", "hello"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn the_log_has_no_text_of_the_client() {
    let server = start("method", UNLIMITED);
    assert_eq!(ask(&server, "KIM.SECRET", "/healthz", &[], b"").status, 405);
    assert_eq!(ask(&server, "PATCH", "/healthz", &[], b"").status, 405);
    let log = server.log();
    assert!(log.contains("method=other") && log.contains("method=PATCH"), "{log}");
    assert!(!log.contains("KIM"), "{log}");
}

#[test]
fn the_server_answers_although_its_log_cannot_be_written() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let log = Some(Stdio::from(writer));
    let server =
        Server::start_with_log(program(), folder("mute"), &config(""), &["--now", NOW], log).unwrap();
    for target in ["/healthz", "/api/v1/mail/stats", "/api/v1/mail/stats/daily"] {
        assert_eq!(get(&server, target, "sk_acme").status, 200, "{target}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_server_gracefully() {
    for signal in ["TERM", "INT"] {
        let mut server = start(&format!("stop-{signal}"), UNLIMITED);
        let mut idle = Client::connect(server.address).unwrap();
        assert_eq!(idle.ask("GET", "/healthz", &[], b"").unwrap().status, 200);
        let lines = mail("acme", 1);
        let (first, second) = lines.split_at(lines.len() / 2);
        let mut client = Client::connect(server.address).unwrap();
        let length = lines.len();
        let head = format!(
            "POST /events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk_acme\r\ncontent-length: {length}\r\n\r\n"
        );
        client.send(&[head.as_bytes(), first.as_bytes()].concat()).unwrap();
        // Time for the server to start answering the request.
        thread::sleep(Duration::from_millis(200));
        assert!(server.signal(signal).unwrap().success());
        let start = Instant::now();
        while TcpStream::connect(server.address).is_ok() {
            assert!(start.elapsed() < Duration::from_secs(4), "the server still listens");
            thread::sleep(Duration::from_millis(10));
        }
        client.send(second.as_bytes()).unwrap();
        let reply = client.reply(true).unwrap();
        assert_eq!(
            (reply.status, &parsed(&reply)["new"]),
            (200, &json!(3)),
            "a request in progress is answered"
        );
        let status = server.wait(Duration::from_secs(4)).unwrap().expect("the server ends");
        assert_eq!(status.code(), Some(0));
        assert_eq!(idle.rest().unwrap(), b"", "idle connections are closed");
    }
}

#[test]
fn an_invalid_input_ends_the_program_with_one_line_and_an_exit_status() {
    let folder = folder("failures");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).to_str().unwrap().to_owned()
    };
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = busy.local_addr().unwrap().to_string();
    let good = file("good.toml", &config(""));
    let unknown = file("unknown.toml", "[[account]]\nid = \"acme\"\nmailtrapp = 42\n");
    let plain = file("plain.toml", &config("").replace("sha256 = \"", "sha256 = \"sk_plain_"));
    let limit = file("limit.toml", "[limits]\n\nkrafter = \"100 a minute\"\n");
    let bound = file("bound.toml", "[bounds]\nmax_events = \"many\"\n");
    let none = file("none.toml", "[bounds]\nrequests = 0\n");
    let scope = file("scope.toml", &key("a", "acme", "mail:write"));
    let twice = file("twice.toml", &(config("") + &config("")));
    let orphan = file("orphan.toml", &key("a", "acme", "*"));
    let idle = file("idle.toml", &(config("") + &key("b", "acme", "*").replace("[\"*\"]", "[]")));
    let again =
        file("again.toml", &(config("") + &key("sk_acme", "acme", "*").replace("name = \"", "name = \"2")));
    let boxes = config("").replacen(
        "[[account.mailbox]]",
        "[[account.mailbox]]\nid = \"b\"\nemail = \"SALES@acme.example\"\n[[account.mailbox]]",
        1,
    );
    let boxes = file("boxes.toml", &boxes);
    let nameless = file("nameless.toml", "[[account]]\nid = \"\"\n");
    let workspace = key("b", "acme", "*") + "workspaces = [\"initech\"]\n";
    let workspace = file("workspace.toml", &(config("") + &workspace));
    let domains = file("domains.toml", "[[account]]\nid = \"a\"\ndomains = [\"a.example\"]\n");
    let bad = file("bad.jsonl", &format!("{}\n\n{{}}\n", mail("acme", 1)));
    let cases: [(&[&str], i32, &str); 20] = [
        (&["--config", &good, "--listen", &taken], 1, &format!("cannot listen on {taken}: ")),
        (&["--config", "/nowhere.toml"], 2, "/nowhere.toml: "),
        (&["--config", &unknown], 2, "unknown.toml: line 3: unknown field `mailtrapp`, expected one of"),
        (&["--config", &plain], 2, "expected the 64 hexadecimal digits"),
        (
            &["--config", &limit],
            2,
            "limit.toml: line 3: invalid limit `100 a minute`: expected requests/seconds",
        ),
        (
            &["--config", &bound],
            2,
            "line 2: invalid value: string \"many\", expected a number from 0, or `off`",
        ),
        (&["--config", &none], 2, "line 2: invalid value: integer `0`, expected a nonzero u32"),
        (&["--config", &scope], 2, "`mail:write`"),
        (&["--config", &twice], 2, "account `acme` occurs twice, expected once"),
        (&["--config", &orphan], 2, "key `a` is for account `acme`, which is not configured"),
        (&["--config", &idle], 2, "has no scopes, expected one or more"),
        (&["--config", &again], 2, "are the same key, expected different keys"),
        (&["--config", &boxes], 2, "mailbox `sales@acme.example` occurs twice, expected once"),
        (&["--config", &nameless], 2, "the id of an account is empty, expected the id in events"),
        (
            &["--config", &workspace],
            2,
            "names the workspace of account `initech`, which is not configured, or has none",
        ),
        (
            &["--config", &domains],
            2,
            "domains.toml: line 3: invalid type: string \"a.example\", expected `{ id = …, name = … }`",
        ),
        (
            &["--config", &good, "--now", "+10000-01-01T00:00:00Z"],
            2,
            "invalid year `10000`: expected 1 to 9999",
        ),
        (&["--config", &good, "--events", &bad], 2, "bad.jsonl: line 5, column 2: missing field `account`"),
        (&["--config", &good, "--now", "noon"], 2, "noon"),
        (&["--config", &good, "--listen", "here"], 2, "here"),
    ];
    for (args, code, message) in cases {
        let output = run(args);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {errors}");
        assert!(errors.contains(message), "{args:?}: {errors}");
        assert!(!errors.contains("sk_plain_"), "{errors}");
        assert!(output.stdout.is_empty());
    }
    let _ = fs::remove_dir_all(&folder);
}

/// Runs the program to its end, which must be soon.
fn run(args: &[&str]) -> Output {
    let mut child = Command::new(program());
    // The store is made in the working directory, unless it is told.
    child
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(4) {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

#[test]
fn event_files_are_read_before_the_server_listens() {
    let folder = folder("files");
    fs::create_dir_all(&folder).unwrap();
    let file = |account| {
        let path = folder.join(format!("{account}.jsonl"));
        fs::write(&path, mail(account, 4)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (acme, globex) = (file("acme"), file("globex"));
    let args = ["--now", NOW, "--events", &acme, &globex, "--events", &acme];
    let server = Server::start(program(), folder.join("server"), &config(""), &args).unwrap();
    for key in ["sk_acme", "sk_globex"] {
        assert_eq!(
            parsed(&get(&server, "/api/v1/mail/stats", key))["data"]["total"],
            4,
            "each event counts once"
        );
    }
    let _ = fs::remove_dir_all(&folder);
}

#[test]
fn the_sample_configuration_works_and_its_comments_have_its_keys() {
    let sample = fs::read_to_string("examples/serve/serve.toml").unwrap();
    let server = Server::start(program(), folder("sample"), &sample, &["--now", NOW]).unwrap();
    let lines: Vec<&str> = sample.lines().filter(|line| line.starts_with("sha256")).collect();
    assert!(lines.len() > 3);
    for line in lines {
        let (_, shown) = line.split_once(" # ").unwrap();
        let hash = key(shown, "acme", "*");
        assert!(hash.contains(line.split(" # ").next().unwrap()), "{line}");
    }
    assert_eq!(get(&server, "/api/v1/mail/stats", "kr_live_acme_sample").status, 200);
    let output =
        Command::new(program()).arg("--hash-key").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut output = output.unwrap();
    std::io::Write::write_all(&mut output.stdin.take().unwrap(), b"sk_acme_sample\n").unwrap();
    let hash = String::from_utf8(output.wait_with_output().unwrap().stdout).unwrap();
    assert!(sample.contains(hash.trim()), "{hash}");
}

#[test]
fn the_example_mount_answers_a_request() {
    let output = Command::new(build("mount", "dev")).output().unwrap();
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["data"][0]["delivered"], 1);
}
