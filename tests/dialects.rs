//! The dialects, from a request line to the bytes of the response.
//!
//! # Cases
//!
//! Each folder `tests/fixtures/DIALECT/CASE/` holds a request, the events that it counts, and the exact response.
//!
//! | file | holds | may be absent |
//! |---|---|---|
//! | `request.txt` | the request line and settings | no |
//! | `body.json` | the body of the request | yes: the body is empty |
//! | `events.jsonl` | the events of this case alone | yes: they are shared, or there are none |
//! | `response.json`, `response.txt` | the body of the response, if it is JSON, if it is not | no |
//!
//! ## Request
//!
//! The first line of `request.txt` is the request line. Lines `name: value` follow, in any order. Every one is optional.
//! A line that starts with `#` is a comment.
//!
//! ```text
//! # Mail of one domain.
//! GET /api/accounts/42/stats?start_date=2026-02-01&end_date=2026-02-07&sending_domain_ids[]=3938
//! rules: M1 M9
//! mail: domains-categories-and-providers
//! domain: 3938 mail.acme.example
//! decimals: 4
//! status: 200
//! header: x-ratelimit-limit: 100
//! ```
//!
//! | line | meaning | default |
//! |---|---|---|
//! | `rules` | the rules of the contract that the case shows, see [`rules`] | none |
//! | `mail` | the name of a shared file of events; an error if the case has an `events.jsonl` | none |
//! | `now` | the instant of the request | `2026-02-15T12:00:00Z` |
//! | `account` | the account whose events are counted | `acme` |
//! | `domain` | the name of a sending domain, for Mailtrap after its id; may be repeated | none |
//! | `decimals` | the number of decimals in Mailtrap's rates | that of the dialect |
//! | `authorization`, `api-token`, `x-api-key`, `x-workspace-id`, `on-behalf-of` | a request header; an empty value sends none | what the server of the dialect accepts |
//! | `scopes` | the scopes of the key | those that the dialect requires |
//! | `mailbox` | a mailbox of SendKit, as a JSON object; may be repeated | none |
//! | `campaigns` | the numbers of all campaigns and of active campaigns, for SendKit | counted from the events |
//! | `used` | the number of requests in the window of the rate limit, including this one | `1` |
//! | `store` | `broken`: the back end fails | `works` |
//! | `status` | the expected status code | `200` |
//! | `header` | an expected header, `name: value`; may be repeated, and then these are all headers but the content type | headers are not compared |
//!
//! ## Events
//!
//! `events.jsonl` has one event per line, in the crate's own JSON. `account` defaults to `acme`, and `id` to `e-` and the
//! number of the line. `"repeat":190` with `"message":"m"` makes 190 events, one for each of the messages `m-1` to
//! `m-190`.
//!
//! Events that several cases use are in `tests/fixtures/mail/NAME.jsonl`, in the same form. A case selects one such file
//! with `mail: NAME`.
//!
//! ## Response
//!
//! The file of the response is the body, byte for byte, and a line end. With the environment variable
//! `MAILTALLY_REWRITE` set, the tests write these files instead of comparing them, so that version control shows what
//! changed.

#[cfg(all(
    feature = "native",
    feature = "mailtrap",
    feature = "krafter",
    feature = "mailgun",
    feature = "emitlo",
    feature = "sendkit"
))]
mod any_request;
mod case;
#[cfg(feature = "emitlo")]
mod emitlo;
#[cfg(feature = "krafter")]
mod krafter;
#[cfg(all(feature = "mailtrap", feature = "krafter"))]
mod laws;
#[cfg(feature = "mailgun")]
mod mailgun;
#[cfg(feature = "mailtrap")]
mod mailtrap;
#[cfg(feature = "mailgun")]
mod metrics;
mod rules;
#[cfg(feature = "sendkit")]
mod sendkit;
