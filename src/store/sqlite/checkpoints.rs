//! Writing the write-ahead log back into the file.
//!
//! A thread writes most of it while the writer goes on. Then the writer writes the rest, which is little, so that the log starts
//! anew and stays small.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// The pages of the log, 4 KiB each, from which on it is written back.
const MIN_PAGES: i32 = 8192;

/// Makes the writer's connection ask for it. Returns the work of the thread, on a connection of its own; it ends when the writer's
/// connection is closed.
pub(super) fn start(
    writer: &mut Connection,
    own: Connection,
) -> rusqlite::Result<impl FnOnce() + Send + 'static> {
    let (ask, asked) = sync_channel(0);
    let is_written = Arc::new(AtomicBool::new(false));
    let is_most_written = Arc::clone(&is_written);
    writer.wal_hook(Some(move |log: &mut Wal, pages: i32| {
        if is_most_written.swap(false, Ordering::AcqRel) {
            // It fails if another process does so, or a reader needs the log: then it is written later.
            let _ = log.checkpoint();
        } else if pages >= MIN_PAGES {
            // A thread that works already is not asked.
            let _ = ask.try_send(());
        }
        Ok(())
    }))?;
    Ok(move || {
        while asked.recv().is_ok() {
            let written = own.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            is_written.store(written.is_ok(), Ordering::Release);
        }
    })
}
