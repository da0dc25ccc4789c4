//! HTTP Basic authentication.

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine};

/// Returns the key in the value of a header `Authorization: Basic …`: the password of the user `api`, which must not be
/// empty. The Base64 may be without padding; it is strict otherwise.
pub(super) fn key(authorization: &str) -> Option<String> {
    let (scheme, credentials) = authorization.trim().split_once(' ')?;
    let credentials = Some(credentials.trim()).filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let bytes =
        BASE64_STANDARD.decode(credentials).or_else(|_| BASE64_STANDARD_NO_PAD.decode(credentials)).ok()?;
    let credentials = String::from_utf8(bytes).ok()?;
    let (user, key) = credentials.split_once(':')?;
    (user == "api" && !key.is_empty()).then(|| key.to_owned())
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
            assert_eq!(key(header).as_deref(), Some("key-secret"), "{header}");
        }
        // `api:a:b` and `api:ü?`: the first colon ends the user, and the key may be any text.
        assert_eq!(key("Basic YXBpOmE6Yg==").as_deref(), Some("a:b"));
        assert_eq!(key("Basic YXBpOsO8Pw==").as_deref(), Some("ü?"));
        for header in [
            "",
            "Basic",
            "Basic ",
            "Bearer YXBpOmtleS1zZWNyZXQ=",
            "Basic api:key-secret",
            "Basic YXBpOg==", // the key is empty
            "Basic bWU6a2V5", // another user
            "Basic YXBpOv8=", // not UTF-8
        ] {
            assert_eq!(key(header), None, "{header}");
        }
    }

    #[test]
    fn invalid_base64_is_refused() {
        for credentials in ["YXBpOmtleQ==", "YXBpOmtleQ"] {
            assert_eq!(key(&format!("Basic {credentials}")).as_deref(), Some("key"));
        }
        for credentials in [
            "YXBpOmtleQ==x",
            "YXBpOmtleQ== x",
            "YXBpOmtleQ==YXBp",
            "YXBpOmtleQ===",
            "YXBpOmtleQ=", // a byte too few
            "=YXBpOmtleQ==",
            "YXBp*OmtleQ==",
            "YXBp Omtl",
            "YXBp\tOmtleQ==",
            "YXBpO",
            "YXBpOmE-", // the alphabet of URLs
            "YXBpOmE_",
            "YXBpOmtleR==", // the last four bits are not zero
            "YXBpOmtleR",
            "YXBpOmtleXl=", // the last two bits are not zero
        ] {
            assert_eq!(key(&format!("Basic {credentials}")), None, "{credentials}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_parsed_or_refused(header in any::<String>(), near in "[Bb]asic [A-Za-z0-9+/=]{0,20}") {
            let _ = (key(&header), key(&near));
        }

        #[test]
        fn any_key_is_parsed_with_or_without_padding(secret in ".{1,20}") {
            let credentials = BASE64_STANDARD.encode(format!("api:{secret}"));
            for credentials in [&*credentials, credentials.trim_end_matches('=')] {
                prop_assert_eq!(key(&format!("Basic {credentials}")), Some(secret.clone()));
            }
        }
    }
}
