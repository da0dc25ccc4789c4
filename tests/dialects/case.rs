//! Reads the cases under `tests/fixtures` and compares their responses.

use std::path::{Path, PathBuf};
use std::{env, fs, iter};

use chrono::{DateTime, Utc};
use http::{Request, Response, StatusCode};
use mailtally::dialect::{self, Credential, Dialect, RateLimit, Refusal, RequestLimit};
use mailtally::message::{AccountId, MessageId};
use mailtally::store::{
    BoxFuture, Counted, CountedMessage, Figure, Messages, Plan, Store, StoreError, Timeline,
};
use mailtally::{Event, MemoryStore};
use serde_json::{Value, json};

use crate::common::ready;

/// The names that a line of `request.txt` can have, besides `header`.
const SETTINGS: &[&str] = &[
    "rules",
    "mail",
    "now",
    "account",
    "domain",
    "decimals",
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

/// A request, the events that it counts, and the folder with the expected response.
#[derive(Debug)]
pub(super) struct Case {
    folder: PathBuf,
    events: Option<PathBuf>,
    method: String,
    target: String,
    settings: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

/// What the server of a dialect's cases decides.
pub(super) struct Host<D> {
    /// The dialect with the settings of a case.
    pub(super) dialect: fn(&Case) -> D,
    /// The name of each request header that is sent, with the line of a case that sets it and its default value.
    pub(super) headers: &'static [(&'static str, &'static str, &'static str)],
    /// Whether the credential is accepted for a case.
    pub(super) access: fn(&Case, &Credential) -> Result<(), Refusal>,
    /// The rate limit, in windows that start with a full minute.
    pub(super) limit: Option<RequestLimit>,
}

/// Compares the responses to all cases of a dialect with their files, and panics with all differences at once. With
/// `MAILTALLY_REWRITE` set, writes the files instead.
pub(super) fn check<D: Dialect>(dialect: &str, host: &Host<D>) {
    let rewrite = env::var_os("MAILTALLY_REWRITE").is_some();
    let cases = Case::all(dialect);
    assert!(cases.len() > 5, "too few cases of {dialect}");
    let wrong: Vec<String> =
        cases.iter().filter_map(|case| case.difference(&host.respond(case), rewrite)).collect();
    assert!(wrong.is_empty(), "{} of {} cases differ\n\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

impl<D: Dialect> Host<D> {
    /// Responds as a server does: route, credential, access, rate limit, answer. A caller without an accepted credential
    /// has no rate limit.
    pub(super) fn respond(&self, case: &Case) -> Response<String> {
        let mut response = self.answer(case).unwrap_or_else(|error| D::refuse(&error));
        let is_known = response.status() != StatusCode::UNAUTHORIZED;
        if let Some(limit) = self.rate_limit(case).filter(|_| is_known) {
            D::add_rate_limit(&mut response, &limit);
        }
        response
    }

    /// Answers a `GET` request for `target` with default settings, no events and no rate limit.
    pub(super) fn get(&self, target: &str) -> Response<String> {
        self.respond(&Case::from_target(target))
    }

    fn answer(&self, case: &Case) -> Result<Response<String>, D::Error> {
        let request = self.request(case);
        D::check_route(request.method(), request.uri().path())?;
        let credential = D::credential(request.headers())?;
        (self.access)(case, &credential)?;
        if let Some(limit) = self.rate_limit(case).filter(|limit| case.used() > limit.limit) {
            return Err(Refusal::TooManyRequests { retry_after: limit.retry_after(case.now()) }.into());
        }
        let account: AccountId = case.line("account", "acme").into();
        ready(dialect::answer(&(self.dialect)(case), &*case.store(), &account, &request, case.now()))
    }

    fn request(&self, case: &Case) -> Request<Vec<u8>> {
        let headers = self.headers.iter().map(|(name, line, default)| (name, case.line(line, default)));
        let headers = headers.filter(|(_, value)| !value.is_empty());
        let request = Request::builder().method(&*case.method).uri(&case.target);
        let request = headers.fold(request, |request, (name, value)| request.header(*name, value));
        request.body(case.body()).unwrap_or_else(|error| panic!("{:?}: {error}", case.folder))
    }

    fn rate_limit(&self, case: &Case) -> Option<RateLimit> {
        let RequestLimit { requests: limit, seconds: _ } = self.limit?;
        let minute = case.now().timestamp().div_euclid(60) + 1;
        let reset = DateTime::from_timestamp(minute * 60, 0).unwrap();
        Some(RateLimit { limit, remaining: limit.saturating_sub(case.used()), reset })
    }
}

impl Case {
    /// Returns every case of a dialect, sorted by name.
    pub(super) fn all(dialect: &str) -> Vec<Self> {
        let mut folders: Vec<_> =
            fs::read_dir(fixtures().join(dialect)).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders.into_iter().map(Self::read).collect()
    }

    /// Returns a case without files: a `GET` request for `target`, no events, default settings.
    pub(super) fn from_target(target: &str) -> Self {
        Self {
            folder: PathBuf::new(),
            events: None,
            method: "GET".to_owned(),
            target: target.to_owned(),
            settings: Vec::new(),
            headers: Vec::new(),
        }
    }

    fn read(folder: PathBuf) -> Self {
        let text = fs::read_to_string(folder.join("request.txt")).unwrap();
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let request_line = lines.next().and_then(|line| line.split_once(' '));
        let (method, target) =
            request_line.unwrap_or_else(|| panic!("{folder:?}: expected a request line first"));
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
            (name.to_lowercase(), value.to_owned())
        };
        let mut headers: Vec<_> = headers.into_iter().map(header).collect();
        headers.sort();
        let events = events_file(&folder, &settings);
        Self { folder, events, method, target, settings, headers }
    }

    /// Returns the body of the request, which is empty if there is no `body.json`.
    fn body(&self) -> Vec<u8> {
        fs::read(self.folder.join("body.json")).unwrap_or_default()
    }

    /// Returns the values of all lines with this name, in the order of the file.
    pub(super) fn lines(&self, name: &'static str) -> impl Iterator<Item = &str> {
        assert!(SETTINGS.contains(&name));
        self.settings.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of the first line with this name, or `default` if there is none.
    pub(super) fn line<'a>(&'a self, name: &'static str, default: &'a str) -> &'a str {
        self.lines(name).next().unwrap_or(default)
    }

    /// Returns the instant of the request.
    fn now(&self) -> DateTime<Utc> {
        self.line("now", "2026-02-15T12:00:00Z").parse().unwrap()
    }

    /// Returns the number of requests in the window of the rate limit, including this one.
    fn used(&self) -> u32 {
        self.line("used", "1").parse().unwrap()
    }

    /// Returns a store with the events of the case.
    fn store(&self) -> Box<dyn AnyStore> {
        match self.line("store", "works") {
            "broken" => Box::new(Broken),
            _ => Box::new(self.memory()),
        }
    }

    fn memory(&self) -> MemoryStore {
        let store = MemoryStore::new();
        let Some(file) = &self.events else { return store };
        for (line, number) in fs::read_to_string(file).unwrap().lines().zip(1..) {
            store.extend(events(line, number).unwrap_or_else(|| panic!("{file:?}: line {number}"))).unwrap();
        }
        store
    }

    /// Describes how a response differs from the expected one; `None` if it does not.
    fn difference(&self, response: &Response<String>, rewrite: bool) -> Option<String> {
        let content_type = response.headers()["content-type"].to_str().unwrap();
        let is_json = content_type.starts_with("application/json");
        let file = self.folder.join(if is_json { "response.json" } else { "response.txt" });
        let found = format!("{}\n", response.body().trim_end_matches('\n'));
        let expected = fs::read_to_string(&file).unwrap_or_default();
        let name = self.folder.file_name().unwrap_or_default().display();
        if response.status().as_str() != self.line("status", "200") {
            return Some(format!("{name}: status {}, body {found}", response.status()));
        }
        let mut headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .filter(|(name, _)| *name != "content-type")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        if !self.headers.is_empty() && self.headers != headers {
            return Some(format!("{name}: headers {headers:?}\n"));
        }
        if rewrite {
            fs::write(file, found).unwrap();
            return None;
        }
        (found != expected).then(|| format!("{name}\n  expected: {expected}  found:    {found}"))
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Returns the file with the events of a case: its own, or the shared one of its line `mail`. Panics if there are two,
/// or if the shared one is missing.
fn events_file(folder: &Path, settings: &[(String, String)]) -> Option<PathBuf> {
    let own = Some(folder.join("events.jsonl")).filter(|file| file.exists());
    let names = settings.iter().filter(|(name, _)| name == "mail").map(|(_, name)| name);
    let shared = names.map(|name| fixtures().join("mail").join(name).with_extension("jsonl"));
    let files: Vec<_> = own.into_iter().chain(shared).collect();
    assert!(files.len() < 2 && files.iter().all(|file| file.exists()), "{folder:?}: {files:?}");
    files.into_iter().next()
}

/// Parses the events of a line, which are several if it has a `repeat`; `None` if the line is invalid.
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

/// A store with timelines.
trait AnyStore: Store + Timeline + Messages {}

impl<S: Store + Timeline + Messages> AnyStore for S {}

/// A back end that fails every request.
#[derive(Debug)]
struct Broken;

impl Store for Broken {
    fn count<'a>(&'a self, _: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async { Err(StoreError::backend("broken", "it is a test")) })
    }
}

impl Messages for Broken {
    fn messages<'a>(
        &'a self,
        _: &'a Figure,
        _: Option<&'a (AccountId, MessageId)>,
        _: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
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
