//! The one form in which domains are compared.

use std::sync::Arc;

/// Returns the domain in lower case without trailing dots; `None` if nothing is left. Normalizing a normalized domain
/// changes nothing.
pub(crate) fn normalize_domain(domain: Arc<str>) -> Option<Arc<str>> {
    let bare = domain.trim_end_matches('.');
    let is_normal = bare.len() == domain.len() && !bare.chars().any(char::is_uppercase);
    let normal = if is_normal { domain } else { bare.to_lowercase().into() };
    Some(normal).filter(|domain| !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn domains_are_in_lower_case_without_trailing_dots_and_can_be_empty() {
        let normal = |text: &str| normalize_domain(text.into());
        for (text, domain) in
            [("GMail.com.", "gmail.com"), ("a..", "a"), ("BÜCHER.example", "bücher.example")]
        {
            assert_eq!(normal(text).as_deref(), Some(domain));
        }
        assert_eq!([normal(""), normal("."), normal("..")], [None, None, None]);
    }

    proptest! {
        #[test]
        fn a_normalized_domain_is_unchanged(text in any::<String>()) {
            let once = normalize_domain(text.into());
            prop_assert_eq!(once.clone().and_then(normalize_domain), once);
        }
    }
}
