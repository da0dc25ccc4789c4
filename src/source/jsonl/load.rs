//! Loading JSON Lines with all processors.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use memchr::{memchr, memrchr};

use super::MAX_LINE_BYTES;
use crate::event::EventRef;
use crate::source::lines::BYTE_ORDER_MARK;
use crate::source::{LineError, LineKind, Reason, SourceError, Summary};
use crate::store::{Lane, Loader, RecordError};

/// The number of bytes that a thread parses at a time.
const BLOCK: usize = 256 << 10;

/// Pushes the events of JSON Lines into `loader`, parsed with all processors. Returns the number of lines and of events that
/// were pushed.
///
/// `refused` is called for each line that cannot be parsed or whose event is invalid, in the order of the lines; no more is
/// read if it returns [`ControlFlow::Break`]. At most a few MiB are held besides what the loader holds.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use mailtally::MemoryStore;
/// use mailtally::source::jsonl;
///
/// let input = br#"{"account":"acme","message":"m-1","id":"e-1","kind":"delivered","at":1770000000000}
/// {"account":"acme","message":"m-1","id":"e-2","kind":"opened","at":1770000060000}
/// "#;
/// let store = MemoryStore::new();
/// let loader = store.loader();
/// let summary = jsonl::load(&input[..], &loader, |error| {
///     eprintln!("{error}");
///     ControlFlow::Continue(())
/// })?;
/// let recorded = loader.finish(|refused| eprintln!("{refused}"));
/// assert_eq!((summary.lines, summary.events, recorded.new), (2, 2, 2));
/// # Ok::<(), mailtally::source::SourceError>(())
/// ```
///
/// # Errors
///
/// [`SourceError::Input`] if the input cannot be read; what was read before is in the loader.
pub fn load<R: Read>(
    input: R,
    loader: &Loader<'_>,
    mut refused: impl FnMut(LineError) -> ControlFlow<()>,
) -> Result<Summary, SourceError> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (sender, blocks) = sync_channel::<Block>(2 * threads);
    let (parsed_sender, parsed) = channel();
    let blocks = Mutex::new(blocks);
    thread::scope(|scope| {
        let mut started = 0;
        for _ in 0..threads {
            let parsed = parsed_sender.clone();
            let parse = || parse_all(loader.lane(), &blocks, parsed);
            started += usize::from(thread::Builder::new().spawn_scoped(scope, parse).is_ok());
        }
        drop(parsed_sender);
        let mut order = Order { parsed, waiting: BTreeMap::new(), next: 0, summary: Summary::default() };
        if started == 0 {
            return Err(order.input_error(io::ErrorKind::WouldBlock.into()));
        }
        let read = read_blocks(input, &sender, || order.take(false, &mut refused));
        drop(sender);
        if !matches!(read, Ok(ControlFlow::Break(()))) && order.take(true, &mut refused).is_continue() {
            let _ = read.map_err(|source| order.input_error(source))?;
        }
        Ok(order.summary)
    })
}

/// Whole lines.
struct Block {
    index: u64,
    bytes: Vec<u8>,
}

/// What the lines of a block were.
struct Parsed {
    index: u64,
    summary: Summary,
    /// The lines that were refused, counted from the start of the block.
    refused: Vec<(u64, Reason)>,
}

/// Reads whole lines and sends them. `then` is called after each block, and tells whether to read on.
fn read_blocks(
    mut input: impl Read,
    blocks: &SyncSender<Block>,
    mut then: impl FnMut() -> ControlFlow<()>,
) -> io::Result<ControlFlow<()>> {
    let (mut rest, mut is_skipping) = (Vec::new(), false);
    for index in 0.. {
        let read = input.by_ref().take(BLOCK as u64).read_to_end(&mut rest);
        if index == 0 && rest.starts_with(BYTE_ORDER_MARK) {
            rest.drain(..BYTE_ORDER_MARK.len());
        }
        if is_skipping {
            // The rest of a line that is too long.
            let end = memchr(b'\n', &rest).map_or(rest.len(), |end| end + 1);
            is_skipping = !rest[..end].ends_with(b"\n");
            rest.drain(..end);
        }
        let is_end = matches!(read, Ok(0));
        let mut end = memrchr(b'\n', &rest).map_or(0, |end| end + 1);
        if end == 0 && rest.len() > MAX_LINE_BYTES {
            (end, is_skipping) = (rest.len(), true);
        }
        let later = rest.split_off(if is_end { rest.len() } else { end });
        let bytes = std::mem::replace(&mut rest, later);
        // The receivers live as long as the caller.
        let is_sent = blocks.send(Block { index, bytes }).is_ok();
        read?;
        if is_end || !is_sent {
            break;
        }
        if then().is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Parses blocks until there are no more.
fn parse_all(mut lane: Lane<'_>, blocks: &Mutex<Receiver<Block>>, parsed: Sender<Parsed>) {
    loop {
        let block = match blocks.lock() {
            Ok(blocks) => blocks.recv(),
            Err(_) => return,
        };
        let Ok(block) = block else { return };
        if parsed.send(parse_block(&block, &mut lane)).is_err() {
            return;
        }
    }
}

fn parse_block(block: &Block, lane: &mut Lane<'_>) -> Parsed {
    let mut parsed = Parsed { index: block.index, summary: Summary::default(), refused: Vec::new() };
    let mut rest = &block.bytes[..];
    while !rest.is_empty() {
        let (line, after) = match memchr(b'\n', rest) {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &[][..]),
        };
        rest = after;
        let result = push(line, lane);
        parsed.summary.count_line(&result);
        parsed.summary.events += u64::from(result == Ok(LineKind::WithEvents));
        if let Err(reason) = result {
            parsed.refused.push((parsed.summary.lines, reason));
        }
    }
    parsed
}

/// Pushes the event of a line.
fn push(line: &[u8], lane: &mut Lane<'_>) -> Result<LineKind, Reason> {
    if line.len() > MAX_LINE_BYTES {
        return Err(Reason::TooLong { limit: MAX_LINE_BYTES });
    }
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let Some(event) = super::parse_as::<EventRef<'_>>(line)? else { return Ok(LineKind::Blank) };
    match lane.push(&event) {
        Ok(()) => Ok(LineKind::WithEvents),
        Err(error) => Err(refusal(&error)),
    }
}

fn refusal(error: &RecordError) -> Reason {
    Reason::Json { column: None, message: error.to_string() }
}

/// What was parsed, in the order of the lines.
struct Order {
    parsed: Receiver<Parsed>,
    /// Blocks of which an earlier one is not parsed yet.
    waiting: BTreeMap<u64, Parsed>,
    /// The index of the next block.
    next: u64,
    summary: Summary,
}

impl Order {
    /// Takes what was parsed; `is_all` waits for everything that was sent.
    fn take(
        &mut self,
        is_all: bool,
        refused: &mut impl FnMut(LineError) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        loop {
            let received = if is_all { self.parsed.recv().ok() } else { self.parsed.try_recv().ok() };
            let Some(parsed) = received else { return ControlFlow::Continue(()) };
            self.waiting.insert(parsed.index, parsed);
            while let Some(Parsed { summary, refused: lines, .. }) = self.waiting.remove(&self.next) {
                self.next += 1;
                for (line, reason) in lines {
                    refused(LineError::new(self.summary.lines + line, reason))?;
                }
                self.summary += summary;
            }
        }
    }

    fn input_error(&self, source: io::Error) -> SourceError {
        SourceError::Input { line: self.summary.lines + 1, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::jsonl::Reader;
    use crate::{Event, MemoryStore};

    const LINE: &str = r#"{"account":"a","message":"m","id":"e","kind":"sent","at":1770000000}"#;

    /// Gives at most a few bytes at a time, and fails at the end if it is broken.
    struct Slow<'a>(&'a [u8], usize, bool);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() && self.2 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let length = self.1.min(buffer.len()).min(self.0.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn loaded(input: impl Read) -> (MemoryStore, Vec<String>, Result<Summary, String>) {
        let store = MemoryStore::new();
        let (loader, mut errors) = (store.loader(), Vec::new());
        let summary = load(input, &loader, |error| {
            errors.push(error.to_string());
            ControlFlow::Continue(())
        });
        loader.finish(|refused| panic!("{refused}"));
        (store, errors, summary.map_err(|error| error.to_string()))
    }

    #[test]
    fn events_and_errors_are_those_of_the_reader_however_lines_lie_in_blocks() {
        let filler = |length: usize| format!("{{\"{}\":1}}", "x".repeat(length));
        let event = |id: usize| LINE.replace("\"e\"", &format!("\"e-{id}\""));
        let mut lines = vec![format!("\u{feff}{LINE}\r"), String::new(), "bad".to_owned()];
        for number in 0..3000 {
            lines.push(event(number));
            if number % 500 == 0 {
                lines.extend([
                    filler(BLOCK - 100),
                    event(3000 + number),
                    filler(MAX_LINE_BYTES),
                    filler(3 * BLOCK),
                ]);
            }
        }
        lines.push(LINE.replace("sent", "queued").replace("\"e\"", "\"last\""));
        let input = lines.join("\n");
        let mut reader = Reader::new(input.as_bytes());
        let (mut events, mut expected) = (Vec::<Event>::new(), Vec::new());
        reader.by_ref().for_each(|item| match item {
            Ok(event) => events.push(event),
            Err(error) => expected.push(error.to_string()),
        });
        let summary = reader.summary();
        for size in [BLOCK, 70_001] {
            let (store, errors, loaded) = loaded(Slow(input.as_bytes(), size, false));
            assert_eq!((loaded.as_ref(), &errors), (Ok(&summary), &expected));
            assert_eq!(store.timeline(&"a".into(), &"m".into()).len(), events.len());
        }
    }

    #[test]
    fn an_input_that_fails_is_an_error_after_its_whole_lines() {
        let input = format!("{LINE}\nbad\n{LINE}");
        let (store, errors, loaded) = loaded(Slow(input.as_bytes(), 10, true));
        assert_eq!(loaded, Err("line 3: the input cannot be read".to_owned()));
        assert_eq!((store.message_count(), errors.len()), (1, 1));
    }

    #[test]
    fn the_caller_can_stop_at_an_error() {
        let input = "bad\n".repeat(100_000);
        let (store, mut calls) = (MemoryStore::new(), 0);
        let summary = load(input.as_bytes(), &store.loader(), |error| {
            calls += 1;
            assert_eq!(error.line(), calls);
            if calls < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        assert!(summary.is_ok() && calls == 3);
    }
}
