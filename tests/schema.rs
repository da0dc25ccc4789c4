//! The JSON Schemas, held against the types that they describe, in both directions.
//!
//! * [`words`]: the schemas themselves are whole. They use only keywords that are known here, every reference leads
//!   somewhere, every property is described, every example and default is valid and can be read.
//! * [`lists`]: every list of names, every default and every bound is that of the type; every property is a field.
//! * [`values`]: whatever the types write is valid: any query, any event, the report of any question.
//! * [`mutations`]: what is changed in one place is refused by the schema and by the type, or by neither.
//!
//! The [`validator`] knows just what these schemas use. It is here because the packages that know all of JSON Schema bring
//! others, whose licences are outside of those that this project takes in.

mod asked;
mod lists;
mod mutations;
mod validator;
mod values;
mod words;
