//! The questions.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use mailtally::time::chrono_tz::Tz;
use mailtally::{By, Dimension, Filter, Kind, Period, Query, Resolution, Scope, Timing};

/// A question about account 0, whose share of the mail is the largest, or about all accounts. The names end with the number of
/// days that they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Totals30,
    Domain30,
    Category30,
    Provider30,
    Mailbox30,
    Day90,
    Hour30,
    Kolkata90,
    DomainDay30,
    Country30,
    Filter30,
    Everyone90,
    Unique90,
    Status90,
    Cohort30,
}

impl Question {
    pub(crate) const ALL: [Self; 15] = [
        Self::Totals30,
        Self::Domain30,
        Self::Category30,
        Self::Provider30,
        Self::Mailbox30,
        Self::Day90,
        Self::Hour30,
        Self::Kolkata90,
        Self::DomainDay30,
        Self::Country30,
        Self::Filter30,
        Self::Everyone90,
        Self::Unique90,
        Self::Status90,
        Self::Cohort30,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Totals30 => "totals30",
            Self::Domain30 => "domain30",
            Self::Category30 => "category30",
            Self::Provider30 => "provider30",
            Self::Mailbox30 => "mailbox30",
            Self::Day90 => "day90",
            Self::Hour30 => "hour30",
            Self::Kolkata90 => "kolkata90",
            Self::DomainDay30 => "domain_day30",
            Self::Country30 => "country30",
            Self::Filter30 => "filter30",
            Self::Everyone90 => "everyone90",
            Self::Unique90 => "unique90",
            Self::Status90 => "status90",
            Self::Cohort30 => "cohort30",
        }
    }

    /// Returns the query. The 90 days end at `now`, which is after the last event.
    pub(crate) fn query(self, now: DateTime<Utc>) -> Query {
        let day =
            |year, month, day| Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).single().unwrap_or_default();
        let days30 = || Query::new("0", Period::between(day(2026, 2, 1), day(2026, 3, 3)));
        let all_days = || Period::between(day(2026, 1, 1) - TimeDelta::days(1), now);
        let days90 = || Query::new("0", all_days()).by(By::Date);
        let engagement = [Kind::Opened, Kind::Clicked];
        match self {
            Self::Totals30 => days30(),
            Self::Domain30 => days30().by(Dimension::Domain),
            Self::Category30 => days30().by(Dimension::Category),
            Self::Provider30 => days30().by(Dimension::Provider),
            Self::Mailbox30 => days30().by(Dimension::Mailbox),
            Self::Day90 | Self::Status90 => days90(),
            Self::Hour30 => days30().by(By::Date).resolution(Resolution::Hour),
            Self::Kolkata90 => days90().zone(Tz::Asia__Kolkata),
            Self::DomainDay30 => days30().by(Dimension::Domain).by(By::Date),
            Self::Country30 => {
                let query = days30().by(Dimension::Country).kinds(engagement);
                query.filter(Filter::is(Dimension::Domain, ["d1.example"]))
            }
            Self::Filter30 => {
                let query = days30().by(Dimension::Category).filter(Filter::is(Dimension::Stream, ["bulk"]));
                query.filter(Filter::is(Dimension::Provider, ["Google", "Microsoft"]))
            }
            Self::Everyone90 => Query::new(Scope::All, all_days()).by(Dimension::Account).by(By::Date),
            Self::Unique90 => days90().kinds(engagement),
            Self::Cohort30 => days30().by(Dimension::Domain).timing(Timing::Send),
        }
    }
}
