//! `GET /v1/analytics/mailboxes`: mailboxes and their campaign mail.

use serde::{Serialize, Serializer};

use super::lifetime::LifetimeStats;
use super::stats::{Rates, Stats};
use super::{Mailbox, MailboxStatus, Warmup};
use crate::dialect::nearest_f64;
use crate::rate::Decimal;

/// A row of the list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MailboxRow<'a> {
    #[serde(rename = "_id")]
    id: &'a str,
    email: &'a str,
    display_name: &'a str,
    status: MailboxStatus,
    total_sent: u64,
    total_received: u64,
    #[serde(serialize_with = "as_javascript")]
    bounce_rate: Decimal,
    sent_today: u64,
    daily_send_limit: u64,
    warmup: &'a Warmup,
    /// The campaign mail in the range.
    performance: Stats,
    rates: Rates,
}

/// The body for one mailbox.
#[derive(Serialize)]
pub(super) struct MailboxBody<'a> {
    mailbox: MailboxName<'a>,
    /// The campaign mail in the range.
    stats: Stats,
    rates: Rates,
}

/// The mailbox of a [`MailboxBody`]. Its id has another name than in a [`MailboxRow`].
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MailboxName<'a> {
    id: &'a str,
    email: &'a str,
    display_name: &'a str,
    status: MailboxStatus,
}

impl<'a> MailboxRow<'a> {
    pub(super) fn new(mailbox: &'a Mailbox, performance: Stats, lifetime: &LifetimeStats) -> Self {
        Self {
            id: mailbox.id(),
            email: mailbox.email(),
            display_name: mailbox.display_name(),
            status: mailbox.status,
            total_sent: lifetime.total_sent(mailbox),
            total_received: lifetime.total_received(mailbox),
            bounce_rate: lifetime.bounce_rate(mailbox),
            sent_today: lifetime.sent_today(mailbox),
            daily_send_limit: mailbox.daily_send_limit,
            warmup: &mailbox.warmup,
            performance,
            rates: performance.rates(),
        }
    }
}

impl<'a> MailboxBody<'a> {
    pub(super) fn new(mailbox: &'a Mailbox, stats: Stats) -> Self {
        let name = MailboxName {
            id: mailbox.id(),
            email: mailbox.email(),
            display_name: mailbox.display_name(),
            status: mailbox.status,
        };
        Self { mailbox: name, stats, rates: stats.rates() }
    }
}

/// Writes a number as JavaScript does: without trailing zeros, and a whole one without a decimal point.
fn as_javascript<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    match number.normalize().to_string().parse::<i64>() {
        Ok(whole) => serializer.serialize_i64(whole),
        Err(_) => serializer.serialize_f64(nearest_f64(*number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(mailbox: &Mailbox) -> serde_json::Value {
        serde_json::to_value(MailboxRow::new(mailbox, Stats::default(), &LifetimeStats::default())).unwrap()
    }

    #[test]
    fn stored_numbers_are_shown_unchanged() {
        let mailbox = Mailbox::new("1", "kim@acme.example");
        let bounce_rate = Decimal::new(250, 4);
        let stored = mailbox.clone().total_sent(9).total_received(8).sent_today(7).bounce_rate(bounce_rate);
        for (name, value) in
            [("totalSent", "9"), ("totalReceived", "8"), ("sentToday", "7"), ("bounceRate", "0.025")]
        {
            assert_eq!(row(&stored)[name].to_string(), value);
            assert_eq!(row(&mailbox)[name].to_string(), "0", "{name} of nothing");
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
            let row = row(&Mailbox::new("1", "a").bounce_rate(rate));
            assert_eq!(row["bounceRate"].to_string(), text);
        }
    }
}
