//! Time: parsing periods, resolving them to ranges, dividing ranges into buckets.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use mailtally::time::Range;
use mailtally::{Period, Resolution};

/// One period of each form.
const TEXTS: [&str; 8] = [
    "7d",
    "last 24 hours",
    "this month",
    "last 3 quarters",
    "2026-01-01..2026-01-31",
    "2026-03-01T08:00:00+01:00/P1M",
    "2026-01-01T00:00:00Z..",
    "2026-W05",
];

/// Zones without daylight saving time, with it, and with an offset of half an hour.
const ZONES: [&str; 3] = ["UTC", "Europe/Berlin", "Asia/Kolkata"];

fn main() {
    divan::main();
}

/// Returns an instant on a Saturday in summer.
fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_781_347_530)
}

fn period(text: &str) -> Period {
    text.parse().expect("a valid period")
}

#[divan::bench(args = TEXTS)]
fn parse(bencher: Bencher<'_, '_>, text: &str) {
    bencher.counter(ItemsCount::new(1_u32)).bench(|| period(black_box(text)));
}

#[divan::bench(args = TEXTS)]
fn resolve_in_utc(bencher: Bencher<'_, '_>, text: &str) {
    resolve(bencher, &period(text), Tz::UTC);
}

#[divan::bench(args = TEXTS)]
fn resolve_in_berlin(bencher: Bencher<'_, '_>, text: &str) {
    resolve(bencher, &period(text), Tz::Europe__Berlin);
}

fn resolve(bencher: Bencher<'_, '_>, period: &Period, zone: Tz) {
    bencher.counter(ItemsCount::new(1_u32)).bench(|| black_box(period).resolve(now(), zone));
}

#[divan::bench(args = ZONES)]
fn year_by_hour(bencher: Bencher<'_, '_>, zone: &str) {
    divide_year(bencher, Resolution::Hour, zone);
}

#[divan::bench(args = ZONES)]
fn year_by_day(bencher: Bencher<'_, '_>, zone: &str) {
    divide_year(bencher, Resolution::Day, zone);
}

#[divan::bench(args = ZONES)]
fn year_by_month(bencher: Bencher<'_, '_>, zone: &str) {
    divide_year(bencher, Resolution::Month, zone);
}

fn divide_year(bencher: Bencher<'_, '_>, resolution: Resolution, zone: &str) {
    let zone: Tz = zone.parse().expect("a valid zone");
    let year = Range::new(Some(now() - Duration::days(365)), Some(now())).expect("a start before the end");
    let divide = || black_box(resolution).buckets(black_box(&year), zone, now(), 10_000);
    let count = divide().expect("at most 10,000 buckets").len();
    bencher.counter(ItemsCount::new(count)).bench(divide);
}
