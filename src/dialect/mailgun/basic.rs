//! The key of a request.

/// The key of a request, from the value of its header `Authorization: Basic …`: the password of the user `api`. `None`
/// if it holds none.
///
/// ```
/// use mailtally::dialect::mailgun::key;
///
/// assert_eq!(key(Some("Basic YXBpOmtleS1zZWNyZXQ=")).as_deref(), Some("key-secret"));
/// assert_eq!(key(Some("Bearer key-secret")), None);
/// ```
pub fn key(authorization: Option<&str>) -> Option<String> {
    let (scheme, credentials) = authorization?.trim().split_once(' ')?;
    let credentials = Some(credentials.trim()).filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let credentials = String::from_utf8(from_base64(credentials)?).ok()?;
    let (user, key) = credentials.split_once(':')?;
    (user == "api" && !key.is_empty()).then(|| key.to_owned())
}

/// The bytes of a text in Base64 (RFC 4648, section 4), with or without its padding.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let is_padded =
        digits.len() == text.len() || (text.len().is_multiple_of(4) && text.len() - digits.len() < 3);
    if !is_padded || digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for quad in digits.as_bytes().chunks(4) {
        let mut number: u32 = 0;
        for digit in quad {
            number = number << 6 | six_bits(*digit)?;
        }
        let [_, all @ ..] = (number << (6 * (4 - quad.len()))).to_be_bytes();
        bytes.extend_from_slice(&all[..quad.len() - 1]);
    }
    Some(bytes)
}

fn six_bits(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_key_is_the_password_of_the_user_api() {
        for header in
            ["Basic YXBpOmtleS1zZWNyZXQ=", "basic  YXBpOmtleS1zZWNyZXQ", " Basic YXBpOmtleS1zZWNyZXQ= "]
        {
            assert_eq!(key(Some(header)).as_deref(), Some("key-secret"), "{header}");
        }
        // `api:a:b` and `api:ü?`: the first colon parts them, and the key may be any text.
        assert_eq!(key(Some("Basic YXBpOmE6Yg==")).as_deref(), Some("a:b"));
        assert_eq!(key(Some("Basic YXBpOsO8Pw==")).as_deref(), Some("ü?"));
        for header in [
            "",
            "Basic",
            "Basic ",
            "Bearer YXBpOmtleS1zZWNyZXQ=",
            "Basic api:key-secret",
            "Basic YXBpOg==",              // no key
            "Basic bWU6a2V5",              // another user
            "Basic YXBpOmtleS1zZWNyZXQ==", // too much padding
            "Basic YXBpOmE6Yg=",           // too little
            "Basic YXBpO",
            "Basic YXBpOv8=", // no UTF-8
            "Basic YXBp Omtl",
        ] {
            assert_eq!(key(Some(header)), None, "{header}");
        }
        assert_eq!(key(None), None);
    }

    proptest! {
        #[test]
        fn any_header_is_read(header in any::<String>(), near in "[Bb]asic [A-Za-z0-9+/=]{0,20}") {
            let _ = (key(Some(&header)), key(Some(&near)));
        }
    }
}
