//! The readers of the logs of mail systems: a table of lines for each, and what holds for all of them.

use std::fmt::Write;
use std::io::{BufReader, Read};

use mailtally::Event;
use mailtally::source::log::{Options, Parse, Reader};
use mailtally::source::{Content, LineKind, SourceError, Summary, detect};
use proptest::prelude::*;
use proptest::sample::Index;

use super::laws::counts;
use super::line as line_of_event;

fn options() -> Options {
    Options::new("2026-12-01T00:00:00Z".parse().unwrap()).account("acme").host("mx9").with_replies(true)
}

fn path(log: &str) -> String {
    format!("{}/tests/fixtures/logs/{log}.txt", env!("CARGO_MANIFEST_DIR"))
}

/// Returns the parts of the table of a log: a note, and lines. What is read from a line is indented under it.
fn parts(log: &str) -> Vec<(String, Vec<String>)> {
    let table = std::fs::read_to_string(path(log)).unwrap();
    let blocks = table.split("\n\n").filter_map(|block| block.trim().strip_prefix("# "));
    let part = |block: &str| {
        let (note, rest) = block.split_once('\n').unwrap();
        let lines = rest.lines().filter(|line| !line.starts_with("  ")).map(str::to_owned);
        (note.to_owned(), lines.collect())
    };
    blocks.map(part).collect()
}

fn all_lines(log: &str) -> Vec<String> {
    parts(log).into_iter().flat_map(|(_, lines)| lines).collect()
}

/// Reads files one after the other, as those of a rotated log.
fn read<P: Parse>(files: &[&[u8]]) -> Vec<Event> {
    let (mut parser, mut events): (Option<P>, _) = (None, Vec::new());
    for file in files {
        let mut reader = match parser.take() {
            Some(parser) => Reader::continuing(parser, *file),
            None => Reader::new(*file, options()),
        };
        let from = events.len();
        let items: Vec<_> = reader.by_ref().collect();
        let errors = items.iter().filter(|item| item.is_err()).count();
        events.extend(items.into_iter().filter_map(Result::ok));
        check(reader.summary(), &events[from..], errors);
        parser = Some(reader.into_parser());
    }
    events
}

fn check(found: Summary, events: &[Event], errors: usize) {
    let Summary { lines, blank, other_program, ignored, with_events, errors: bad, .. } = found;
    assert_eq!(lines, blank + other_program + ignored + with_events + bad);
    assert_eq!((bad, found.events), (errors as u64, events.len() as u64));
    for event in events {
        let json = serde_json::to_string(event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&json).as_ref().ok(), Some(event), "{json}");
    }
}

/// With `MAILTALLY_REWRITE` set, writes the table instead, so that version control shows what changed.
fn is_read_as_its_table_says<P: Parse>(log: &str) {
    let mut table = String::new();
    for (note, lines) in parts(log) {
        writeln!(table, "# {note}").unwrap();
        let mut parser = P::new(options());
        for line in lines {
            writeln!(table, "{line}").unwrap();
            let mut events = Vec::new();
            match parser.parse_line(line.as_bytes(), &mut events) {
                Ok(LineKind::OtherProgram) => writeln!(table, "  of another program").unwrap(),
                Ok(_) => {}
                Err(reason) => writeln!(table, "  ! {reason}").unwrap(),
            }
            for event in &events {
                writeln!(table, "  {}", line_of_event(event)).unwrap();
            }
        }
        table.push('\n');
    }
    if std::env::var_os("MAILTALLY_REWRITE").is_some() {
        std::fs::write(path(log), table.trim_end().to_owned() + "\n").unwrap();
    }
    assert_eq!(table.trim_end(), std::fs::read_to_string(path(log)).unwrap().trim_end(), "{log}");
}

fn is_told_by_its_lines(log: &str) {
    for (note, lines) in parts(log) {
        let is_of_this = |content| matches!(content, Content::Known(format) if format.name() == log);
        assert!(is_of_this(detect(lines.join("\n").as_bytes())), "{note}");
    }
}

fn gives_the_same_counts_if_read_twice_or_in_two_files<P: Parse>(log: &str) {
    for (note, lines) in parts(log) {
        let whole = lines.join("\n").into_bytes();
        let once = counts(read::<P>(&[&whole]));
        assert_eq!(counts(read::<P>(&[&whole, &whole])), once, "{note}");
        for at in 1..lines.len() {
            // Equal refusals are different within one file only.
            if lines[at - 1].get(15..) == lines[at].get(15..) {
                continue;
            }
            let (first, second) = (lines[..at].join("\n"), lines[at..].join("\n"));
            let found = counts(read::<P>(&[first.as_bytes(), second.as_bytes()]));
            assert_eq!(found, once, "{note}: divided at {}", lines[at]);
        }
    }
}

/// A parser of single lines is given the `\r` of lines as Windows ends them.
fn reads_lines_that_windows_ends<P: Parse>(log: &str) {
    for (note, lines) in parts(log) {
        let (mut parser, mut windows) = (P::new(options()), P::new(options()));
        for line in lines {
            let (mut events, mut same) = (Vec::new(), Vec::new());
            let kind = parser.parse_line(line.as_bytes(), &mut events);
            let found = windows.parse_line(format!("{line}\r").as_bytes(), &mut same);
            assert_eq!((found, same), (kind, events), "{note}: {line}");
        }
    }
}

/// A line is an error, or is without an event, where it is cut off, and does not panic with other bytes in it.
fn has_no_event_of_half_a_line<P: Parse>(log: &str, cut: Index, edits: &[(Index, u8)]) {
    for line in all_lines(log) {
        let (mut whole, mut part) = (Vec::new(), Vec::new());
        let _ = P::new(options()).parse_line(line.as_bytes(), &mut whole);
        let kind = P::new(options()).parse_line(&line.as_bytes()[..cut.index(line.len() + 1)], &mut part);
        assert_eq!(kind == Ok(LineKind::WithEvents), !part.is_empty());
        let types = |events: &[Event]| events.iter().map(Event::event_type).collect::<Vec<_>>();
        // A line of Exim has no end by which it is known to be whole.
        assert!(part.is_empty() || types(&part) == types(&whole) || log == "exim", "{line}: {part:?}");
        let mut edited = line.into_bytes();
        for (at, byte) in edits {
            let at = at.index(edited.len());
            edited[at] = *byte;
        }
        let text = [&edited[..], b"\n", &edited, b"\n"].concat();
        read::<P>(&[&text]);
    }
}

fn reads_hostile_input<P: Parse>(log: &str) {
    let long = b"x\n".chain(std::io::repeat(b'x').take(100 << 20)).chain(&b"\n\n"[..]);
    let mut reader = Reader::<_, P>::new(BufReader::with_capacity(1 << 16, long), options());
    let errors: Vec<String> = reader.by_ref().map(|item| item.unwrap_err().to_string()).collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(errors[1], "line 2: longer than the 65536 bytes that a line may have");
    for line in all_lines(log) {
        let rest = line.get(15..).unwrap_or_default();
        for stamp in [
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:60-23:59",
            "10000-01-01T00:00:00Z",
            "Feb 30 00:00:00",
            "Nov 21 24:00:00",
            "\0",
            "",
        ] {
            let text = format!("{stamp}{rest}\n");
            read::<P>(&[text.as_bytes()]);
        }
        for bad in [&b"\0"[..], b"\xff\xfe", b"\xc3", b"\r", b"\x1b[31m"] {
            let text = [line.as_bytes(), b"\n"].concat();
            let spoiled: Vec<u8> = text.split(|byte| *byte == b'@').collect::<Vec<_>>().join(bad);
            read::<P>(&[&spoiled, &text]);
        }
    }
    for year in [i32::MIN, 0, 1, 9999, 10_000, i32::MAX] {
        let text = all_lines(log).join("\n");
        for item in Reader::<_, P>::new(text.as_bytes(), options().year(year)) {
            assert!(matches!(item, Ok(_) | Err(SourceError::Line(_))));
        }
    }
}

macro_rules! logs {
    ($($module:ident $log:literal $parser:ty;)+) => {
        $(
            mod $module {
                use super::*;

                type Parser = $parser;

                #[test]
                fn every_line_is_read_as_the_table_says() {
                    is_read_as_its_table_says::<Parser>($log);
                }

                #[test]
                fn a_log_is_told_by_its_lines() {
                    is_told_by_its_lines($log);
                }

                #[test]
                fn a_log_read_twice_or_in_two_files_gives_the_same_counts() {
                    gives_the_same_counts_if_read_twice_or_in_two_files::<Parser>($log);
                }

                #[test]
                fn a_line_that_windows_ends_is_the_same_line() {
                    reads_lines_that_windows_ends::<Parser>($log);
                }

                #[test]
                fn hostile_input_gives_errors_or_nothing() {
                    reads_hostile_input::<Parser>($log);
                }

                proptest! {
                    #![proptest_config(ProptestConfig::with_cases(64))]

                    #[test]
                    fn a_line_that_is_cut_off_or_changed_does_no_harm(
                        cut in any::<Index>(),
                        edits in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
                    ) {
                        has_no_event_of_half_a_line::<Parser>($log, cut, &edits);
                    }

                    #[test]
                    fn lines_of_any_bytes_are_read(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..5)) {
                        let head = &b"Nov 21 00:09:40 mx1 smtpd[1]: "[..];
                        let lines: Vec<u8> = lines.iter().flat_map(|line| [head, line, b"\n", line, b"\n"].concat()).collect();
                        read::<Parser>(&[&lines]);
                    }
                }
            }
        )+
    };
}

logs! {
    exchange "exchange" mailtally::source::exchange::Parser;
    exim "exim" mailtally::source::exim::Parser;
    opensmtpd "opensmtpd" mailtally::source::opensmtpd::Parser;
    postfix "postfix" mailtally::source::postfix::Parser;
    sendmail "sendmail" mailtally::source::sendmail::Parser;
    stalwart "stalwart-log" mailtally::source::stalwart::log::Parser;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each line tells all of its event, but refusals are counted by their order.
    #[test]
    fn the_lines_of_opensmtpd_may_come_in_any_order(order in Just(0..64).prop_flat_map(|places| Just(places.collect::<Vec<usize>>()).prop_shuffle())) {
        use mailtally::source::opensmtpd::Parser;

        let is_counted = |line: &String| !line.contains("ailed") && !line.contains("repeated") && line.starts_with("Nov");
        let lines: Vec<String> = all_lines("opensmtpd").into_iter().filter(is_counted).collect();
        let shuffled: Vec<&str> = order.iter().filter_map(|place| lines.get(*place)).map(String::as_str).collect();
        prop_assert_eq!(shuffled.len(), lines.len());
        let once = counts(read::<Parser>(&[lines.join("\n").as_bytes()]));
        prop_assert_eq!(counts(read::<Parser>(&[shuffled.join("\n").as_bytes()])), once);
    }
}
