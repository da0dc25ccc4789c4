//! Connections to the file.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// How long a connection waits while another process writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The number of prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

/// Opens the connection that writes. The file is made if there is none.
pub(super) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // A transaction is on the disk when it is committed.
    connection.pragma_update(None, "synchronous", "full")?;
    with_caches(connection, "-65536")
}

/// Opens a connection that reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    // A reader of a write-ahead log writes its index.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", "on")?;
    with_caches(connection, "-32768")
}

/// Sets the memory for pages, in KiB if negative, and that for statements.
fn with_caches(connection: Connection, pages: &str) -> rusqlite::Result<Connection> {
    connection.pragma_update(None, "cache_size", pages)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}
