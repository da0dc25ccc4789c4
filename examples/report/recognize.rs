//! Recognises what a file is, by its start.

use std::io::{BufRead, Read};

use mailtally::source::records::MAX_LINE_BYTES;
use mailtally::source::{Content, LineKind, Source, detect, jsonl, log, postfix};
use serde::de::IgnoredAny;

use crate::kind::{Input, Kind, Log};

/// The most bytes of a body of several lines.
pub(crate) const MAX_BODY_BYTES: u64 = 64 << 20;

/// What a file is taken for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recognized {
    pub(crate) kind: Kind,
    /// Whether the file is one body of records over several lines, not one in each line.
    pub(crate) is_one_body: bool,
    /// Whether its content said what it is.
    pub(crate) is_told_by_content: bool,
}

/// Returns what a file is whose first bytes are `start`, to which more of `input` is added where they do not show it.
///
/// # Errors
///
/// The file cannot be read as a text, or its start says nothing: why, as the end of a sentence about the file.
pub(crate) fn recognize(
    wanted: Input,
    start: &mut Vec<u8>,
    input: &mut dyn BufRead,
    options: &log::Options,
) -> Result<Recognized, String> {
    let content = detect(start);
    match (wanted, content) {
        // Not so where `--input` is given: a crash may leave zeros in a log.
        (Input::Auto, Content::Binary) => {
            return Err("is binary, expected a mail log or event file, plain, gzip or zstd".to_owned());
        }
        (_, Content::Compressed(packer)) => {
            return Err(format!(
                "is packed with {packer}, expected a mail log or event file, plain, or packed once with gzip or zstd"
            ));
        }
        _ => {}
    }
    let kind = match wanted {
        Input::Is(kind) => kind,
        Input::Auto => kind(content, start, input, options)?,
    };
    let is_one_body = match kind {
        Kind::Jsonl | Kind::Log(_) => false,
        Kind::Records(Source::Dsn | Source::Arf) => true,
        Kind::Records(_) => {
            add_line(start, input);
            is_one_body(text(start))
        }
    };
    Ok(Recognized { kind, is_one_body, is_told_by_content: wanted == Input::Auto })
}

fn kind(
    content: Content,
    start: &mut Vec<u8>,
    input: &mut dyn BufRead,
    options: &log::Options,
) -> Result<Kind, String> {
    let is_object = text(start).starts_with(b"{");
    let log = match content {
        Content::Known(format) => Log::of(format),
        _ => None,
    };
    match log {
        // The first line is one of docker or of the journal.
        Some(log) if is_object => return Ok(Kind::Log(log)),
        _ if is_object && is_event(first_line(text(start))) => return Ok(Kind::Jsonl),
        _ => {}
    }
    // A report by mail may quote lines of a log, but no log starts as a mail.
    if let Some(source) = source(start, input) {
        return Ok(Kind::Records(source));
    }
    match (content, log) {
        (_, Some(log)) => Ok(Kind::Log(log)),
        (Content::Known(_), None) => Ok(Kind::Jsonl),
        // Empty, or an error comes before the first byte, which reading on reports.
        _ if start.trim_ascii().is_empty() => Ok(Kind::Log(Log::Postfix)),
        // In a log of several programs, Postfix's first line may be far down.
        _ if is_log(start, options) => Ok(Kind::Log(Log::Postfix)),
        _ => Err("starts as none of the formats that can be read; name its format with --input".to_owned()),
    }
}

/// Returns the source of the first record, of which more is read if it goes on beyond `start`.
fn source(start: &mut Vec<u8>, input: &mut dyn BufRead) -> Option<Source> {
    if let Some(source) = Source::detect(text(start)) {
        return Some(source);
    }
    let is_json = text(start).starts_with(b"{") || text(start).starts_with(b"[");
    if !is_json || first_record(text(start)) != Json::CutOff {
        return None;
    }
    add_line(start, input);
    if first_record(text(start)) == Json::CutOff {
        let _ = input.take(MAX_BODY_BYTES).read_to_end(start);
    }
    Source::detect(text(start))
}

/// Reads on to the end of the first line, if it may be a record. An error comes again when the rest is read.
fn add_line(start: &mut Vec<u8>, input: &mut dyn BufRead) {
    if !text(start).contains(&b'\n') {
        let _ = input.take(MAX_LINE_BYTES as u64).read_until(b'\n', start);
    }
}

/// Whether the first record, or the array around it, goes on beyond the first line, or is longer than a line may be.
fn is_one_body(text: &[u8]) -> bool {
    let line = first_line(text);
    line.len() > MAX_LINE_BYTES || first_value(line) == Json::CutOff && first_record(text) != Json::Wrong
}

/// What a JSON value is, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Json {
    Whole,
    CutOff,
    /// Not JSON, such as a line that is cut off and followed by another.
    Wrong,
}

fn first_record(text: &[u8]) -> Json {
    first_value(text.strip_prefix(b"[").unwrap_or(text))
}

fn first_value(text: &[u8]) -> Json {
    match serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>().next() {
        Some(Ok(_)) => Json::Whole,
        Some(Err(error)) if !error.is_eof() => Json::Wrong,
        Some(Err(_)) | None => Json::CutOff,
    }
}

fn is_event(line: &[u8]) -> bool {
    matches!(jsonl::parse(line), Ok(Some(_)))
}

/// Whether the first line is that of a system log, written by another program than Postfix.
fn is_log(start: &[u8], options: &log::Options) -> bool {
    let line = first_line(start.trim_ascii_start());
    let read = postfix::Parser::new(options.clone()).parse_line(line, &mut Vec::new());
    matches!(read, Ok(LineKind::OtherProgram))
}

/// The text without white space and a byte order mark before it.
pub(crate) fn text(start: &[u8]) -> &[u8] {
    start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start()
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == b'\n').next().unwrap_or_default()
}
