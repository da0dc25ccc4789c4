//! The parameters of a query string.

/// The decoded parameters of a query string, in their order.
///
/// `+` and `%20` are a space; bytes that are not UTF-8 become U+FFFD. Any text is accepted. A list is spelled `x=`, `x[]=`,
/// `x[0]=` or `x[][]=`, as clients do: all are values of the parameter `x`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Parses the query string of a request.
    pub(super) fn of<B>(request: &http::Request<B>) -> Self {
        Self::parse(request.uri().query().unwrap_or_default())
    }

    /// Parses a query string.
    pub(super) fn parse(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self(pairs.map(|(name, value)| (list_name(&name).to_owned(), value.into_owned())).collect())
    }

    /// Returns the first value of a parameter that is not blank.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.trim().is_empty())
    }

    /// Returns all values of a parameter, in their order.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Finds a parameter that continues one of these names in no known way, such as `x[a]`, `x.0` or `x]`.
    pub(super) fn misspelled_list(&self, names: &[&str]) -> Option<&str> {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let continues = |name: &str, known: &&str| {
            name.strip_prefix(known).is_some_and(|rest| rest.starts_with(|c| !is_name(c)))
        };
        let is_misspelled = |name: &&str| names.iter().any(|known| continues(name, known));
        self.0.iter().map(|(name, _)| name.as_str()).find(is_misspelled)
    }
}

/// Removes `[]` and `[0]` (any number) from the end of a parameter's name.
fn list_name(name: &str) -> &str {
    let without_index = |name: &'_ str| -> Option<usize> {
        let open = name.strip_suffix(']')?.rfind('[')?;
        let index = &name[open + 1..name.len() - 1];
        (open > 0 && index.bytes().all(|byte| byte.is_ascii_digit())).then_some(open)
    };
    let mut end = name.len();
    while let Some(shorter) = without_index(&name[..end]) {
        end = shorter;
    }
    &name[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn brackets_and_spaces_are_decoded_in_every_encoding() {
        for query in ["a[]=x+y&a[]=z", "a%5B%5D=x%20y&a%5b%5d=z", "a[]=x%20y&&a%5B]=z&b"] {
            let params = Params::parse(query);
            assert_eq!(params.all("a").collect::<Vec<_>>(), ["x y", "z"], "{query}");
        }
        assert_eq!(Params::parse("a=1%2B1").first("a"), Some("1+1"));
        assert_eq!(Params::parse("a=&a=+&a=x&a=y").first("a"), Some("x"));
        assert_eq!(Params::parse("a").first("a"), None);
        assert_eq!(Params::parse("").first(""), None);
    }

    #[test]
    fn every_spelling_of_a_list_is_the_same_list() {
        for query in
            ["x=a&x=b", "x[]=a&x[]=b", "x[0]=a&x[1]=b", "x[][]=a&x[][]=b", "x[0][]=a&x[]=b", "x=a&x[10]=b"]
        {
            assert_eq!(Params::parse(query).all("x").collect::<Vec<_>>(), ["a", "b"], "{query}");
        }
        for query in ["x[a]=1", "x[=1", "x]=1", "[0]=1", "[]=1", "x[0=1", "x[-1]=1"] {
            assert_eq!(Params::parse(query).first("x"), None, "{query}");
        }
        assert_eq!(Params::parse("y=1&x[a]=2").misspelled_list(&["x"]), Some("x[a]"));
        assert_eq!(Params::parse("x[]=2&xy[a]=1&x_y=3&x-y=4").misspelled_list(&["x"]), None);
        for name in ["x[a]", "x[", "x]", "x.0", "x%255B%255D", "x[0].y", "x%20"] {
            assert!(Params::parse(&format!("{name}=1")).misspelled_list(&["x"]).is_some(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_query_string_is_parsed(query in any::<String>()) {
            let params = Params::parse(&query);
            prop_assert_eq!(params.first("no such name, surely not"), None);
        }
    }
}
