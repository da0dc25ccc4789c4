//! Which API a path is of.

use axum::http::{Method, StatusCode};

use crate::asked::Asked;
use crate::host::Host;
use crate::reply::Reply;
use crate::{emitlo, krafter, mailgun, mailtrap, sendkit};

/// A dialect that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Mailtrap,
    Krafter,
    Mailgun,
    Emitlo,
    Sendkit,
}

impl Api {
    /// The API with the longest prefix of a path; `None` if none has one. Paths that it does not know are refused in its
    /// own words.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let mut segments = path.strip_prefix('/')?.split('/');
        match (segments.next()?, segments.next()?, segments.next()) {
            ("api", "v1", Some("mail")) => Some(Self::Krafter),
            ("api", "v1", _) => Some(Self::Emitlo),
            ("api", _, _) => Some(Self::Mailtrap),
            ("v3", _, _) | ("v1", "analytics", Some("metrics" | "usage")) => Some(Self::Mailgun),
            ("v1", _, _) => Some(Self::Sendkit),
            _ => None,
        }
    }

    /// The name in the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mailtrap => "mailtrap",
            Self::Krafter => "krafter",
            Self::Mailgun => "mailgun",
            Self::Emitlo => "emitlo",
            Self::Sendkit => "sendkit",
        }
    }

    /// Answers a request.
    pub(crate) fn answer(self, host: &Host, asked: &Asked) -> Reply {
        match self.method(asked.path()) {
            Some(method) if !asked.is(&method) => {
                let allowed = if method == Method::GET { "GET, HEAD" } else { method.as_str() };
                self.refuse(StatusCode::METHOD_NOT_ALLOWED).header("allow", allowed)
            }
            // Also of an unknown path: that it is unknown is for the dialect to say.
            Some(_) | None => match self {
                Self::Mailtrap => mailtrap::answer(host, asked),
                Self::Krafter => krafter::answer(host, asked),
                Self::Mailgun => mailgun::answer(host, asked),
                Self::Emitlo => emitlo::answer(host, asked),
                Self::Sendkit => sendkit::answer(host, asked),
            },
        }
    }

    /// Refuses in the API's words what the API itself knows nothing of.
    pub(crate) fn refuse(self, status: StatusCode) -> Reply {
        match self {
            Self::Mailtrap => mailtrap::refuse(status),
            Self::Krafter => krafter::refuse(status),
            Self::Mailgun => mailgun::refuse(status),
            Self::Emitlo => emitlo::refuse(status),
            Self::Sendkit => sendkit::refuse(status),
        }
    }

    /// The method of a path; `None` if it is unknown.
    fn method(self, path: &str) -> Option<Method> {
        match self {
            Self::Mailtrap => mailtrap::method(path),
            Self::Krafter => krafter::method(path),
            Self::Mailgun => mailgun::method(path),
            Self::Emitlo => emitlo::method(path),
            Self::Sendkit => sendkit::method(path),
        }
    }
}

/// The name of a status, for an error's text.
pub(crate) fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}
