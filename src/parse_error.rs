//! The error of every parser in the crate.

use std::borrow::Cow;
use std::fmt;

/// A text that could not be parsed: what was being read, what was found, and what was expected.
///
/// ```
/// let error = "daily".parse::<mailtally::Resolution>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "unknown resolution `daily`, expected `hour`, `day`, `week`, `month`, `quarter`, `year` or `all`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Whether `found` is not in a closed list of names.
    is_unknown_name: bool,
    subject: Cow<'static, str>,
    found: String,
    context: Option<String>,
    expected: Cow<'static, str>,
}

impl ParseError {
    /// The maximum length of a found text that is kept, in characters.
    const MAX_FOUND: usize = 80;

    /// Makes the error ``invalid SUBJECT `FOUND`: expected EXPECTED``.
    pub fn invalid(
        subject: impl Into<Cow<'static, str>>,
        found: &str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (subject, expected) = (subject.into(), expected.into());
        Self { is_unknown_name: false, subject, found: Self::cut(found), context: None, expected }
    }

    /// Makes the error ``unknown SUBJECT `FOUND`, expected `A`, `B` or `C` ``, for a text that is not one of `names`.
    pub fn not_one_of<'a>(
        subject: impl Into<Cow<'static, str>>,
        found: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self { is_unknown_name: true, ..Self::invalid(subject, found, alternatives(names)) }
    }

    /// Adds the longer text that `found` is a part of.
    #[must_use]
    pub fn within(self, text: &str) -> Self {
        Self { context: Some(Self::cut(text)), ..self }
    }

    /// Returns what was being read, such as `resolution`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns what was found, truncated to 80 characters.
    pub fn found(&self) -> &str {
        &self.found
    }

    /// Returns the longer text that it was a part of, truncated to 80 characters; `None` if it was the whole text.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// Returns what was expected, in words.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Truncates a text to [`Self::MAX_FOUND`] characters.
    fn cut(text: &str) -> String {
        let mut shown: String = text.chars().take(Self::MAX_FOUND).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        shown
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_unknown_name, subject, found, context, expected } = self;
        let (problem, separator) = if *is_unknown_name { ("unknown", ",") } else { ("invalid", ":") };
        write!(f, "{problem} {subject} `{found}`")?;
        if let Some(context) = context {
            write!(f, " in `{context}`")?;
        }
        write!(f, "{separator} expected {expected}")
    }
}

impl std::error::Error for ParseError {}

/// Lists names as `` `a`, `b` or `c` ``.
pub(crate) fn alternatives<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// The maximum length of the reason why a JSON text is invalid, in characters: room for the names of all fields.
const MAX_REASON: usize = 400;

/// Returns why a JSON text is invalid, truncated to [`MAX_REASON`] characters, without line and column.
pub(crate) fn json_reason(error: &serde_json::Error) -> String {
    let mut reason = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    reason.truncate(reason.strip_suffix(&position).map_or(reason.len(), str::len));
    // A name or a value may be as long as the whole text.
    if let Some((end, _)) = reason.char_indices().nth(MAX_REASON) {
        reason.truncate(end);
        reason.push('…');
    }
    reason
}
