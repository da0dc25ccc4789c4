//! A record: comma-separated values, and the columns that they are in.

use crate::source::failure::Failure;

/// The values of a record. The allocations are reused from record to record.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// The values, one after the other, without their quotes.
    text: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

/// The columns that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// The number of all columns.
    pub(super) count: usize,
    pub(super) time: usize,
    pub(super) event: usize,
    pub(super) recipients: usize,
    pub(super) statuses: Option<usize>,
    pub(super) network_message_id: Option<usize>,
    pub(super) message_id: Option<usize>,
    pub(super) source: Option<usize>,
    pub(super) connector: Option<usize>,
    pub(super) client_ip: Option<usize>,
    pub(super) server_ip: Option<usize>,
    pub(super) server: Option<usize>,
    pub(super) sender: Option<usize>,
    pub(super) return_path: Option<usize>,
    pub(super) directionality: Option<usize>,
}

/// Returns the names of the columns, if a line names them.
pub(super) fn header(line: &[u8]) -> Option<&[u8]> {
    Some(line.strip_prefix(b"#Fields:")?.trim_ascii())
}

impl Columns {
    /// Finds the columns by their names.
    ///
    /// # Errors
    ///
    /// One is missing that is needed.
    pub(super) fn parse(names: &[u8]) -> Result<Self, Failure<'_>> {
        let find = |name: &str| {
            names
                .split(|&byte| byte == b',')
                .position(|one| one.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
        };
        let need = |name, expected| find(name).ok_or_else(|| Failure::invalid(names, "columns", expected));
        let columns = Self {
            count: names.split(|&byte| byte == b',').count(),
            time: need("date-time", "`date-time` among them")?,
            event: need("event-id", "`event-id` among them")?,
            recipients: need("recipient-address", "`recipient-address` among them")?,
            statuses: find("recipient-status"),
            network_message_id: find("network-message-id"),
            message_id: find("message-id"),
            source: find("source"),
            connector: find("connector-id"),
            client_ip: find("client-ip"),
            server_ip: find("server-ip"),
            server: find("server-hostname"),
            sender: find("sender-address"),
            return_path: find("return-path"),
            directionality: find("directionality"),
        };
        match (columns.network_message_id, columns.message_id) {
            (None, None) => {
                Err(Failure::invalid(names, "columns", "`network-message-id` or `message-id` among them"))
            }
            (Some(_), _) | (None, Some(_)) => Ok(columns),
        }
    }
}

impl Record {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// A quoted value has no end.
    pub(super) fn read<'a>(&mut self, line: &'a [u8]) -> Result<(), Failure<'a>> {
        self.text.clear();
        self.ends.clear();
        let mut rest = line;
        loop {
            rest = match rest.strip_prefix(b"\"") {
                Some(quoted) => self.read_quoted(quoted)?,
                None => rest,
            };
            let end = memchr::memchr(b',', rest).unwrap_or(rest.len());
            self.text.extend_from_slice(&rest[..end]);
            self.ends.push(self.text.len());
            match rest.get(end + 1..) {
                Some(after) => rest = after,
                None => return Ok(()),
            }
        }
    }

    /// Reads a value after its opening quote. Returns what follows its closing quote.
    fn read_quoted<'a>(&mut self, quoted: &'a [u8]) -> Result<&'a [u8], Failure<'a>> {
        let mut rest = quoted;
        loop {
            let missing = Failure::missing(&rest[rest.len()..], "quote", "one at the end of the value");
            let end = memchr::memchr(b'"', rest).ok_or(missing)?;
            self.text.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            // A quote within the value is written twice.
            match rest.strip_prefix(b"\"") {
                Some(after) => {
                    self.text.push(b'"');
                    rest = after;
                }
                None => return Ok(rest),
            }
        }
    }

    /// Returns the number of values.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the value of a column without white space around it; empty if the record is too short or has no such column.
    pub(super) fn get(&self, column: impl Into<Option<usize>>) -> &[u8] {
        let Some(column) = column.into() else { return b"" };
        let start = column.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.zip(self.ends.get(column).copied());
        range.map_or(b"", |(start, end)| self.text[start..end].trim_ascii())
    }
}

/// Splits a list at its semicolons, but for those within brackets and braces.
pub(super) fn items(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut depth = 0_u32;
    list.split(move |byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *byte == b';' && depth == 0
    })
    .map(<[u8]>::trim_ascii)
}

/// Returns the answer in a status such as `[{LED=550 5.1.1 no such user};{MSG=};{FQDN=mx.example}]`; the status itself if it has
/// another form.
pub(super) fn answer(status: &[u8]) -> &[u8] {
    let text = status.strip_prefix(b"[").unwrap_or(status);
    let Some(text) = text.strip_prefix(b"{LED=") else { return status };
    text.split(|&byte| byte == b'}').next().unwrap_or_default().trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_the_values_between_its_commas_without_their_quotes() {
        let mut record = Record::default();
        for (line, values) in [
            ("a,b,c", vec!["a", "b", "c"]),
            ("", vec![""]),
            (",", vec!["", ""]),
            (r#""a,b",c"#, vec!["a,b", "c"]),
            (r#""say ""hi""", x,"""""#, vec![r#"say "hi""#, "x", "\""]),
            (r#"a"b,"c"d"#, vec![r#"a"b"#, "cd"]),
        ] {
            record.read(line.as_bytes()).unwrap();
            let found: Vec<_> = (0..record.len()).map(|column| record.get(column)).collect();
            assert_eq!(found, values.iter().map(|value| value.as_bytes()).collect::<Vec<_>>(), "{line}");
            assert_eq!(record.get(values.len()), b"", "{line}");
        }
        assert_eq!(record.get(None), b"");
        for cut_off in [r#"a,"b"#, r#""a"""#, "\""] {
            assert!(record.read(cut_off.as_bytes()).is_err(), "{cut_off}");
        }
    }

    #[test]
    fn a_list_is_split_outside_of_brackets() {
        let split = |list: &'static str| -> Vec<&[u8]> { items(list.as_bytes()).collect() };
        assert_eq!(split("a@x.example; b@x.example"), [&b"a@x.example"[..], b"b@x.example"]);
        assert_eq!(split("[{LED=550 no};{IP=192.0.2.1}];ok"), [&b"[{LED=550 no};{IP=192.0.2.1}]"[..], b"ok"]);
        assert_eq!(split("}x;y"), [&b"}x"[..], b"y"]);
        assert_eq!(split(""), [b""]);
    }

    #[test]
    fn an_answer_is_taken_out_of_its_status() {
        for (status, expected) in [
            ("[{LED=550 5.1.1 no such user};{MSG=};{FQDN=mx.example}]", "550 5.1.1 no such user"),
            ("{LED=451 later}", "451 later"),
            ("[{LED=cut", "cut"),
            ("250 2.1.5 OK", "250 2.1.5 OK"),
            ("", ""),
        ] {
            assert_eq!(answer(status.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn columns_are_found_by_name_and_the_needed_ones_must_be_there() {
        let columns = Columns::parse(b"Date-Time, event-id,recipient-address,message-id").unwrap();
        assert_eq!((columns.time, columns.event, columns.recipients), (0, 1, 2));
        assert_eq!((columns.message_id, columns.network_message_id), (Some(3), None));
        for names in ["date-time,event-id,recipient-address", "event-id,recipient-address,message-id", ""] {
            assert!(Columns::parse(names.as_bytes()).is_err(), "{names}");
        }
    }
}
