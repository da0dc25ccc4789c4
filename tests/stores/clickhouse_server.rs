//! Requests to a ClickHouse server without its client: for what tests do beside the store.

use std::io::{Error, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Runs a statement, and returns the answer as text.
pub(crate) fn post(url: &str, sql: &str) -> Result<String, Error> {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let length = sql.len();
    write!(stream, "POST / HTTP/1.0\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{sql}")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.split(' ').nth(1) {
        Some("200") => Ok(body.trim_end().to_owned()),
        _ => Err(Error::other(format!("{sql}: {answer}"))),
    }
}
