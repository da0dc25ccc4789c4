//! Where events are kept: the value of `--store`.
//!
//! A program has the stores whose features it is built with: `sqlite`, `postgres`, `clickhouse`.

#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::str::FromStr;

use mailtally::store::StoreError;

use crate::lasting::Lasting;

/// Where events are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Memory,
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    /// The URL.
    #[cfg(feature = "postgres")]
    Postgres(String),
    #[cfg(feature = "clickhouse")]
    ClickHouse {
        /// The address of its HTTP interface.
        node: String,
        database: String,
    },
}

/// The stores that last: the name, the feature, whether this program has it, the schemes, and the form.
const LASTING: [(&str, &str, bool, &[&str], &str); 3] = [
    ("SQLite", "sqlite", cfg!(feature = "sqlite"), &["sqlite"], "`sqlite:PATH`"),
    (
        "PostgreSQL",
        "postgres",
        cfg!(feature = "postgres"),
        &["postgres", "postgresql"],
        "`postgres://USER@HOST/DATABASE`",
    ),
    (
        "ClickHouse",
        "clickhouse",
        cfg!(feature = "clickhouse"),
        &["clickhouse"],
        "`clickhouse://HOST:PORT/DATABASE`",
    ),
];

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            #[cfg(feature = "sqlite")]
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned())),
            #[cfg(feature = "clickhouse")]
            Some(("clickhouse", address)) => {
                let address = address.trim_start_matches('/');
                let (node, database) = address.split_once('/').unwrap_or((address, "mailtally"));
                Ok(Self::ClickHouse { node: format!("http://{node}"), database: database.to_owned() })
            }
            other => Err(unknown(text, other.map(|(scheme, _)| scheme))),
        }
    }
}

/// Says why a text is no place.
fn unknown(text: &str, scheme: Option<&str>) -> String {
    for (name, feature, is_there, schemes, _) in LASTING {
        if !is_there && scheme.is_some_and(|scheme| schemes.contains(&scheme)) {
            return format!(
                "this program has no {name}, expected one that is built with `--features {feature}`"
            );
        }
    }
    let forms = LASTING.iter().filter(|(_, _, is_there, ..)| *is_there).map(|(.., form)| *form);
    let forms: Vec<&str> = std::iter::once("`memory`").chain(forms).collect();
    format!("unknown store `{text}`, expected {}", forms.join(", "))
}

impl Place {
    /// Opens the store; `None` if the events are kept in memory.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be opened or reached.
    pub(crate) async fn open(&self) -> Result<Option<Box<dyn Lasting>>, StoreError> {
        match self {
            Self::Memory => Ok(None),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => Ok(Some(Box::new(mailtally::SqliteStore::open(path)?))),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                let options = mailtally::PostgresOptions::new(url)?;
                Ok(Some(Box::new(mailtally::PostgresStore::connect(options).await?)))
            }
            #[cfg(feature = "clickhouse")]
            Self::ClickHouse { node, database } => {
                let options = mailtally::store::clickhouse::ClickHouseOptions::new(node).database(database);
                Ok(Some(Box::new(mailtally::ClickHouseStore::connect(options).await?)))
            }
        }
    }
}
