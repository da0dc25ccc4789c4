//! Keys, and the workspaces they open.

use super::Error;
use crate::dialect::bearer;

/// The beginning of a platform key. It begins as a workspace key does, so it is looked for first.
const PLATFORM: &str = "sk_user_";

/// The beginning of a workspace key.
const WORKSPACE: &str = "sk_";

/// Which workspace a request is about. Whether the key is a known one, and may reach it, the host knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has two kinds of keys")]
pub enum Workspace<'a> {
    /// The one that this workspace key is bound to.
    OfKey {
        /// The workspace key, `sk_…`.
        key: &'a str,
    },
    /// The one with this id, asked for with a platform key.
    Named {
        /// The platform key, `sk_user_…`.
        key: &'a str,
        /// The id of the workspace.
        id: &'a str,
    },
}

/// The key of a request, from the values of its headers `X-Api-Key` and `Authorization: Bearer …`; the first is looked at
/// first. `None` if neither holds one.
///
/// ```
/// use mailtally::dialect::sendkit::key;
///
/// assert_eq!(key(Some("sk_live_1"), None), Some("sk_live_1"));
/// assert_eq!(key(None, Some("Bearer sk_live_1")), Some("sk_live_1"));
/// assert_eq!(key(None, Some("sk_live_1")), None);
/// ```
pub fn key<'a>(x_api_key: Option<&'a str>, authorization: Option<&'a str>) -> Option<&'a str> {
    given(x_api_key).or_else(|| authorization.and_then(bearer))
}

/// The workspace that a request with this [`key`] and this value of the header `X-Workspace-Id` is about.
///
/// ```
/// use mailtally::dialect::sendkit::{Error, Workspace, workspace};
///
/// assert_eq!(workspace(Some("sk_live_1"), None), Ok(Workspace::OfKey { key: "sk_live_1" }));
/// assert_eq!(workspace(Some("sk_user_1"), Some("w-7")), Ok(Workspace::Named { key: "sk_user_1", id: "w-7" }));
/// assert_eq!(workspace(Some("sk_user_1"), None), Err(Error::WorkspaceMissing));
/// ```
///
/// # Errors
///
/// [`Error::Unauthorized`] without a key of either kind; [`Error::WorkspaceMissing`], [`Error::WorkspaceNamed`].
pub fn workspace<'a>(key: Option<&'a str>, workspace_id: Option<&'a str>) -> Result<Workspace<'a>, Error> {
    let key = key.ok_or(Error::Unauthorized)?;
    let begins_with = |kind| key.strip_prefix(kind).is_some_and(|secret| !secret.is_empty());
    if begins_with(PLATFORM) {
        let id = given(workspace_id).ok_or(Error::WorkspaceMissing)?;
        return Ok(Workspace::Named { key, id });
    }
    if !begins_with(WORKSPACE) || key == PLATFORM {
        return Err(Error::Unauthorized);
    }
    match given(workspace_id) {
        None => Ok(Workspace::OfKey { key }),
        Some(_) => Err(Error::WorkspaceNamed),
    }
}

/// What a header says, if it says anything.
fn given(header: Option<&str>) -> Option<&str> {
    header.map(str::trim).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_comes_in_either_header_and_an_empty_one_is_none() {
        for (x_api_key, authorization, found) in [
            (Some(" sk_1 "), None, Some("sk_1")),
            (Some("sk_1"), Some("Bearer sk_2"), Some("sk_1")),
            (Some(" "), Some("bearer  sk_2"), Some("sk_2")),
            (None, Some("Basic sk_2"), None),
            (None, Some("Bearer "), None),
            (None, None, None),
        ] {
            assert_eq!(key(x_api_key, authorization), found, "{x_api_key:?} {authorization:?}");
        }
    }

    #[test]
    fn the_kind_of_key_says_whether_a_workspace_must_be_named() {
        for (key, id, found) in [
            (Some("sk_live_1"), None, Ok(Workspace::OfKey { key: "sk_live_1" })),
            (Some("sk_live_1"), Some(" "), Ok(Workspace::OfKey { key: "sk_live_1" })),
            (Some("sk_live_1"), Some("w-7"), Err(Error::WorkspaceNamed)),
            (Some("sk_users_1"), None, Ok(Workspace::OfKey { key: "sk_users_1" })),
            (Some("sk_user_1"), Some(" w-7 "), Ok(Workspace::Named { key: "sk_user_1", id: "w-7" })),
            (Some("sk_user_1"), Some(" "), Err(Error::WorkspaceMissing)),
            (Some("sk_user_1"), None, Err(Error::WorkspaceMissing)),
            (Some("sk_user_"), None, Err(Error::Unauthorized)),
            (Some("sk_"), None, Err(Error::Unauthorized)),
            (Some("SK_live_1"), None, Err(Error::Unauthorized)),
            (Some("live_1"), Some("w-7"), Err(Error::Unauthorized)),
            (Some(""), None, Err(Error::Unauthorized)),
            (None, Some("w-7"), Err(Error::Unauthorized)),
        ] {
            assert_eq!(workspace(key, id), found, "{key:?} {id:?}");
        }
    }
}
