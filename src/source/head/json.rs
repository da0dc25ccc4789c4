//! Log lines in JSON: those of docker's `json-file` and of `journalctl -o json`.

use std::borrow::Cow;

use serde::Deserialize;

use super::stamp::Stamp;

/// The parts of a line in JSON, as far as it has them.
#[derive(Debug, Default)]
pub(super) struct JsonLine<'a> {
    pub(super) text: Cow<'a, [u8]>,
    pub(super) stamp: Option<Stamp>,
    pub(super) host: Option<Cow<'a, str>>,
    pub(super) program: Option<Cow<'a, str>>,
    pub(super) pid: Option<Cow<'a, str>>,
    /// Whether a program in a container wrote the text.
    pub(super) is_of_container: bool,
    /// Whether the text goes on in the next line.
    pub(super) is_partial: bool,
}

/// The end of the year 9999, in milliseconds since 1970.
const MAX_MILLIS: i64 = 253_402_300_799_999;

/// Docker splits texts that are longer than this.
const MAX_DOCKER_TEXT: usize = 16_384;

/// The names that docker and the journal use.
#[derive(Debug, Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default)]
    log: Option<Value<'a>>,
    #[serde(borrow, default)]
    time: Option<Value<'a>>,
    #[serde(borrow, default, rename = "MESSAGE")]
    message: Option<Value<'a>>,
    #[serde(borrow, default, rename = "_SOURCE_REALTIME_TIMESTAMP")]
    source_time: Option<Value<'a>>,
    #[serde(borrow, default, rename = "__REALTIME_TIMESTAMP")]
    received_time: Option<Value<'a>>,
    #[serde(borrow, default, rename = "_HOSTNAME")]
    host: Option<Value<'a>>,
    #[serde(borrow, default, rename = "SYSLOG_IDENTIFIER")]
    identifier: Option<Value<'a>>,
    #[serde(borrow, default, rename = "_COMM")]
    command: Option<Value<'a>>,
    #[serde(borrow, default, rename = "SYSLOG_PID")]
    syslog_pid: Option<Value<'a>>,
    #[serde(borrow, default, rename = "_PID")]
    pid: Option<Value<'a>>,
    #[serde(borrow, default, rename = "CONTAINER_ID")]
    container: Option<Value<'a>>,
}

/// A value: a text, a text as the numbers of its bytes, or anything else.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Value<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Bytes(Vec<u8>),
    Number(u64),
    Other(serde::de::IgnoredAny),
}

impl<'a> Value<'a> {
    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(number) => Some(number.to_string().into()),
            Self::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned().into()),
            Self::Other(_) => None,
        }
    }

    fn bytes(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::Text(Cow::Borrowed(text)) => Some(Cow::Borrowed(text.as_bytes())),
            Self::Text(Cow::Owned(text)) => Some(Cow::Owned(text.into_bytes())),
            Self::Bytes(bytes) => Some(Cow::Owned(bytes)),
            Self::Number(_) | Self::Other(_) => None,
        }
    }
}

/// Parses a line that starts with `{`; returns `None` if it is not JSON of docker or of the journal.
pub(super) fn parse(line: &[u8]) -> Option<JsonLine<'_>> {
    let fields: Fields<'_> = serde_json::from_slice(line).ok()?;
    if let Some(log) = fields.log {
        let text = log.bytes()?;
        let stamp = fields.time?.text().and_then(|time| time_of(&time));
        let is_partial = text.len() >= MAX_DOCKER_TEXT && !text.ends_with(b"\n");
        let text = without_end(text);
        return Some(JsonLine { text, stamp, is_of_container: true, is_partial, ..JsonLine::default() });
    }
    let stamp = fields.source_time.or(fields.received_time)?.text().and_then(|time| time_of(&time));
    // An entry without a text has none that is too long to be written.
    let text = fields.message.and_then(Value::bytes).unwrap_or_default();
    Some(JsonLine {
        text: without_end(text),
        stamp,
        host: fields.host.and_then(Value::text),
        program: fields.identifier.or(fields.command).and_then(Value::text),
        pid: fields.syslog_pid.or(fields.pid).and_then(Value::text),
        is_of_container: fields.container.is_some(),
        is_partial: false,
    })
}

/// Removes the line end of a text.
fn without_end(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let len = text.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..len]),
        Cow::Owned(mut text) => {
            text.truncate(len);
            Cow::Owned(text)
        }
    }
}

/// Parses a time of RFC 3339, or a number of microseconds since 1970.
fn time_of(text: &str) -> Option<Stamp> {
    if let Ok(micros) = text.parse::<i64>() {
        let millis = micros.div_euclid(1000);
        return (0..=MAX_MILLIS).contains(&millis).then_some(Stamp::Instant(millis));
    }
    Stamp::parse(format!("{text} ").as_bytes()).map(|(stamp, _)| stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_docker_and_of_the_journal_are_parsed() {
        let time = Some(Stamp::Instant(1_795_219_780_123));
        for (line, text, stamp) in [
            (
                r#"{"log":"a \u003cb\n","stream":"stdout","time":"2026-11-21T00:09:40.123456789Z"}"#,
                "a <b",
                time,
            ),
            (r#"{"MESSAGE":"a","__REALTIME_TIMESTAMP":"1795219780123456"}"#, "a", time),
            (
                r#"{"MESSAGE":[97,10],"_SOURCE_REALTIME_TIMESTAMP":1795219780123456,"x":[{"y":null}]}"#,
                "a",
                time,
            ),
            (r#"{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1795219780123456"}"#, "", time),
            (r#"{"MESSAGE":"a","__REALTIME_TIMESTAMP":"x"}"#, "a", None),
            (r#"{"MESSAGE":"a","__REALTIME_TIMESTAMP":"9223372036854775807"}"#, "a", None),
            (r#"{"MESSAGE":"a","__REALTIME_TIMESTAMP":"-1"}"#, "a", None),
        ] {
            let found = parse(line.as_bytes()).unwrap();
            assert_eq!((&*found.text, found.stamp), (text.as_bytes(), stamp), "{line}");
        }
        for line in
            [r#"{"account":"a","message":"m","id":"1","kind":"sent","at":1}"#, r#"{"log":"a"}"#, "{", "{}"]
        {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
