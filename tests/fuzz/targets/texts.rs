//! The parsers of single texts: the input is one text, given to all of them.
//!
//! Whatever parses, prints and parses back.

#![no_main]

use std::fmt::{Debug, Display};
use std::str::{self, FromStr};

use libfuzzer_sys::{Corpus, fuzz_target};
use mailtally::provider::{self, Provider, ProviderKind, Providers};
use mailtally::source::{Format, Source};
use mailtally::time::chrono::SecondsFormat;
use mailtally::time::chrono_tz::Tz;
use mailtally::time::{self, Unit, parse_date, parse_instant, parse_zone};
use mailtally::{By, Dimension, EventType, Filter, Kind, Metric, Period, Query, Resolution, Status, Timing};
use mailtally_fuzz::NOW;
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = str::from_utf8(data) else { return Corpus::Reject };
    names(text);
    times(text);
    domains(text);
    let _ = json::<Filter>(text);
    let _ = json::<Period>(text);
    if let Some(query) = json::<Query>(text) {
        let _ = query.plan(NOW);
    }
    Corpus::Keep
});

fn names(text: &str) {
    let _ = back::<Dimension>(text);
    let _ = back::<Format>(text);
    let _ = back::<Kind>(text);
    let _ = back::<Metric>(text);
    let _ = back::<ProviderKind>(text);
    let _ = back::<Resolution>(text);
    let _ = back::<Source>(text);
    let _ = back::<Status>(text);
    let _ = back::<Timing>(text);
    let _ = back::<Unit>(text);
    let _ = json::<By>(text);
    if let Some((kind, qualifier)) = text.split_once('.')
        && let Ok(kind) = kind.parse()
        && let Ok(event_type) = EventType::new(kind, Some(qualifier))
    {
        assert_eq!((event_type.kind(), event_type.qualifier()), (kind, Some(qualifier)));
    }
}

fn times(text: &str) {
    if let Ok(date) = parse_date(text) {
        assert_eq!(date.to_string(), text);
    }
    if let Ok(at) = parse_instant(text) {
        let printed = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        assert_eq!(parse_instant(&printed), Ok(at), "{printed}");
    }
    if let Ok(zone) = parse_zone(text) {
        assert_eq!(parse_zone(zone.name()), Ok(zone));
    }
    let Some(period) = back::<Period>(text) else { return };
    for zone in [Tz::UTC, Tz::Europe__Berlin, Tz::Pacific__Apia, Tz::Australia__Lord_Howe] {
        let _ = (period.previous(NOW, zone), period.year_before(NOW, zone));
        let Ok(range) = period.resolve(NOW, zone) else { continue };
        for resolution in Resolution::ALL {
            check_buckets(&range, resolution, zone);
        }
    }
}

/// Checks that the buckets of a range follow each other and cover it.
fn check_buckets(range: &time::Range, resolution: Resolution, zone: Tz) {
    let Ok(buckets) = resolution.buckets(range, zone, NOW, 1000) else { return };
    assert!(buckets.len() <= 1000);
    assert!(buckets.iter().all(|bucket| bucket.start < bucket.end), "{buckets:?}");
    assert!(buckets.windows(2).all(|pair| pair[0].end == pair[1].start), "{buckets:?}");
    if let (Some(first), Some(last)) = (buckets.first(), buckets.last()) {
        assert!(range.start().is_none_or(|start| start == first.start), "{range:?} {buckets:?}");
        assert!(range.end().is_none_or(|end| end == last.end), "{range:?} {buckets:?}");
    }
}

fn domains(text: &str) {
    let acme = || Provider::new("Acme", ProviderKind::Hosted);
    let found = provider::for_recipient_domain(text);
    assert_eq!(Providers::builtin().for_recipient_domain(text), found);
    assert_eq!(Providers::builtin().for_mx_host(text), provider::for_mx_host(text));
    match Providers::empty().with_domain_and_subdomains(text, acme()) {
        Ok(providers) => {
            assert_eq!(providers.for_recipient_domain(text), Some(&acme()));
            let below = format!("a.{text}");
            let is_name = Providers::empty().with_domain(&below, acme()).is_ok();
            assert_eq!(providers.for_recipient_domain(&below).is_some(), is_name, "{below}");
        }
        Err(error) => assert_eq!(found, None, "{error}"),
    }
    if let Ok(providers) = Providers::empty().with_mx_host(text, acme()) {
        assert_eq!(providers.for_mx_host(text), Some(&acme()));
    }
}

/// Parses the text. Panics if what is found does not print and parse back.
fn back<T>(text: &str) -> Option<T>
where
    T: Display + FromStr<Err: Debug + PartialEq> + Debug + PartialEq,
{
    let found = text.parse::<T>().ok()?;
    let printed = found.to_string();
    assert_eq!(printed.parse::<T>().as_ref(), Ok(&found), "{text} is printed as {printed}");
    Some(found)
}

/// Parses the text as JSON. Panics if what is found does not print and parse back.
fn json<T: Serialize + DeserializeOwned + Debug + PartialEq>(text: &str) -> Option<T> {
    let found = serde_json::from_str::<T>(text).ok()?;
    let printed = serde_json::to_string(&found).expect("what was parsed can be written");
    let again = serde_json::from_str::<T>(&printed);
    assert_eq!(again.as_ref().ok(), Some(&found), "{text} is printed as {printed}");
    Some(found)
}
