//! API keys, and the workspaces that they give access to.

use http::HeaderMap;

use super::Error;
use crate::dialect::{Credential, Refusal, bearer, trimmed_header};

/// The prefix of a platform key. It starts with that of a workspace key.
const PLATFORM_PREFIX: &str = "sk_user_";

/// The prefix of a workspace key.
const WORKSPACE_PREFIX: &str = "sk_";

/// Returns the key in `X-Api-Key`, or else in `Authorization`, and the workspace in `X-Workspace-Id`. An empty header is
/// treated as absent.
///
/// # Errors
///
/// [`Refusal::Unauthorized`] if there is no key of either kind; [`Error::MissingWorkspace`] or
/// [`Error::UnexpectedWorkspace`] if the workspace does not fit the kind.
pub(super) fn credential(headers: &HeaderMap) -> Result<Credential, Error> {
    let key =
        trimmed_header(headers, "x-api-key").or_else(|| bearer(headers)).ok_or(Refusal::Unauthorized)?;
    let is_platform_key = key.starts_with(PLATFORM_PREFIX);
    let prefix = if is_platform_key { PLATFORM_PREFIX } else { WORKSPACE_PREFIX };
    if key.strip_prefix(prefix).is_none_or(str::is_empty) {
        return Err(Refusal::Unauthorized.into());
    }
    match (is_platform_key, trimmed_header(headers, "x-workspace-id")) {
        (true, None) => Err(Error::MissingWorkspace),
        (false, Some(_)) => Err(Error::UnexpectedWorkspace),
        (true | false, account) => Ok(Credential { key, account }),
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    /// Returns the key and the workspace of headers, of which an absent one is `None`.
    fn read(headers: [(&str, Option<&str>); 3]) -> Result<(String, Option<String>), Error> {
        let sent = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let request = sent.fold(Request::builder(), |request, (name, value)| request.header(name, value));
        let Credential { key, account } = credential(request.body(()).unwrap().headers())?;
        Ok((key, account))
    }

    #[test]
    fn the_key_is_in_either_header_and_an_empty_one_is_absent() {
        for (x_api_key, authorization, found) in [
            (Some(" sk_1 "), None, Some("sk_1")),
            (Some("sk_1"), Some("Bearer sk_2"), Some("sk_1")),
            (Some(" "), Some("bearer  sk_2"), Some("sk_2")),
            (None, Some("Basic sk_2"), None),
            (None, Some("Bearer "), None),
            (None, Some("sk_2"), None),
            (None, None, None),
        ] {
            let key =
                read([("x-api-key", x_api_key), ("authorization", authorization), ("x-workspace-id", None)]);
            match found {
                Some(found) => assert_eq!(key.unwrap(), (found.to_owned(), None)),
                None => {
                    assert!(matches!(key, Err(Error::Refused(Refusal::Unauthorized))), "{authorization:?}")
                }
            }
        }
    }

    #[test]
    fn the_kind_of_key_decides_whether_a_workspace_must_be_named() {
        const UNAUTHORIZED: &str = "the credential is missing or unknown";
        const MISSING: &str = "X-Workspace-Id is required with a platform key";
        const UNEXPECTED: &str = "X-Workspace-Id must not be sent with a workspace key";
        for (key, id, expected) in [
            (Some("sk_live_1"), None, Ok(None)),
            (Some("sk_live_1"), Some(" "), Ok(None)),
            (Some("sk_live_1"), Some("w-7"), Err(UNEXPECTED)),
            (Some("sk_users_1"), None, Ok(None)),
            (Some("sk_user_1"), Some(" w-7 "), Ok(Some("w-7"))),
            (Some("sk_user_1"), Some(" "), Err(MISSING)),
            (Some("sk_user_1"), None, Err(MISSING)),
            (Some("sk_user_"), None, Err(UNAUTHORIZED)),
            (Some("sk_user_"), Some("w-7"), Err(UNAUTHORIZED)),
            (Some("sk_"), None, Err(UNAUTHORIZED)),
            (Some("SK_live_1"), None, Err(UNAUTHORIZED)),
            (Some("live_1"), Some("w-7"), Err(UNAUTHORIZED)),
            (Some(""), None, Err(UNAUTHORIZED)),
            (None, Some("w-7"), Err(UNAUTHORIZED)),
        ] {
            let found = read([("x-api-key", key), ("authorization", None), ("x-workspace-id", id)]);
            let expected =
                expected.map(|account| (key.unwrap_or_default().to_owned(), account.map(str::to_owned)));
            assert_eq!(
                found.map_err(|error| error.to_string()),
                expected.map_err(str::to_owned),
                "{key:?} {id:?}"
            );
        }
    }
}
