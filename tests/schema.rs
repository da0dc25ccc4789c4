//! The JSON Schemas agree with the types that they describe, in both directions.
//!
//! * [`words`]: the schemas are consistent. They use only keywords that the validator knows, every reference resolves, every
//!   property is described, every example and default is valid and can be parsed.
//! * [`lists`]: every list of names, every default and every bound is that of the type; every property is a field.
//! * [`values`]: whatever the types serialize to is valid: any query, any event, any report, any page of messages.
//! * [`mutations`]: a value with one change is valid for both the schema and the type, or for neither.
//!
//! The [`validator`] knows only the keywords that these schemas use. It is here because complete packages for JSON Schema
//! depend on packages whose licences this project does not accept.

mod any_query;
mod lists;
mod mutations;
mod validator;
mod values;
mod words;
