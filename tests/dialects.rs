//! The dialects, from a request line to the bytes of the answer.
//!
//! # Cases
//!
//! Each folder `tests/fixtures/DIALECT/CASE/` holds a request, the events behind it, and the exact answer.
//!
//! `request.txt` starts with the request line. Then come lines `name: value`, all optional, in any order, and comments:
//!
//! ```text
//! # Mail of one domain.
//! GET /api/accounts/42/stats?start_date=2026-02-01&end_date=2026-02-07&sending_domain_ids[]=3938
//! rules: M1 M9
//! domain: 3938 mail.acme.example
//! places: 4
//! status: 200
//! header: x-ratelimit-limit: 100
//! ```
//!
//! | line | means | unless given |
//! |---|---|---|
//! | `rules` | the rules of the contract that the case shows, see [`rules`] | none |
//! | `now` | when it is asked | `2026-02-15T12:00:00Z` |
//! | `account` | whose mail the host counts | `acme` |
//! | `domain` | the name of a sending domain, for Mailtrap after its id; may be repeated | none |
//! | `places` | of Mailtrap's rates | as the dialect does |
//! | `authorization`, `api-token`, `x-api-key`, `x-workspace-id`, `on-behalf-of` | request headers; an empty value sends none | a good `authorization`, and none |
//! | `scopes` | those of the key | as the dialect needs |
//! | `mailbox` | a mailbox of SendKit, a JSON object; may be repeated | none |
//! | `campaigns` | of SendKit: all, and those that are active | counted |
//! | `used` | requests in the window, this one included | `1` |
//! | `store` | `broken`: the back end gives no answer | it works |
//! | `status` | the status code that is expected | `200` |
//! | `header` | a header that is expected; if there is any such line, these are all headers, in this order | not looked at |
//!
//! `body.json` is the body of the request. There may be no such file.
//!
//! `events.jsonl` has an event a line, in the crate's own form, where `account` may be left out for `acme`, and `id` for
//! the number of the line. `"repeat":190` makes 190 events of it, one for each of the messages `m-1` to `m-190` of
//! `"message":"m"`. There may be no such file.
//!
//! `response.json`, or `response.txt` of a body that is no JSON, is the body, byte for byte, and a line end. With `MAILTALLY_REWRITE` set, the tests write these files
//! instead of comparing them, so that a change is read as a difference.

mod case;
mod emitlo;
mod krafter;
mod laws;
mod mailgun;
mod mailtrap;
mod metrics;
mod rules;
mod sendkit;
