//! Mailboxes and what became of their campaign e-mail.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::range::Range;
use super::stats::ByMailbox;
use super::{
    Body, Counted, Error, Mailbox, MailboxStatus, Rates, Stats, Warmup, campaign_mail, of_mailboxes,
};
use crate::dialect::Params;
use crate::dimension::Dimension;
use crate::query::{Query, Scope};
use crate::report::Report;

/// A request of `GET /v1/analytics/mailboxes`, or of one of them, `…/mailboxes/{id}`.
///
/// ```
/// use mailtally::dialect::Params;
/// use mailtally::dialect::sendkit::Performance;
///
/// assert!(Performance::parse(&Params::parse("from=2026-02-01")).is_ok());
/// let error = Performance::parse(&Params::parse("to=tomorrow")).unwrap_err();
/// assert!(error.to_string().starts_with("Invalid parameter to: found `tomorrow`, expected a day that exists"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Performance {
    range: Range,
}

/// A row of `GET /v1/analytics/mailboxes`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MailboxRow {
    /// The mailbox's id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its address.
    pub email: String,
    /// The name that people see.
    pub display_name: String,
    /// Its state.
    pub status: MailboxStatus,
    /// Messages that it ever sent.
    pub total_sent: u64,
    /// Messages that it ever received.
    pub total_received: u64,
    /// Bounced over sent, of all time, a fraction.
    #[serde(serialize_with = "js_number")]
    pub bounce_rate: Decimal,
    /// Messages that it sent today.
    pub sent_today: u64,
    /// The most messages a day.
    pub daily_send_limit: u64,
    /// How far it is warmed up.
    pub warmup: Warmup,
    /// Its campaign e-mail in the range.
    pub performance: Stats,
    /// Rates of that.
    pub rates: Rates,
}

/// What `GET /v1/analytics/mailboxes/{id}` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MailboxBody {
    /// Which one it is.
    pub mailbox: MailboxName,
    /// Its campaign e-mail in the range.
    pub stats: Stats,
    /// Rates of that.
    pub rates: Rates,
}

/// Which mailbox it is. Its id has another key here than in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MailboxName {
    /// The mailbox's id.
    pub id: String,
    /// Its address.
    pub email: String,
    /// The name that people see.
    pub display_name: String,
    /// Its state.
    pub status: MailboxStatus,
}

impl Performance {
    /// Reads the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`].
    pub fn parse(params: &Params) -> Result<Self, Error> {
        Ok(Self { range: Range::parse(params)? })
    }

    /// The question that it asks: of the campaign e-mail that these mailboxes created in the range. For one of them, give
    /// that one alone.
    pub fn query(&self, scope: impl Into<Scope>, mailboxes: &[Mailbox]) -> Query {
        campaign_mail(scope, self.range.period()).by(Dimension::Mailbox).filter(of_mailboxes(mailboxes))
    }

    /// The body for the list: a row for each of `mailboxes`, in their order. `report` is the answer to the query;
    /// `counted` has the figures that a profile lacks.
    pub fn body(&self, report: &Report, mailboxes: &[Mailbox], counted: &Counted) -> Body<Vec<MailboxRow>> {
        let stats = ByMailbox::new(report);
        let row = |mailbox: &Mailbox| MailboxRow::new(mailbox, stats.of(mailbox.email()), counted);
        Body::new(mailboxes.iter().map(row).collect())
    }

    /// The body for one mailbox. `report` is the answer to the query.
    pub fn body_of_one(&self, report: &Report, mailbox: &Mailbox) -> Body<MailboxBody> {
        let stats = ByMailbox::new(report).of(mailbox.email());
        let name = MailboxName {
            id: mailbox.id().to_owned(),
            email: mailbox.email().to_owned(),
            display_name: mailbox.display_name.to_string(),
            status: mailbox.status,
        };
        Body::new(MailboxBody { mailbox: name, stats, rates: stats.rates() })
    }
}

impl MailboxRow {
    fn new(mailbox: &Mailbox, performance: Stats, counted: &Counted) -> Self {
        Self {
            id: mailbox.id().to_owned(),
            email: mailbox.email().to_owned(),
            display_name: mailbox.display_name.to_string(),
            status: mailbox.status,
            total_sent: mailbox.total_sent.unwrap_or_else(|| counted.total_sent(mailbox)),
            total_received: mailbox.total_received.unwrap_or_else(|| counted.total_received(mailbox)),
            bounce_rate: mailbox.bounce_rate.unwrap_or_else(|| counted.bounce_rate(mailbox)),
            sent_today: mailbox.sent_today.unwrap_or_else(|| counted.sent_today(mailbox)),
            daily_send_limit: mailbox.daily_send_limit,
            warmup: mailbox.warmup.clone(),
            performance,
            rates: performance.rates(),
        }
    }
}

/// Writes a number as JavaScript does: without zeros at the end, and a whole one without a point.
fn js_number<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let text = number.normalize().to_string();
    match text.parse::<i64>() {
        Ok(whole) => serializer.serialize_i64(whole),
        // A double prints the same decimals that it was read from, for up to 15 digits.
        Err(_) => serializer.serialize_f64(text.parse().unwrap_or(0.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;
    use crate::event::Event;
    use crate::kind::Kind;
    use crate::query::Limits;

    fn row(mailbox: Mailbox) -> serde_json::Value {
        serde_json::to_value(MailboxRow::new(&mailbox, Stats::default(), &Counted::default())).unwrap()
    }

    #[test]
    fn mail_of_other_mailboxes_makes_no_rows() {
        let store = MemoryStore::new();
        let names = ["kim", "sam", "gone", "gone too"];
        let sent = |name: &'static str| {
            let event = Event::new("acme", name, "1", Kind::Sent, chrono::DateTime::UNIX_EPOCH);
            event.campaign("spring").mailbox(name)
        };
        store.extend(names.map(sent));
        let mailboxes = [Mailbox::new("1", "Kim"), Mailbox::new("2", "sam"), Mailbox::new("3", "new")];
        let asked = Performance::parse(&Params::default()).unwrap().query("acme", &mailboxes);
        for query in Counted::queries("acme", &mailboxes).into_iter().chain([asked]) {
            let few = query.limits(Limits { rows: 2, ..Limits::default() });
            assert_eq!(store.report(&few, chrono::DateTime::UNIX_EPOCH).unwrap().rows().len(), 2);
        }
    }

    #[test]
    fn stored_figures_are_shown_as_they_are() {
        let mailbox = Mailbox::new("1", "kim@acme.example");
        let stored =
            mailbox.clone().total_sent(9).total_received(8).sent_today(7).bounce_rate(Decimal::new(250, 4));
        let row_of_stored = row(stored);
        for (name, value) in
            [("totalSent", "9"), ("totalReceived", "8"), ("sentToday", "7"), ("bounceRate", "0.025")]
        {
            assert_eq!(row_of_stored[name].to_string(), value);
            assert_eq!(row(mailbox.clone())[name].to_string(), "0", "{name} of nothing");
        }
    }

    #[test]
    fn a_bounce_rate_is_a_number_as_javascript_writes_it() {
        for (rate, text) in [
            (Decimal::new(0, 4), "0"),
            (Decimal::new(10_000, 4), "1"),
            (Decimal::new(3, 2), "0.03"),
            (Decimal::new(314, 2), "3.14"),
            (Decimal::new(-5, 1), "-0.5"),
            (Decimal::MAX, "7.922816251426434e+28"),
        ] {
            let row = row(Mailbox::new("1", "a").bounce_rate(rate));
            assert_eq!(row["bounceRate"].to_string(), text);
        }
    }
}
