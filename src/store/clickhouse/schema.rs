//! The tables, and how those of earlier versions become those of this one.

use super::error::ClickHouseError;
use super::node::Node;

/// The version of the tables that this version of the crate makes.
pub(super) const VERSION: u32 = 2;

/// Makes what is missing on a server: the database, and the tables or the columns that they lack.
///
/// # Errors
///
/// [`ClickHouseError::NewerSchema`] if a later version of the crate made the tables.
pub(super) async fn prepare(
    server: &Node,
    database: &str,
    cluster: Option<&str>,
) -> Result<Node, ClickHouseError> {
    server.run(&format!("CREATE DATABASE IF NOT EXISTS `{database}`")).await?;
    let node = server.clone().with_database(database);
    let texts = Texts::of(&node).await?;
    let settings = texts.part_settings();
    node.run(&format!(
        "CREATE TABLE IF NOT EXISTS versions (version UInt32, at DateTime DEFAULT now()) ENGINE = MergeTree \
         PARTITION BY tuple() ORDER BY version SETTINGS {settings}"
    ))
    .await?;
    let found: u32 = node.row("SELECT toUInt32(max(version)) FROM versions").await?;
    if found > VERSION {
        return Err(ClickHouseError::NewerSchema { found, known: VERSION });
    }
    for version in found + 1..=VERSION {
        for statement in step(version, texts) {
            apply(&node, &statement).await?;
        }
        node.run(&format!("INSERT INTO versions (version) SELECT toUInt32({version})")).await?;
    }
    if let Some(cluster) = cluster {
        node.run(&format!(
            "CREATE TABLE IF NOT EXISTS events_all AS events ENGINE = Distributed({cluster}, {database}, events, hash)"
        ))
        .await?;
    }
    Ok(if texts.is_old { node } else { node.with_setting("max_partitions_per_insert_block", "0") })
}

/// Which texts of statements a server knows.
#[derive(Clone, Copy, Debug)]
struct Texts {
    /// The server is older than version 20.
    is_old: bool,
}

impl Texts {
    async fn of(node: &Node) -> Result<Self, ClickHouseError> {
        let version: String = node.row("SELECT version()").await?;
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        Ok(Self { is_old: major.is_some_and(|major| major < 20) })
    }

    /// Returns the type of texts of which there are few.
    fn few(self) -> &'static str {
        if self.is_old { "String" } else { "LowCardinality(String)" }
    }

    /// Returns the settings of a table: many small batches are no error at once, and a batch is on the disk when its insert
    /// ends, where the server can do that.
    fn part_settings(self) -> &'static str {
        match self.is_old {
            true => "index_granularity = 8192, parts_to_delay_insert = 1000, parts_to_throw_insert = 3000",
            false => {
                "index_granularity = 8192, parts_to_delay_insert = 1000, parts_to_throw_insert = 3000, \
                 fsync_after_insert = 1, fsync_part_directory = 1"
            }
        }
    }
}

/// A change of the tables. Each can be applied again, after a change of which only a part was applied.
enum Statement {
    /// A statement that changes nothing if its table exists, or only adds to one.
    Plain(String),
    /// Adds a column unless it exists: table, column, type, column before it.
    Column(&'static str, &'static str, &'static str, &'static str),
}

/// Returns what makes the tables of a version from those of the one before.
fn step(version: u32, texts: Texts) -> Vec<Statement> {
    match version {
        1 => first(texts),
        2 => thinning(texts),
        _ => Vec::new(),
    }
}

/// Events, and which batches of them are complete. New tables have the columns of later versions at once.
fn first(texts: Texts) -> Vec<Statement> {
    let (few, settings) = (texts.few(), texts.part_settings());
    let events = format!(
        "CREATE TABLE IF NOT EXISTS events (account String, message String, id String, row UInt8, batch UInt64, hash UInt64, \
         at Int64, event_type {few}, kind {few}, copy_key String, subaccount {few}, domain {few}, category {few}, tags Array(String), \
         stream {few}, mailbox {few}, campaign {few}, ip {few}, ip_pool {few}, recipient_domain {few}, provider {few}, \
         open_tracking {few}, click_tracking {few}, created Int64, country {few}, device {few}, client {few}, bot {few}, \
         attempt UInt32, optimized {few}, transport {few}, attempt_ip {few}, attempt_ip_pool {few}, reason {few}, code {few}, \
         attributes String, seen Array(String), status String) ENGINE = MergeTree PARTITION BY toYYYYMM(toDateTime(intDiv(at, 1000))) \
         ORDER BY (account, message, at, id) SETTINGS {settings}"
    );
    let batches = format!(
        "CREATE TABLE IF NOT EXISTS batches (batch UInt64, state UInt8, kind UInt8, deadline Int64, before Int64, unit String, \
         at DateTime DEFAULT now()) ENGINE = MergeTree PARTITION BY tuple() ORDER BY batch SETTINGS {settings}"
    );
    // A row that is always there, so that a question for the state has an answer.
    let start = "INSERT INTO batches (batch, state) SELECT toUInt64(0), toUInt8(2)".to_owned();
    [events, batches, start].map(Statement::Plain).into()
}

/// What is left of dropped events, and sums of them.
fn thinning(texts: Texts) -> Vec<Statement> {
    let (few, settings) = (texts.few(), texts.part_settings());
    let sums = format!(
        "CREATE TABLE IF NOT EXISTS sums (account String, batch UInt64, content UInt8, dimension {few}, value String, slot Int64, \
         what {few}, total Int64, of_type Int64, of_kind Int64, of_day Int64) ENGINE = MergeTree PARTITION BY tuple() \
         ORDER BY (account, dimension, content, slot) SETTINGS {settings}"
    );
    vec![
        Statement::Column("events", "seen", "Array(String)", "attributes"),
        Statement::Column("events", "status", "String", "seen"),
        Statement::Plain(sums),
    ]
}

async fn apply(node: &Node, statement: &Statement) -> Result<(), ClickHouseError> {
    match statement {
        Statement::Plain(sql) => node.run(sql).await,
        Statement::Column(table, name, kind, after) => {
            let known: u64 = node
                .row(&format!(
                    "SELECT count() FROM system.columns WHERE database = currentDatabase() AND table = '{table}' AND name = '{name}'"
                ))
                .await?;
            match known {
                0 => node.run(&format!("ALTER TABLE {table} ADD COLUMN {name} {kind} AFTER {after}")).await,
                _ => Ok(()),
            }
        }
    }
}
