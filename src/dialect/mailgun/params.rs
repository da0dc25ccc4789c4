//! Reads parameters of the query string.

use super::{Error, truncated};
use crate::dialect::Params;

/// Returns the first value of a parameter that is not blank; `None` if there is none.
///
/// # Errors
///
/// [`Error::Invalid`] if the parameter is spelled as a list in an unknown form, such as `filter[x]`: ignoring it could
/// answer about more mail than was requested.
pub(super) fn value<'a>(params: &'a Params, name: &'static str) -> Result<Option<&'a str>, Error> {
    check_spelling(params, name)?;
    Ok(params.first(name))
}

/// Returns the values of the parameter `name`, without empty ones and in their order.
///
/// # Errors
///
/// As [`value`].
pub(super) fn values<'a>(
    params: &'a Params,
    name: &'static str,
) -> Result<impl Iterator<Item = &'a str>, Error> {
    check_spelling(params, name)?;
    Ok(params.all(name).filter(|value| !value.is_empty()))
}

fn check_spelling(params: &Params, name: &'static str) -> Result<(), Error> {
    match params.misspelled_list(&[name]) {
        None => Ok(()),
        Some(found) => Err(Error::invalid(truncated(found), params.all(found).next().unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_that_is_not_blank_is_used() {
        for (query, expected) in [
            ("", None),
            ("x=", None),
            ("x=&x=a", Some("a")),
            ("x=a&x=b", Some("a")),
            ("x[0]=a&x=b", Some("a")),
        ] {
            assert_eq!(value(&Params::parse(query), "x").unwrap(), expected, "{query}");
        }
        let params = Params::parse("x=&x[]=a&x[1]=&y=c&x[][]=b");
        assert_eq!(values(&params, "x").unwrap().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn an_unknown_spelling_is_refused_and_not_ignored() {
        for (query, message) in [
            ("x[a]=b", "Invalid format for parameter x[a]: b"),
            ("x=c&x[-1]=b", "Invalid format for parameter x[-1]: b"),
            ("x[=", "Invalid format for parameter x[: "),
        ] {
            let params = Params::parse(query);
            assert_eq!(value(&params, "x").unwrap_err().to_string(), message);
            assert_eq!(values(&params, "x").err().unwrap().to_string(), message);
            assert_eq!(value(&params, "y").unwrap(), None);
        }
        let long = value(&Params::parse(&format!("x[{}=1", "a".repeat(1_000_000))), "x").unwrap_err();
        assert!(long.to_string().len() < 200);
    }
}
