//! Groups: the values that the mail of one row has in common.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::slice;
use std::sync::Arc;

use crate::dimension::Dimension;
use crate::event::Fields;

/// The values that the mail of one row has in common: one for each of the plan's dimensions, in their order. `None` is the
/// group of mail without a value.
///
/// Cloning it copies a pointer. Groups are ordered by value, dimension by dimension; the absent value comes last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Group(Arc<[Option<Arc<str>>]>);

impl Group {
    /// Returns every group that an event with these fields belongs to, ascending: one or, if [`Dimension::Tag`] is among
    /// the dimensions, one for each tag.
    pub fn all(dimensions: &[Dimension], fields: Fields<'_>) -> Vec<Self> {
        let mut groups: Vec<Vec<Option<&str>>> = vec![Vec::with_capacity(dimensions.len())];
        for dimension in dimensions {
            let values = dimension.values(fields);
            let longer =
                |group: Vec<_>| values.iter().map(move |value| [&group[..], slice::from_ref(value)].concat());
            groups = groups.into_iter().flat_map(longer).collect();
        }
        let group =
            |values: Vec<Option<&str>>| values.into_iter().map(|value| value.map(Arc::from)).collect();
        let distinct: BTreeSet<Self> = groups.into_iter().map(group).collect();
        distinct.into_iter().collect()
    }
}

impl FromIterator<Option<Arc<str>>> for Group {
    fn from_iter<I: IntoIterator<Item = Option<Arc<str>>>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl Deref for Group {
    type Target = [Option<Arc<str>>];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl PartialOrd for Group {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Group {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        fn key(value: &Option<Arc<str>>) -> (bool, Option<&str>) {
            (value.is_none(), value.as_deref())
        }
        self.iter().map(key).cmp(other.iter().map(key))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::dimension::By;
    use crate::event::{Event, Stream};

    fn of(event: &Event, dimensions: &[Dimension]) -> Vec<Vec<Option<String>>> {
        let groups = Group::all(dimensions, event.fields());
        groups
            .iter()
            .map(|group| group.iter().map(|value| value.as_deref().map(str::to_owned)).collect())
            .collect()
    }

    fn event() -> Event {
        Event::new("a", "m", "1", crate::Kind::Opened, chrono::DateTime::UNIX_EPOCH)
    }

    #[test]
    fn without_dimensions_all_mail_is_one_group() {
        assert_eq!(of(&event(), &[]), [Vec::<Option<String>>::new()]);
    }

    #[test]
    fn an_absent_value_is_a_group_of_its_own() {
        assert_eq!(
            of(&event().category("c"), &[Dimension::Domain, Dimension::Category]),
            [[None, Some("c".into())]]
        );
        assert_eq!(of(&event(), &[Dimension::Tag]), [[None]]);
    }

    #[test]
    fn a_repeated_tag_is_one_group() {
        let tagged = event().tags(["x", "y", "x"]).country("DE");
        assert_eq!(of(&tagged, &[Dimension::Tag]), [[Some("x".into())], [Some("y".into())]]);
        assert_eq!(of(&tagged, &[Dimension::Tag, Dimension::Country]).len(), 2);
    }

    #[test]
    fn every_dimension_reads_only_the_field_of_its_name() {
        let set = |dimension| match dimension {
            Dimension::Account => {
                Event::new("v", "m", "1", crate::Kind::Opened, chrono::DateTime::UNIX_EPOCH)
            }
            Dimension::Subaccount => event().subaccount("v"),
            Dimension::Domain => event().domain("v"),
            Dimension::Category => event().category("v"),
            Dimension::Tag => event().tags(["v"]),
            Dimension::Stream => event().stream(Stream::Bulk),
            Dimension::Mailbox => event().mailbox("v"),
            Dimension::Campaign => event().campaign("v"),
            Dimension::Ip => event().ip("v"),
            Dimension::IpPool => event().ip_pool("v"),
            Dimension::RecipientDomain => event().recipient_domain("v"),
            Dimension::Provider => event().provider("v"),
            Dimension::OpenTracking => event().open_tracking(true),
            Dimension::ClickTracking => event().click_tracking(false),
            Dimension::Country => event().country("v"),
            Dimension::Device => event().device("v"),
            Dimension::Client => event().client("v"),
            Dimension::Bot => event().bot("v"),
            Dimension::Attempt => event().attempt(NonZeroU32::MIN),
            Dimension::Optimized => event().optimized(false),
            Dimension::Transport => event().transport("v"),
            Dimension::Reason => event().reason("v"),
            Dimension::Code | Dimension::CodeSubject | Dimension::CodeClass => {
                event().code("5.1.1".parse().unwrap())
            }
        };
        for dimension in Dimension::ALL {
            let value = match dimension {
                Dimension::Stream => "bulk",
                Dimension::OpenTracking => "true",
                Dimension::ClickTracking | Dimension::Optimized => "false",
                Dimension::Attempt => "first",
                Dimension::Code => "5.1.1",
                Dimension::CodeSubject => "5.1",
                Dimension::CodeClass => "5",
                _ => "v",
            };
            assert_eq!(of(&set(dimension), &[dimension]), [[Some(value.to_owned())]]);
            let is_code = |dimension| {
                matches!(dimension, Dimension::Code | Dimension::CodeSubject | Dimension::CodeClass)
            };
            for other in Dimension::ALL.into_iter().filter(|other| *other != dimension) {
                if is_code(dimension) && is_code(other) {
                    continue;
                }
                // Every event has an account.
                let nothing = (dimension == Dimension::Account).then(|| "a".to_owned());
                assert_eq!(of(&set(other), &[dimension]), [[nothing]], "{dimension} of what has {other}");
            }
        }
    }

    #[test]
    fn every_attempt_but_the_first_is_a_later_one() {
        for (number, name) in [(1, "first"), (2, "later"), (u32::MAX, "later")] {
            let tried = event().attempt(NonZeroU32::new(number).unwrap());
            assert_eq!(of(&tried, &[Dimension::Attempt]), [[Some(name.to_owned())]]);
        }
    }

    #[test]
    fn every_dimension_parses_from_its_name() {
        for dimension in Dimension::ALL {
            assert_eq!(dimension.name().parse(), Ok(dimension));
            assert_eq!(dimension.name().parse(), Ok(By::Dimension(dimension)));
        }
    }

    #[test]
    fn the_error_for_an_unknown_dimension_lists_the_known_ones() {
        let error = "esp".parse::<By>().unwrap_err().to_string();
        assert!(
            error.starts_with("unknown dimension `esp`, expected `account`, `subaccount`, `domain`, "),
            "{error}"
        );
        assert!(error.ends_with("`code_class` or `date`"), "{error}");
    }
}
