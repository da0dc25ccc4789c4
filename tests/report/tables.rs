//! Tables: their columns, widths and notes.

use super::*;

/// Returns the last paragraph on one line.
fn last_paragraph(table: &str) -> String {
    table.trim_end().rsplit("\n\n").next().unwrap().replace('\n', " ")
}

fn max_width(table: &str) -> usize {
    table.lines().map(|line| line.chars().count()).max().unwrap()
}

#[test]
fn a_table_that_is_not_for_a_terminal_has_no_colours_and_names_every_group() {
    let output = run(&["--by", "provider", LOG]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(!table.contains('\u{1b}'), "{table}");
    for name in ["Google", "Outlook", "Yahoo", "(none)", "total", "delivered", "deferrals"] {
        assert!(table.contains(name), "{name} in {table}");
    }
}

#[test]
fn percentages_are_as_the_line_below_the_table_explains() {
    let folder = Folder::new("percents");
    let file = folder.file("events.jsonl", every_outcome("2026-02-01T09:00:00Z").as_bytes());
    let table = table(&["--by", "provider", &file]);
    let titles = cells(&table, "provider");
    let row = cells(&table, "WEB.DE");
    let percent_after = |title: &str| row[titles.iter().position(|found| *found == title).unwrap() + 1];
    let shown = ["delivered", "bounced", "opened", "clicked", "unsubscribed", "complained", "replied"];
    assert_eq!(shown.map(percent_after), ["50.0", "25.0", "75.0", "25.0", "25.0", "25.0", "25.0"]);
    for expected in [
        "% after delivered and bounced: of the messages delivered, bounced, expired or otherwise given up after \
         trying; not of those rejected, suppressed or still waiting\n",
        "% after opened, clicked, unsubscribed, complained and replied: of the delivered messages\n",
    ] {
        assert!(table.contains(expected), "{expected} in {table}");
    }
    let postfix = self::table(&["--by", "provider", LOG]);
    assert!(postfix.contains("deferred counts messages, deferrals counts attempts"), "{postfix}");
    assert!(!postfix.contains("of the delivered messages"), "only shown columns are explained: {postfix}");
}

#[test]
fn the_largest_value_of_a_sparkline_is_full_however_small_it_is() {
    let folder = Folder::new("sparkline");
    let events = |hours: &[u32]| -> String {
        let at =
            |hour: &u32| event(&format!("m-{hour}"), "sent", "", &format!("2026-11-20T{hour:02}:30:00Z"));
        hours.iter().map(at).collect()
    };
    for (hours, line) in [(&[0, 1, 2][..], "███  events by hour"), (&[0, 2], "█·█  events by hour")]
    {
        let file = folder.file("events.jsonl", events(hours).as_bytes());
        let table = table(&["--by", "provider", &file]);
        assert!(table.lines().any(|found| found == line), "{table}");
    }
}

#[test]
fn a_comparison_of_nothing_says_so() {
    let folder = Folder::new("compared");
    let file = folder.file("events.jsonl", event("m-1", "opened", "", "2026-11-20T09:00:00Z").as_bytes());
    let table = table(&["--by", "provider", "--period", "2025-01", "--compare", "previous", &file]);
    assert!(table.contains("no rate has mail in either period"), "{table}");
}

#[test]
fn hours_are_local_and_only_the_headline_names_the_zone() {
    let by = ["--by", "provider,date", "--resolution", "hour", "--zone", "Europe/Berlin", LOG];
    let table = table(&by);
    assert_eq!(cells(&table, "Google")[1], "2026-11-21 01:00");
    let (head, rows) = table.split_once('\n').unwrap();
    assert!(head.contains("Europe/Berlin"), "{head}");
    assert!(!rows.contains("Berlin") && !rows.contains("+01:00"), "{rows}");
}

#[test]
fn an_hour_that_occurs_twice_is_shown_with_its_offset() {
    let folder = Folder::new("twice-an-hour");
    let file = folder.file("events.jsonl", event("m-1", "sent", "", "2026-10-25T00:30:00Z").as_bytes());
    let day =
        ["--period", "2026-10-25", "--by", "date", "--resolution", "hour", "--zone", "Europe/Berlin", &file];
    let table = table(&day);
    let hours: Vec<&str> = table.lines().filter(|line| line.starts_with("2026-10-25 0")).skip(1).collect();
    assert_eq!(hours.len(), 11, "{table}");
    assert!(hours[2].starts_with("2026-10-25 02:00 +02:00"), "{table}");
    assert!(hours[3].starts_with("2026-10-25 02:00 +01:00"), "{table}");
    assert_eq!(hours.iter().filter(|hour| hour.contains("+0")).count(), 2, "{table}");
}

#[test]
fn empty_dates_at_the_ends_of_a_long_period_are_one_line_each() {
    let folder = Folder::new("folded");
    let now = ["--now", "2026-11-26T10:00:00Z"];
    let events =
        every_outcome("2026-11-20T09:00:00Z") + &every_outcome("2026-11-22T09:00:00Z").replace("m-", "n-");
    let file = folder.file("events.jsonl", events.as_bytes());
    let year = ["--by", "date", "--period", "2026", file.as_str()];
    let folded = table(&[&now[..], &year].concat());
    let dates: Vec<&str> = folded.lines().filter(|line| line.starts_with("2026-")).skip(1).collect();
    assert_eq!(dates.len(), 5, "{folded}");
    assert_eq!(dates[0], "2026-01-01 … 2026-11-19   no events");
    for (line, date) in dates[1..4].iter().zip(["2026-11-20", "2026-11-21", "2026-11-22"]) {
        assert!(line.starts_with(date), "a gap between events stays: {folded}");
    }
    assert_eq!(dates[4], "2026-11-23 … 2026-12-31   no events");
    let total = folded.lines().skip_while(|line| *line != dates[4]).nth(1).unwrap();
    assert!(total.starts_with("total"), "{folded}");

    let by_provider = table(&["--by", "date,provider", "--period", "2026", &file]);
    assert!(by_provider.contains("2026-01-01 … 2026-11-19   no events"), "{by_provider}");
    let csv = run(&[&["--format", "csv"], &year[..]].concat()).stdout;
    assert_eq!(String::from_utf8(csv).unwrap().lines().count(), 1 + 365 + 1);
    assert_eq!(json(&year)["rows"].as_array().unwrap().len(), 365);
}

#[test]
fn dates_are_not_folded_in_short_periods_or_if_rows_are_by_a_dimension_first() {
    let folder = Folder::new("unfolded");
    let file = folder.file("events.jsonl", every_outcome("2026-10-20T09:00:00Z").as_bytes());
    let month = table(&["--by", "date", "--period", "2026-10", &file]);
    assert_eq!(month.lines().filter(|line| line.starts_with("2026-10-")).count(), 1 + 31, "{month}");
    let year = table(&["--by", "provider,date", "--period", "2026", &file]);
    assert_eq!(year.lines().filter(|line| line.starts_with("WEB.DE")).count(), 365);
}

#[test]
fn dates_with_events_in_the_other_period_only_are_not_folded() {
    let folder = Folder::new("folded-compared");
    let events =
        event("m-1", "sent", "", "2025-03-01T09:00:00Z") + &event("m-2", "sent", "", "2026-11-20T09:00:00Z");
    let file = folder.file("events.jsonl", events.as_bytes());
    let table = table(&["--by", "date", "--period", "2026", "--compare", "year", &file]);
    assert!(table.contains("2026-01-01 … 2026-02-28   no events"), "{table}");
    assert_eq!(cells(&table, "2026-03-01").last(), Some(&"-100.0 %"), "{table}");
}

#[test]
fn a_table_has_at_most_the_requested_width_and_its_last_line_names_omitted_columns() {
    let folder = Folder::new("widths");
    let file = folder.file("events.jsonl", every_outcome("2026-02-01T09:00:00Z").as_bytes());
    let by = ["--by", "provider,date", "--resolution", "hour", file.as_str()];
    let whole = table(&by);
    assert!(
        max_width(&whole) > 150 && !whole.contains("left out"),
        "off a terminal nothing is left out: {whole}"
    );
    let mut shown = usize::MAX;
    for width in [120, 100, 80, 60, 40] {
        let width_text = width.to_string();
        let table = table(&[&["--width", width_text.as_str()], &by[..]].concat());
        assert!(max_width(&table) <= width, "{table}");
        let note = last_paragraph(&table);
        assert!(note.starts_with(&format!("left out to fit a width of {width}: the bars, ")), "{table}");
        assert!(note.contains("--format csv, or --width "), "{note}");
        let columns = cells(&table, "provider");
        assert!(columns.len() < shown && columns.contains(&"delivered"), "{table}");
        shown = columns.len();
    }
    let note = last_paragraph(&table(&[&["--width", "40"], &by[..]].concat()));
    let enough = note.rsplit(' ').next().unwrap();
    let grid = |table: &str| {
        let lines = table.lines().skip_while(|line| !line.starts_with("provider"));
        lines.take_while(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let wide = table(&[&["--width", enough], &by[..]].concat());
    assert_eq!(grid(&wide), grid(&whole), "the named width has room for all");
    assert!(grid(&wide).len() > 2, "{wide}");
    assert!(!wide.contains("left out"), "{wide}");
}

#[test]
fn columns_are_omitted_in_the_order_that_the_help_gives() {
    let folder = Folder::new("order");
    let file = folder.file("events.jsonl", every_outcome("2026-02-01T09:00:00Z").as_bytes());
    let note = last_paragraph(&table(&["--width", "20", "--by", "provider", &file]));
    assert_eq!(
        note.split_once("; ").unwrap().0,
        "left out to fit a width of 20: the bars, replied %, replied, accepted, unsubscribed %, unsubscribed, \
         clicked %, opened %, other failures, rejected, clicked, opened, expired, deferred, complained %, bounced %, \
         complained, bounced, delivered %"
    );
    let long = folder.file(
        "long.jsonl",
        every_outcome("2026-02-01T09:00:00Z").replace("web.de", &"x".repeat(60)).as_bytes(),
    );
    let long = table(&["--width", "60", "--by", "recipient_domain", &long]);
    assert!(max_width(&long) <= 60, "{long}");
    let name: String = long
        .lines()
        .filter(|line| line.starts_with('x'))
        .flat_map(str::chars)
        .filter(|c| *c == 'x')
        .collect();
    assert_eq!(name.len(), 60, "a long name is broken, not cut: {long}");
}

#[test]
fn notes_are_about_the_shown_numbers_only() {
    let folder = Folder::new("notes");
    let events = event("m-1", "delivered", "", "2026-02-01T09:00:00Z")
        + &event("m-2", "delivered", "", "2026-02-02T09:00:00Z")
        + &event("m-1", "opened", "", "2026-02-02T10:00:00Z")
        + &event("m-2", "opened", "", "2026-02-02T10:00:00Z")
        + &event("m-3", "deferred", "", "2026-02-02T10:00:00Z");
    let file = folder.file("events.jsonl", events.as_bytes());
    let notes = |args: &[&str]| -> Vec<String> {
        let table = table(&[args, &[file.as_str()]].concat());
        table.lines().filter_map(|line| line.strip_prefix("note: ")).map(str::to_owned).collect()
    };
    let why = "events count when they happen, and some of these may belong to messages of another row or of an earlier \
               time; timing `send` counts events with their messages";
    assert_eq!(notes(&["--by", "date"]), [format!("the open rate is above 100 % in 1 row: {why}")]);
    assert_eq!(notes(&["--by", "date", "--timing", "send"]), [""; 0]);
    let late = ["--period", "2026-02-02", "--by"];
    assert_eq!(notes(&[&late[..], &["date"]].concat()), [format!("the open rate is above 100 %: {why}")]);
    assert_eq!(
        notes(&["--period", "2026-02-01..=2026-02-03", "--now", "2026-02-02T12:00:00Z"]),
        ["the period was not over at 2026-02-02T12:00:00Z, so its numbers can still grow"]
    );
    assert_eq!(notes(&["--by", "country"]), [""; 0], "a table has no statuses to miss");
}
