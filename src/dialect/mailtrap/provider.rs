//! Mailbox providers as Mailtrap spells them.

use std::collections::BTreeSet;

use super::Error;
use crate::dialect::Params;
use crate::dimension::Dimension;
use crate::filter::Filter;

/// The name of the list that filters by provider.
pub(super) const LIST: &str = "email_service_providers";

/// The row of mail without a provider, or of one that is not among the 26. The name is that of Mailtrap's dashboard; in the
/// API it is ours.
pub const OTHER_PROVIDERS: &str = "Other Providers";

/// The 26 published names (OpenAPI description, `ESPsQueryFilter`), each with the name of the same provider in this crate's
/// [table](crate::provider).
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

/// Returns the published name of a provider, whichever of its two names is given.
pub(super) fn published_name(name: Option<&str>) -> &'static str {
    let known = PROVIDERS.iter().find(|(published, ours)| [Some(*published), Some(*ours)].contains(&name));
    known.map_or(OTHER_PROVIDERS, |(published, _)| published)
}

/// Parses the filter by provider; `None` if there is none.
pub(super) fn filter(params: &Params) -> Result<Option<Filter>, Error> {
    let requested: BTreeSet<&str> = params.all(LIST).collect();
    let is_known =
        |name| name == OTHER_PROVIDERS || PROVIDERS.iter().any(|(published, _)| *published == name);
    if let Some(found) = requested.iter().find(|name| !is_known(**name)) {
        let names = PROVIDERS.map(|(published, _)| published).join(", ");
        return Err(Error::invalid(format!("{LIST}[]"), found, format!("{names} or {OTHER_PROVIDERS}")));
    }
    // `Other` has no list of names. A filter that includes it therefore excludes the published providers that were not
    // requested.
    let is_negated = requested.contains(OTHER_PROVIDERS);
    let listed = PROVIDERS.iter().filter(|(published, _)| requested.contains(published) != is_negated);
    let names = listed.flat_map(|(published, ours)| [*published, *ours]);
    Ok(match (requested.is_empty(), is_negated) {
        (true, _) => None,
        (false, false) => Some(Filter::is(Dimension::Provider, names)),
        (false, true) => Some(Filter::is_not(Dimension::Provider, names)),
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
        filter.is_none_or(|filter| filter.keeps(event.fields()))
    }

    #[test]
    fn every_published_provider_is_in_the_table_once() {
        for (index, (published, ours)) in PROVIDERS.into_iter().enumerate() {
            assert_eq!(provider::named(ours).map(|provider| provider.name()), Some(ours));
            assert_eq!(published_name(Some(ours)), published);
            assert_eq!(published_name(Some(published)), published);
            assert!(PROVIDERS[..index].iter().all(|other| other.0 != published && other.1 != ours));
        }
        let gmail = provider::for_recipient_domain("gmail.com").map(|provider| provider.name());
        assert_eq!(published_name(gmail), "Google");
        assert_eq!(published_name(Some("Gmail")), OTHER_PROVIDERS);
        assert_eq!(published_name(None), OTHER_PROVIDERS);
    }

    #[test]
    fn a_filter_keeps_the_mail_of_exactly_the_rows_that_it_names() {
        let names = PROVIDERS.map(|(published, _)| published);
        let mail =
            provider::all().map(|provider| Some(provider.name())).chain([None, Some("Gmail"), Some("Hey")]);
        let mail: Vec<_> = mail.collect();
        for requested in names.into_iter().chain([OTHER_PROVIDERS]) {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("email_service_providers[]", requested)
                .finish();
            for provider in &mail {
                assert_eq!(
                    keeps(&query, *provider),
                    published_name(*provider) == requested,
                    "{requested} {provider:?}"
                );
                let with_others = format!("{query}&email_service_providers[]=Other+Providers");
                let row = published_name(*provider);
                assert_eq!(keeps(&with_others, *provider), [requested, OTHER_PROVIDERS].contains(&row));
                assert!(keeps("", *provider));
            }
        }
    }

    #[test]
    fn a_name_that_is_not_published_is_refused() {
        for name in ["Gmail", "google", "", "HEY", "Other"] {
            let params = Params::parse(&format!("email_service_providers[]={name}"));
            let error = filter(&params).unwrap_err().to_string();
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
