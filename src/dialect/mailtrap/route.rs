//! The paths of the API, and what each asks for.

/// Which of the two forms of the API is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has two forms")]
pub enum Form {
    /// Paths with the account's id, parameter `sending_domain_ids[]`, key `sending_domain_id`: the announcement's, and
    /// that of most clients.
    Account,
    /// Paths without, parameter `domain_ids[]`, key `domain_id`: the present specification's, and the Go client's.
    Unscoped,
}

/// What the rows are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has five endpoints")]
pub enum Endpoint {
    /// Not at all: `…/stats`.
    Total,
    /// By sending domain: `…/stats/domains`.
    Domains,
    /// By category: `…/stats/categories`.
    Categories,
    /// By mailbox provider: `…/stats/email_service_providers`.
    Providers,
    /// By day: `…/stats/date`.
    Date,
}

/// A path of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route<'a> {
    /// The form that the path is of.
    pub form: Form,
    /// The account in the path, as it stands there; `None` in the unscoped form.
    pub account: Option<&'a str>,
    /// What it asks for.
    pub endpoint: Endpoint,
}

impl<'a> Route<'a> {
    /// The route of a path; `None` if it is none of this API.
    ///
    /// ```
    /// use mailtally::dialect::mailtrap::{Endpoint, Form, Route};
    ///
    /// let route = Route::of("/api/accounts/42/stats/date").unwrap();
    /// assert_eq!((route.form, route.account, route.endpoint), (Form::Account, Some("42"), Endpoint::Date));
    /// assert_eq!(Route::of("/api/stats").unwrap().form, Form::Unscoped);
    /// assert_eq!(Route::of("/api/stats/dates"), None);
    /// ```
    pub fn of(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix("/api/")?;
        let (form, account, rest) = match path.strip_prefix("accounts/") {
            None => (Form::Unscoped, None, path),
            Some(path) => {
                let (account, rest) = path.split_once('/').filter(|(account, _)| !account.is_empty())?;
                (Form::Account, Some(account), rest)
            }
        };
        let endpoint = match rest {
            "stats" => Endpoint::Total,
            "stats/domains" => Endpoint::Domains,
            "stats/categories" => Endpoint::Categories,
            "stats/email_service_providers" => Endpoint::Providers,
            "stats/date" => Endpoint::Date,
            _ => return None,
        };
        Some(Self { form, account, endpoint })
    }
}

impl Form {
    /// The parameter that filters by domain.
    pub(super) const fn domain_parameter(self) -> &'static str {
        match self {
            Self::Account => "sending_domain_ids[]",
            Self::Unscoped => "domain_ids[]",
        }
    }

    /// The key of a row by domain.
    pub(super) const fn domain_key(self) -> &'static str {
        match self {
            Self::Account => "sending_domain_id",
            Self::Unscoped => "domain_id",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_known_in_both_forms_and_no_other() {
        let endpoints = [
            ("stats", Endpoint::Total),
            ("stats/domains", Endpoint::Domains),
            ("stats/categories", Endpoint::Categories),
            ("stats/email_service_providers", Endpoint::Providers),
            ("stats/date", Endpoint::Date),
        ];
        for (path, endpoint) in endpoints {
            let unscoped = Route { form: Form::Unscoped, account: None, endpoint };
            assert_eq!(Route::of(&format!("/api/{path}")), Some(unscoped));
            let account = Route { form: Form::Account, account: Some("007"), endpoint };
            assert_eq!(Route::of(&format!("/api/accounts/007/{path}")), Some(account));
        }
        for path in [
            "",
            "/",
            "/api",
            "/api/",
            "/stats",
            "api/stats",
            "/api/stats/",
            "/api/stats/dates",
            "/api/stats/date/x",
            "/api/Stats",
            "/api/accounts",
            "/api/accounts/stats",
            "/api/accounts//stats",
            "/api/accounts/1",
            "/api/accounts/1/",
            "/api/accounts/1/2/stats",
        ] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
