//! Addresses of recipients and senders.

/// Returns the address alone: without a display name, angle brackets, an address type (`rfc822;`) and white space.
/// `None` if nothing remains.
pub(in crate::source) fn bare(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = match text.rfind('<') {
        Some(start) => {
            let inner = &text[start + 1..];
            &inner[..inner.find('>').unwrap_or(inner.len())]
        }
        None => text,
    };
    let text = match text.split_once(';') {
        Some((kind, address)) if is_address_type(kind) => address,
        Some(_) | None => text,
    };
    Some(text.trim()).filter(|address| !address.is_empty())
}

/// Returns whether a text is the type of an address, such as `rfc822`.
fn is_address_type(text: &str) -> bool {
    text.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Returns the domain of a bare address; `None` if it has none.
pub(in crate::source) fn domain(address: &str) -> Option<&str> {
    address.rsplit_once('@').map(|(_, domain)| domain).filter(|domain| !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_out_of_what_surrounds_it() {
        for (text, address) in [
            ("ann@x.example", Some("ann@x.example")),
            (" ann@x.example ", Some("ann@x.example")),
            ("<ann@x.example>", Some("ann@x.example")),
            ("Ann \"<3\" <ann@x.example>", Some("ann@x.example")),
            ("Ann <ann@x.example", Some("ann@x.example")),
            ("rfc822; ann@x.example", Some("ann@x.example")),
            ("RFC822;<ann@x.example>", Some("ann@x.example")),
            ("\"a;b\"@x.example", Some("\"a;b\"@x.example")),
            ("postmaster", Some("postmaster")),
            ("", None),
            ("<>", None),
            ("ü<", None),
        ] {
            assert_eq!(bare(text), address, "{text}");
        }
    }

    #[test]
    fn the_domain_follows_the_last_at_sign() {
        assert_eq!(domain("\"a@b\"@x.example"), Some("x.example"));
        assert_eq!(domain("postmaster"), None);
        assert_eq!(domain("ann@"), None);
    }
}
