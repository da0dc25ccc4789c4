//! The paths of the API.

use crate::names::named_enum;

/// A path of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route<'a> {
    /// The account in the path; `None` in the unscoped form.
    pub(super) account: Option<&'a str>,
    pub(super) endpoint: Endpoint,
}

named_enum! {
    /// An endpoint: what the response has separate rows for. Its name is the end of the path.
    pub(super) enum Endpoint("endpoint") {
        /// Nothing: the response is one object.
        Total = "stats",
        Domains = "stats/domains",
        Categories = "stats/categories",
        Providers = "stats/email_service_providers",
        Date = "stats/date",
    }
}

/// The two forms of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// With the account in the path: in the announcement and in most clients.
    Account,
    /// Without it: in the current specification and in the Go client.
    Unscoped,
}

impl<'a> Route<'a> {
    /// Parses a path; `None` if the API does not have it.
    pub(super) fn parse(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix("/api/")?;
        let (account, endpoint) = match path.strip_prefix("accounts/") {
            None => (None, path),
            Some(path) => {
                let (account, endpoint) = path.split_once('/').filter(|(account, _)| !account.is_empty())?;
                (Some(account), endpoint)
            }
        };
        Some(Self { account, endpoint: endpoint.parse().ok()? })
    }

    pub(super) fn form(&self) -> Form {
        if self.account.is_some() { Form::Account } else { Form::Unscoped }
    }
}

impl Form {
    /// Returns the name of the list that filters by domain.
    pub(super) const fn domain_list(self) -> &'static str {
        match self {
            Self::Account => "sending_domain_ids",
            Self::Unscoped => "domain_ids",
        }
    }

    /// Returns the key of a domain in its row.
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
    fn only_the_published_paths_are_known_in_both_forms() {
        for (path, endpoint) in [
            ("stats", Endpoint::Total),
            ("stats/domains", Endpoint::Domains),
            ("stats/categories", Endpoint::Categories),
            ("stats/email_service_providers", Endpoint::Providers),
            ("stats/date", Endpoint::Date),
        ] {
            let unscoped = Route { account: None, endpoint };
            assert_eq!(Route::parse(&format!("/api/{path}")), Some(unscoped));
            assert_eq!(unscoped.form(), Form::Unscoped);
            let scoped = Route { account: Some("007"), endpoint };
            assert_eq!(Route::parse(&format!("/api/accounts/007/{path}")), Some(scoped));
            assert_eq!(scoped.form(), Form::Account);
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
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }
}
