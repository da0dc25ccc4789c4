//! Cases in files: a request, the events behind it, and the exact answer.

use std::path::{Path, PathBuf};
use std::{env, fs, iter};

use chrono::{DateTime, Utc};
use mailtally::Event;
use mailtally::MemoryStore;
use mailtally::dialect::{Params, Refusal};
use mailtally::message::{AccountId, MessageId};
use mailtally::store::{BoxFuture, Store, StoreError, Timeline};
use mailtally::store::{Plan, Row};
use serde_json::{Value, json};

const SETTINGS: &[&str] = &[
    "rules",
    "now",
    "account",
    "domain",
    "places",
    "authorization",
    "api-token",
    "x-api-key",
    "x-workspace-id",
    "on-behalf-of",
    "scopes",
    "mailbox",
    "campaigns",
    "used",
    "store",
    "status",
];

/// A folder with a case.
#[derive(Debug)]
pub(super) struct Case {
    folder: PathBuf,
    method: String,
    target: String,
    settings: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

/// What a server sends back.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let headers = refusal.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let Refusal { status, content_type, body, .. } = refusal;
        Self { status, content_type, headers, body }
    }
}

impl Answer {
    /// Statistics, as JSON.
    pub(super) fn ok(content_type: &'static str, body: &impl serde::Serialize) -> Self {
        Self::text(content_type, serde_json::to_string(body).unwrap())
    }

    /// Statistics, as they are written.
    pub(super) fn text(content_type: &'static str, body: String) -> Self {
        Self { status: 200, content_type, headers: Vec::new(), body }
    }
}

/// Compares the answers to all cases of a dialect with their files, or writes these. Tells all differences at once.
pub(super) fn check(dialect: &str, answer: impl Fn(&Case) -> Answer) {
    let rewrite = env::var_os("MAILTALLY_REWRITE").is_some();
    let cases = Case::all(dialect);
    assert!(cases.len() > 5, "there are cases of {dialect}");
    let wrong: Vec<String> =
        cases.iter().filter_map(|case| case.difference(&answer(case), rewrite)).collect();
    assert!(wrong.is_empty(), "{} of {} cases differ\n\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

impl Case {
    /// Every case of a dialect, by name.
    pub(super) fn all(dialect: &str) -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(dialect);
        let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders.into_iter().map(Self::read).collect()
    }

    /// A case without files: the request line's target alone.
    pub(super) fn asking(target: &str) -> Self {
        let (folder, method, target) = (PathBuf::new(), "GET".to_owned(), target.to_owned());
        Self { folder, method, target, settings: Vec::new(), headers: Vec::new() }
    }

    fn read(folder: PathBuf) -> Self {
        let text = fs::read_to_string(folder.join("request.txt")).unwrap();
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let request_line = lines.next().and_then(|line| line.split_once(' '));
        let (method, target) =
            request_line.unwrap_or_else(|| panic!("{folder:?} starts with a request line"));
        let (method, target) = (method.to_owned(), target.to_owned());
        let pairs = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("{folder:?}: {line}"));
            (name.to_owned(), value.trim().to_owned())
        });
        let (headers, settings): (Vec<_>, Vec<_>) = pairs.partition(|(name, _)| name == "header");
        let unknown = settings.iter().find(|(name, _)| !SETTINGS.contains(&name.as_str()));
        assert_eq!(unknown, None, "{folder:?}");
        let header = |(_, line): (String, String)| {
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("{folder:?}: {line}"));
            (name.to_owned(), value.to_owned())
        };
        let headers = headers.into_iter().map(header).collect();
        Self { folder, method, target, settings, headers }
    }

    /// The method of the request.
    pub(super) fn method(&self) -> &str {
        &self.method
    }

    /// The body of the request, empty if there is no such file.
    pub(super) fn body(&self) -> Vec<u8> {
        fs::read(self.folder.join("body.json")).unwrap_or_default()
    }

    /// The path that is asked for.
    pub(super) fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The parameters that are asked with.
    pub(super) fn params(&self) -> Params {
        Params::parse(self.target.split_once('?').map_or("", |(_, query)| query))
    }

    /// The values of all lines with this name.
    pub(super) fn lines(&self, name: &'static str) -> impl Iterator<Item = &str> {
        assert!(SETTINGS.contains(&name));
        self.settings.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of the line with this name, or what is taken unless it is given.
    pub(super) fn line<'a>(&'a self, name: &'static str, usual: &'a str) -> &'a str {
        self.lines(name).next().unwrap_or(usual)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.line("now", "2026-02-15T12:00:00Z").parse().unwrap()
    }

    pub(super) fn used(&self) -> u32 {
        self.line("used", "1").parse().unwrap()
    }

    /// The store with the events behind the request.
    pub(super) fn store(&self) -> Box<dyn Store> {
        if self.is_broken() { Box::new(Broken) } else { Box::new(self.memory()) }
    }

    /// The timelines of the messages behind the request.
    pub(super) fn timeline(&self) -> Box<dyn Timeline> {
        if self.is_broken() { Box::new(Broken) } else { Box::new(self.memory()) }
    }

    fn is_broken(&self) -> bool {
        self.line("store", "works") == "broken"
    }

    fn memory(&self) -> MemoryStore {
        let text = fs::read_to_string(self.folder.join("events.jsonl")).unwrap_or_default();
        let store = MemoryStore::new();
        for (line, number) in text.lines().zip(1..) {
            store.extend(events(line, number).unwrap_or_else(|| panic!("{:?}: line {number}", self.folder)));
        }
        store
    }

    fn difference(&self, answer: &Answer, rewrite: bool) -> Option<String> {
        let is_json = answer.content_type.starts_with("application/json");
        let file = self.folder.join(if is_json { "response.json" } else { "response.txt" });
        let found = format!("{}\n", answer.body.trim_end_matches('\n'));
        let expected = fs::read_to_string(&file).unwrap_or_default();
        let name = self.folder.file_name().unwrap_or_default().display();
        if answer.status.to_string() != self.line("status", "200") {
            return Some(format!("{name}: status {}, body {found}", answer.status));
        }
        if !self.headers.is_empty() && self.headers != answer.headers {
            return Some(format!("{name}: headers {:?}\n", answer.headers));
        }
        if rewrite {
            fs::write(file, found).unwrap();
            return None;
        }
        (found != expected).then(|| format!("{name}\n  expected: {expected}  found:    {found}"))
    }
}

/// The events of a line; `None` if it is none.
fn events(line: &str, number: usize) -> Option<Vec<Event>> {
    let mut value: Value = serde_json::from_str(line).ok()?;
    let object = value.as_object_mut()?;
    object.entry("account").or_insert_with(|| json!("acme"));
    object.entry("id").or_insert_with(|| json!(format!("e-{number}")));
    let message = object.get("message")?.as_str()?.to_owned();
    let messages: Box<dyn Iterator<Item = String>> = match object.remove("repeat") {
        None => Box::new(iter::once(message)),
        Some(count) => Box::new((1..=count.as_u64()?).map(move |number| format!("{message}-{number}"))),
    };
    messages
        .map(|message| {
            value["message"] = json!(message);
            serde_json::from_str(&value.to_string()).ok()
        })
        .collect()
}

/// A back end that gives no answer.
#[derive(Debug)]
struct Broken;

impl Store for Broken {
    fn count<'a>(&'a self, _: &'a Plan) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        Box::pin(async { Err(StoreError::backend("broken", "it is a test")) })
    }
}

impl Timeline for Broken {
    fn events<'a>(
        &'a self,
        _: &'a AccountId,
        _: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async { Err(StoreError::backend("broken", "it is a test")) })
    }
}
