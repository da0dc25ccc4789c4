//! A text that means nothing: what every parser of the crate says then.

use std::borrow::Cow;

/// A text that does not mean what it should: what was read, what was found, what was expected.
///
/// ```
/// let error = "daily".parse::<mailtally::Resolution>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "unknown resolution `daily`, expected `hour`, `day`, `week`, `month`, `quarter`, `year` or `all`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} {subject} `{found}`{}{} {expected}",
    if *is_invalid { "invalid" } else { "unknown" },
    context.as_ref().map(|text| format!(" in `{text}`")).unwrap_or_default(),
    if *is_invalid { ": expected" } else { ", expected" }
)]
pub struct ParseError {
    is_invalid: bool,
    subject: Cow<'static, str>,
    found: String,
    context: Option<String>,
    expected: Cow<'static, str>,
}

impl ParseError {
    /// The longest part of a found text that is kept, in characters.
    const LONGEST: usize = 80;

    /// A `subject` was read, `found` stood there, `expected` says what may.
    pub fn new(
        subject: impl Into<Cow<'static, str>>,
        found: &str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (subject, expected) = (subject.into(), expected.into());
        Self { is_invalid: false, subject, found: Self::cut(found), context: None, expected }
    }

    /// Makes the error ``invalid SUBJECT `FOUND`: expected EXPECTED``.
    pub fn invalid(
        subject: impl Into<Cow<'static, str>>,
        found: &str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { is_invalid: true, ..Self::new(subject, found, expected) }
    }

    /// The same, found as a part of the longer `text`.
    #[must_use]
    pub fn within(self, text: &str) -> Self {
        Self { context: Some(Self::cut(text)), ..self }
    }

    /// As [`ParseError::new`], where one of the names `allowed` was expected.
    pub fn not_one_of<'a>(
        subject: impl Into<Cow<'static, str>>,
        found: &str,
        allowed: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::new(subject, found, alternatives(allowed))
    }

    /// What was being read, such as `resolution`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What was found, cut after 80 characters.
    pub fn found(&self) -> &str {
        &self.found
    }

    /// The longer text that it was found in, cut after 80 characters; `None` if what was found is all there was.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// What was expected, in words.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// The text, cut after [`Self::LONGEST`] characters.
    fn cut(text: &str) -> String {
        let mut shown: String = text.chars().take(Self::LONGEST).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        shown
    }
}

/// `` `a`, `b` or `c` ``.
fn alternatives<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// The most characters that are told of what is wrong with a JSON text: room for the names of all fields.
const LONGEST_REASON: usize = 400;

/// What is wrong with a JSON text, cut after 400 characters, without the place, which its error tells in numbers.
pub(crate) fn reason_of_json(error: &serde_json::Error) -> String {
    let mut reason = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    reason.truncate(reason.strip_suffix(&place).map_or(reason.len(), str::len));
    // A name or a value may be as long as the whole text.
    if let Some((end, _)) = reason.char_indices().nth(LONGEST_REASON) {
        reason.truncate(end);
        reason.push('…');
    }
    reason
}
