//! Reading the logs of mail systems other than Postfix.

use std::fmt::Write;

use chrono::{DateTime, Duration, Utc};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mailtally::source::log::{Options, Parse, Reader};
use mailtally::source::{exchange, exim, opensmtpd, sendmail, stalwart};

use crate::common::Random;

mod common;

/// The minimum length of a log in bytes.
const BYTES: usize = 20_000_000;

const DOMAINS: [&str; 6] =
    ["gmail.com", "outlook.com", "yahoo.com", "web.de", "corp.example", "school.example"];

fn main() {
    divan::main();
}

/// A mail system whose log is read.
trait System {
    type Parser: Parse;

    /// Whether other programs write to the same log.
    const IS_SHARED: bool = true;

    /// Writes the lines of one mail for one recipient.
    fn mail(number: u64, at: DateTime<Utc>, random: &mut Random, log: &mut String);
}

struct OpenSmtpd;

struct Sendmail;

struct Exim;

struct Stalwart;

struct Exchange;

impl System for OpenSmtpd {
    type Parser = opensmtpd::Parser;

    fn mail(number: u64, at: DateTime<Utc>, random: &mut Random, log: &mut String) {
        let head = format!("{} mx1 smtpd[4242]: {:016x}", at.format("%b %e %H:%M:%S"), number << 20 | 0xabc);
        let id = format!("{:08x}{:08x}", number.wrapping_mul(2_654_435_761) & 0xffff_ffff, number & 0xffff);
        let envelope = format!("evpid={id} from=<news@shop.example> to=<{}>", address(random));
        let source = "rcpt=<-> source=\"192.0.2.1\" relay=\"198.51.100.7 (mx.mailbox.example)\"";
        let mut line =
            |text: &str| writeln!(log, "{head} {text}").expect("writing to a string does not fail");
        line("smtp connected address=192.0.2.44 host=app.shop.example");
        line(&format!("smtp message msgid={} size=2310 nrcpt=1 proto=ESMTP", &id[..8]));
        line(&format!("smtp envelope {envelope}"));
        line("smtp disconnected reason=quit");
        line("mta connected");
        if random.chance(15) {
            line(&format!(
                "mta delivery {envelope} {source} delay=1s result=\"TempFail\" stat=\"450 4.2.1 later\""
            ));
        }
        let (result, answer) = match random.below(100) {
            0..5 => ("PermFail", "550 5.1.1 no such user"),
            _ => ("Ok", "250 2.0.0 OK 1767225600 d9443c01a7336-29f25 - gsmtp"),
        };
        line(&format!("mta delivery {envelope} {source} delay=5m2s result=\"{result}\" stat=\"{answer}\""));
    }
}

impl System for Sendmail {
    type Parser = sendmail::Parser;

    fn mail(number: u64, at: DateTime<Utc>, random: &mut Random, log: &mut String) {
        let id = format!("6{:07X}{:06}", number & 0xfff_ffff, number % 1_000_000);
        let head = format!("{} mx1 sm-mta[4242]: {id}", at.format("%b %e %H:%M:%S"));
        let tried =
            format!("to=<{}>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=122310", address(random));
        let relay = "relay=mx.mailbox.example. [198.51.100.7]";
        let mut line =
            |text: &str| writeln!(log, "{head}: {text}").expect("writing to a string does not fail");
        line(
            "from=<news@shop.example>, size=2310, class=0, nrcpts=1, msgid=<1@shop.example>, proto=ESMTP, daemon=MTA, relay=app [192.0.2.44]",
        );
        if random.chance(15) {
            line(&format!("{tried}, {relay}, dsn=4.2.1, stat=Deferred: 450 4.2.1 later"));
        }
        match random.below(100) {
            0..5 => line(&format!("{tried}, {relay}, dsn=5.1.1, stat=User unknown")),
            _ => line(&format!(
                "{tried}, {relay}, dsn=2.0.0, stat=Sent (OK 1767225600 d9443c01a7336-29f25 - gsmtp)"
            )),
        }
    }
}

impl System for Exim {
    type Parser = exim::Parser;

    fn mail(number: u64, at: DateTime<Utc>, random: &mut Random, log: &mut String) {
        let second = digits(at.timestamp().cast_unsigned(), 6);
        let id = format!("{second}-{}-0123", digits(number, 11));
        let head = format!("{} {id}", at.format("%Y-%m-%d %H:%M:%S"));
        let tried = format!("{} R=dnslookup T=remote_smtp", address(random));
        let host = "H=mx.mailbox.example [198.51.100.7]";
        let mut line =
            |text: &str| writeln!(log, "{head} {text}").expect("writing to a string does not fail");
        line(
            "<= news@shop.example H=app.shop.example [192.0.2.44] P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no A=login:acme S=2310 id=1@shop.example",
        );
        if random.chance(15) {
            let error = "SMTP error from remote mail server after RCPT TO:<ann@mailbox.example>";
            line(&format!("== {tried} defer (-44) {host}: {error}: 451 4.7.1 later"));
            line(&format!("== {tried} defer (-54): retry time not reached for any host"));
        }
        match random.below(100) {
            0..5 => line(&format!(
                "** {tried} {host}: SMTP error from remote mail server after DATA: 550 5.1.1 no"
            )),
            _ => line(&format!(
                "=> {tried} {host} X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes K C=\"250 2.0.0 OK queued\""
            )),
        }
        line("Completed");
    }
}

impl System for Stalwart {
    type Parser = stalwart::log::Parser;

    fn mail(number: u64, at: DateTime<Utc>, random: &mut Random, log: &mut String) {
        let to = address(random);
        let head = format!("{} INFO", at.format("%Y-%m-%dT%H:%M:%SZ"));
        let keys = format!("queueId = {number}, from = \"news@shop.example\", to = [\"{to}\"], size = 2310");
        let mut line =
            |text: &str| writeln!(log, "{head} {text}").expect("writing to a string does not fail");
        line(&format!("Queued message submission for delivery (queue.authenticated-message-queued) {keys}"));
        line(&format!("Delivery attempt started (delivery.attempt-start) {keys}, total = 1"));
        line(&format!(
            "Message delivered (delivery.delivered) {keys}, hostname = \"mx.mailbox.example\", to = \"{to}\", code = 250, details = \"2.0.0 queued\", elapsed = 230ms"
        ));
        line(&format!("Delivery completed (delivery.completed) {keys}, elapsed = 2000ms"));
    }
}

impl System for Exchange {
    type Parser = exchange::Parser;

    const IS_SHARED: bool = false;

    fn mail(number: u64, at: DateTime<Utc>, random: &mut Random, log: &mut String) {
        if log.is_empty() {
            log.push_str("#Fields: date-time,client-ip,server-ip,server-hostname,source,event-id,message-id,network-message-id,recipient-address,recipient-status,message-subject,sender-address,return-path,directionality\n");
        }
        let (to, at) = (address(random), at.format("%Y-%m-%dT%H:%M:%S%.3fZ"));
        let mail = format!("<{number}@shop.example>,aaaaaaaa-0000-4000-8000-{number:012x},{to}");
        let sender = "\"Sale, today\",news@shop.example,news@shop.example,Originating";
        let mut line =
            |text: &str| writeln!(log, "{at},{text},{sender}").expect("writing to a string does not fail");
        line(&format!("192.0.2.44,192.0.2.1,EX1,SMTP,RECEIVE,{mail},"));
        line(&format!("192.0.2.1,192.0.2.1,EX1,SMTP,HAREDIRECT,{mail},"));
        match random.below(100) {
            0..5 => line(&format!(
                "192.0.2.1,198.51.100.7,mx.mailbox.example,SMTP,FAIL,{mail},[{{LED=550 5.1.1 no}}]"
            )),
            _ => line(&format!(
                "192.0.2.1,198.51.100.7,mx.mailbox.example,SMTP,SENDEXTERNAL,{mail},250 2.1.5 OK"
            )),
        }
    }
}

/// Returns a number in base 62, as in the ids of Exim.
fn digits(number: u64, len: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = number;
    let mut found: Vec<char> = Vec::with_capacity(len);
    for _ in 0..len {
        let digit = usize::try_from(rest % 62).expect("it is less than 62");
        found.push(char::from(DIGITS[digit]));
        rest /= 62;
    }
    found.iter().rev().collect()
}

/// Reads a log and drops each event.
#[divan::bench(types = [Exchange, Exim, OpenSmtpd, Sendmail, Stalwart], sample_count = 10, sample_size = 1)]
fn read<S: System>(bencher: Bencher<'_, '_>) {
    let log = log::<S>();
    let reader = || Reader::<_, S::Parser>::new(log.as_bytes(), Options::new(start() + Duration::days(30)));
    let mut first = reader();
    let events = first.by_ref().filter(Result::is_ok).count();
    assert_eq!(first.summary().errors, 0);
    let bencher = bencher.counter(BytesCount::new(log.len())).counter(ItemsCount::new(events));
    bencher.bench_local(|| reader().filter(Result::is_ok).count());
}

fn start() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600)
}

fn address(random: &mut Random) -> String {
    format!("user{}@{}", random.below(50_000), random.one_of(&DOMAINS))
}

/// Returns a log of at least [`BYTES`] bytes, with a line of another program now and then if it is shared.
fn log<S: System>() -> String {
    let (mut log, mut at, mut random) = (String::with_capacity(BYTES + 10_000), start(), Random::new(3));
    for number in 0.. {
        if log.len() >= BYTES {
            break;
        }
        at += Duration::milliseconds(random.below(900).cast_signed());
        S::mail(number, at, &mut random, &mut log);
        if S::IS_SHARED && random.chance(3) {
            let at = at.format("%b %e %H:%M:%S");
            let text = "dovecot: imap-login: Login: user=<ann>, method=PLAIN, rip=192.0.2.44, TLS";
            writeln!(log, "{at} mx1 {text}").expect("writing to a string does not fail");
        }
    }
    log
}
