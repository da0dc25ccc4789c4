//! Joins the parts that Exim divides a long line into for syslog.

use std::collections::VecDeque;

use super::line::Part;

/// The lines of which only the first parts have come.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts(VecDeque<Partial>);

/// A line of which only the first parts have come.
#[derive(Clone, Debug)]
struct Partial {
    /// The hash of the host's name.
    host: u64,
    /// The number of the part that comes next.
    next: u32,
    count: u32,
    text: Vec<u8>,
}

impl Parts {
    /// More lines than this are not joined at once.
    const MAX_LINES: usize = 64;

    /// The longest line that Exim writes, in bytes, and a little more.
    const MAX_BYTES: usize = 1 << 14;

    /// Adds a part of a line of `host`; returns the whole line if it was the last one.
    pub(super) fn join(&mut self, host: u64, part: Part<'_>) -> Option<Vec<u8>> {
        let Part { number, count, text } = part;
        let is_next =
            |partial: &Partial| partial.host == host && (partial.next, partial.count) == (number, count);
        let mut partial = match self.0.iter().position(is_next) {
            Some(at) => self.0.remove(at)?,
            None if number == 1 => Partial { host, next: 1, count, text: Vec::new() },
            None => return None,
        };
        let room = Self::MAX_BYTES.saturating_sub(partial.text.len());
        partial.text.extend_from_slice(&text[..text.len().min(room)]);
        partial.next += 1;
        if number == count {
            return Some(partial.text);
        }
        if self.0.len() == Self::MAX_LINES {
            self.0.pop_front();
        }
        self.0.push_back(partial);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(parts: &mut Parts, host: u64, text: &str) -> Option<String> {
        let whole = parts.join(host, Part::parse(text.as_bytes()).unwrap())?;
        Some(String::from_utf8(whole).unwrap())
    }

    #[test]
    fn the_parts_of_each_host_s_lines_are_joined_in_order() {
        let mut parts = Parts::default();
        for (host, text, expected) in [
            (1, "[1/3] a", None),
            (2, "[1/3] x", None),
            (1, "[2/3] b", None),
            (1, "[3/3] c", Some("abc")),
            (2, "[3/3] z", None),
            (2, "[2\\3] y", None),
            (2, "[3/3] z", Some("xyz")),
            (1, "[2/3] b", None),
            (1, "[1/1] a", Some("a")),
        ] {
            assert_eq!(join(&mut parts, host, text).as_deref(), expected, "{host} {text}");
        }
    }

    #[test]
    fn lines_that_never_end_are_forgotten() {
        let mut parts = Parts::default();
        for host in 0..1000 {
            join(&mut parts, host, "[1/2] a");
            assert!(parts.0.len() <= Parts::MAX_LINES);
        }
        let long = "x".repeat(Parts::MAX_BYTES);
        join(&mut parts, 1, &format!("[1/2] {long}"));
        assert_eq!(join(&mut parts, 1, "[2/2] y"), Some(long));
    }
}
