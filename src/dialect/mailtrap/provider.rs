//! Mailbox providers as Mailtrap spells them.

use std::collections::BTreeSet;

use super::Error;
use crate::dialect::{Params, shown};
use crate::dimension::Dimension;
use crate::filter::Filter;

/// The row of all providers but the 26, and of mail without one. The name stands on Mailtrap's dashboard; that the API
/// uses it is ours.
pub const OTHER_PROVIDERS: &str = "Other Providers";

/// The 26 published names (OpenAPI description, `ESPsQueryFilter`), each with the name that this crate's
/// [table](crate::provider) has for the same provider.
pub const PROVIDERS: [(&str, &str); 26] = [
    ("Google", "Google"),
    ("Yahoo", "Yahoo"),
    ("Outlook", "Outlook"),
    ("Hey", "HEY"),
    ("Google Workspace", "Google Workspace"),
    ("Zoho Email", "Zoho Mail"),
    ("ProtonMail", "Proton Mail"),
    ("Yandex", "Yandex"),
    ("iCloud", "iCloud"),
    ("Office 365", "Microsoft 365"),
    ("Amazon SES (Simple Email Service)", "Amazon SES"),
    ("Proofpoint Email Protection", "Proofpoint"),
    ("Mimecast Email Protection", "Mimecast"),
    ("GMX.net", "GMX"),
    ("Rackspace", "Rackspace"),
    ("OVH hosted", "OVHcloud"),
    ("Linode hosted", "Linode"),
    ("GoDaddy", "GoDaddy"),
    ("Symantec Email Protection", "Symantec"),
    ("Barracuda Email Protection", "Barracuda"),
    ("Cisco Email Protection", "Cisco"),
    ("FastMail", "Fastmail"),
    ("Naver", "Naver"),
    ("Seznam", "Seznam"),
    ("Comcast", "Comcast"),
    ("Spectrum", "Spectrum"),
];

/// The published name of the provider that mail has, in either spelling.
pub(super) fn published(name: Option<&str>) -> &'static str {
    let known = PROVIDERS.iter().find(|(published, ours)| [Some(*published), Some(*ours)].contains(&name));
    known.map_or(OTHER_PROVIDERS, |(published, _)| published)
}

/// The filter that `email_service_providers[]` asks for; `None` if it is absent.
pub(super) fn filter(params: &Params) -> Result<Option<Filter>, Error> {
    let name = "email_service_providers[]";
    let chosen: BTreeSet<&str> = params.all(name).collect();
    let known = |provider: &str| {
        provider == OTHER_PROVIDERS || PROVIDERS.iter().any(|(published, _)| *published == provider)
    };
    if let Some(found) = chosen.iter().find(|provider| !known(provider)) {
        let names = PROVIDERS.map(|(published, _)| published).join(", ");
        let expected = format!("{names} or {OTHER_PROVIDERS}");
        return Err(Error::Invalid { name, found: shown(found), expected });
    }
    let spellings = |is_chosen: bool| {
        let rows = PROVIDERS.iter().filter(move |(published, _)| chosen.contains(published) == is_chosen);
        rows.flat_map(|(published, ours)| [*published, *ours])
    };
    Ok(match (params.first(name), params.all(name).any(|provider| provider == OTHER_PROVIDERS)) {
        (None, _) => None,
        (Some(_), false) => Some(Filter::is(Dimension::Provider, spellings(true))),
        // All others are known only as what they are not.
        (Some(_), true) => Some(Filter::is_not(Dimension::Provider, spellings(false))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider;

    fn keeps(query: &str, provider: Option<&str>) -> bool {
        let event = crate::Event::new("a", "m", "1", crate::Kind::Sent, chrono::DateTime::UNIX_EPOCH)
            .provider(provider.unwrap_or_default());
        let filter = filter(&Params::parse(query)).unwrap();
        filter.is_none_or(|filter| filter.keeps(event.message_fields(), event.event_fields()))
    }

    #[test]
    fn every_published_provider_is_in_the_table_once() {
        for (place, (published_name, ours)) in PROVIDERS.into_iter().enumerate() {
            assert_eq!(provider::named(ours).map(|provider| provider.name()), Some(ours));
            assert_eq!(published(Some(ours)), published_name);
            assert_eq!(published(Some(published_name)), published_name);
            assert!(PROVIDERS[..place].iter().all(|(name, own)| *name != published_name && *own != ours));
        }
        let gmail = provider::for_recipient_domain("gmail.com").map(|provider| provider.name());
        assert_eq!(published(gmail), "Google");
        assert_eq!(published(Some("Gmail")), OTHER_PROVIDERS);
        assert_eq!(published(None), OTHER_PROVIDERS);
    }

    #[test]
    fn a_filter_keeps_the_mail_of_exactly_the_rows_that_it_names() {
        let names = PROVIDERS.map(|(published, _)| published);
        let mail =
            provider::all().map(|provider| Some(provider.name())).chain([None, Some("Gmail"), Some("Hey")]);
        let mail: Vec<_> = mail.collect();
        for chosen in names.into_iter().chain([OTHER_PROVIDERS]) {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("email_service_providers[]", chosen)
                .finish();
            for provider in &mail {
                assert_eq!(keeps(&query, *provider), published(*provider) == chosen, "{chosen} {provider:?}");
                let with_others = format!("{query}&email_service_providers[]=Other+Providers");
                let row = published(*provider);
                assert_eq!(keeps(&with_others, *provider), [chosen, OTHER_PROVIDERS].contains(&row));
                assert!(keeps("", *provider));
            }
        }
    }

    #[test]
    fn a_name_that_is_not_published_is_refused() {
        for name in ["Gmail", "google", "", "HEY", "Other"] {
            let error =
                filter(&Params::from_iter([("email_service_providers[]", name)])).unwrap_err().to_string();
            let start = format!(
                "Invalid parameter email_service_providers[]: found `{name}`, expected Google, Yahoo, "
            );
            assert!(
                error.starts_with(&start) && error.ends_with("Comcast, Spectrum or Other Providers"),
                "{error}"
            );
        }
    }
}
