//! The logs of mail systems: the first three bytes are the mail system, the size of the input's buffer and the options, the rest
//! is the log.
//!
//! The events are the same in whatever pieces the input arrives, and each is read back equal from JSON. The log can follow itself
//! as a second file.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use mailtally::source::log::{Options, Parse, Reader};
use mailtally::source::{detect, exchange, exim, opensmtpd, postfix, sendmail, stalwart};
use mailtally_fuzz::{NOW, input, read_log};

const YEARS: [Option<i32>; 5] = [None, Some(1), Some(2024), Some(9999), None];

fuzz_target!(|data: &[u8]| -> Corpus {
    let [system, capacity, year, log @ ..] = data else { return Corpus::Reject };
    let options = Options::new(NOW).host("mx9").with_replies(true);
    let options = match YEARS[usize::from(*year) % YEARS.len()] {
        Some(year) => options.year(year),
        None => options,
    };
    let _ = detect(log);
    let options = options.with_accepted(system & 0x40 != 0).with_accounts(system & 0x80 != 0);
    match system % 8 {
        0 => read_all::<opensmtpd::Parser>(log, *capacity, options),
        1 => read_all::<sendmail::Parser>(log, *capacity, options),
        2 => read_all::<exim::Parser>(log, *capacity, options),
        3 => read_all::<stalwart::log::Parser>(log, *capacity, options),
        4 => read_all::<exchange::Parser>(log, *capacity, options),
        _ => read_all::<postfix::Parser>(log, *capacity, options),
    }
    Corpus::Keep
});

fn read_all<P: Parse>(log: &[u8], capacity: u8, options: Options) {
    let mut reader = Reader::<_, P>::new(input(log, capacity), options.clone());
    let events = read_log(&mut reader);
    let again = read_log(&mut Reader::<_, P>::new(log, options));
    assert_eq!(events, again, "the events depend on the pieces");
    read_log(&mut Reader::continuing(reader.into_parser(), log));
}
