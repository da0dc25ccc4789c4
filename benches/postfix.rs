//! Reading Postfix's mail log.

use std::fmt::Write;
use std::sync::LazyLock;

use chrono::{DateTime, Duration, Utc};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mailtally::MemoryStore;
use mailtally::source::postfix::{Options, Reader};

use crate::common::Random;

mod common;

/// The minimum length of the log in bytes.
const BYTES: usize = 20_000_000;

static LOG: LazyLock<String> = LazyLock::new(|| log(BYTES));

const SENDERS: [&str; 6] = [
    "news@shop.example",
    "no-reply@billing.example",
    "bounces+8471-a1b2@mailer.news.example",
    "ann@corp.example",
    "root@mx1.corp.example",
    "",
];

const DOMAINS: [&str; 12] = [
    "gmail.com",
    "outlook.com",
    "yahoo.com",
    "gmx.de",
    "web.de",
    "icloud.com",
    "orange.fr",
    "corp.example",
    "school.example",
    "agency.example",
    "shop.example",
    "slow.example",
];

const BOUNCE_REPLIES: [&str; 3] = [
    "550 5.1.1 The email account that you tried to reach does not exist",
    "552 5.2.2 The recipient's inbox is out of storage space",
    "554 5.7.1 Message rejected due to local policy",
];

const DEFERRAL_REPLIES: [&str; 3] = [
    "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
    "421 4.7.0 Try again later, closing connection",
    "451 4.3.0 Temporary lookup failure",
];

fn main() {
    divan::main();
}

fn options() -> Options {
    Options::new(start() + Duration::days(30)).account("acme")
}

fn start() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600)
}

fn read(options: Options) -> usize {
    Reader::new(LOG.as_bytes(), options).filter(Result::is_ok).count()
}

/// Reads the log with or without replies and drops each event.
#[divan::bench(sample_count = 10, sample_size = 1, args = [false, true])]
fn with_replies(bencher: Bencher<'_, '_>, with_replies: bool) {
    let mut reader = Reader::new(LOG.as_bytes(), options());
    let events = reader.by_ref().filter(Result::is_ok).count();
    assert_eq!(reader.summary().errors, 0);
    let bencher = bencher.counter(BytesCount::new(LOG.len())).counter(ItemsCount::new(events));
    bencher.bench(|| read(options().with_replies(with_replies)));
}

/// Reads the log and records each event in a store.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn into_memory_store(bencher: Bencher<'_, '_>) {
    let bencher = bencher.counter(BytesCount::new(LOG.len())).counter(ItemsCount::new(read(options())));
    bencher.bench(|| {
        let store = MemoryStore::new();
        store.extend(Reader::new(LOG.as_bytes(), options()).filter_map(Result::ok)).expect("valid events");
        store
    });
}

/// Returns a log of at least `bytes` bytes: mail from its connection to its removal, one after another, with rejections and
/// lines without events between them.
fn log(bytes: usize) -> String {
    let mut writer =
        Writer { log: String::with_capacity(bytes + 10_000), at: start(), random: Random::new(3) };
    for mail in 0.. {
        if writer.log.len() >= bytes {
            break;
        }
        writer.mail(mail);
        match writer.random.below(100) {
            0..8 => writer.rejection(),
            8..11 => writer.line("anvil[871]", "statistics: max connection rate 1/60s for (smtp:192.0.2.7)"),
            11..14 => writer.other_program(),
            _ => {}
        }
    }
    writer.log
}

struct Writer {
    log: String,
    at: DateTime<Utc>,
    random: Random,
}

impl Writer {
    /// Writes a line of one of Postfix's programs.
    fn line(&mut self, program: &str, text: impl std::fmt::Display) {
        let at = self.at.format("%b %e %H:%M:%S");
        writeln!(self.log, "{at} mx1 postfix/{program}: {text}").expect("writing to a string does not fail");
    }

    /// Writes a line of another program.
    fn other_program(&mut self) {
        let at = self.at.format("%b %e %H:%M:%S");
        let text = "dovecot: imap-login: Login: user=<ann>, method=PLAIN, rip=192.0.2.44, TLS";
        writeln!(self.log, "{at} mx1 {text}").expect("writing to a string does not fail");
    }

    fn wait(&mut self, max_millis: u64) {
        self.at += Duration::milliseconds(self.random.below(max_millis).cast_signed());
    }

    fn address(&mut self) -> String {
        format!("user{}@{}", self.random.below(50_000), self.random.one_of(&DOMAINS))
    }

    /// Writes the lines of one queue file: accepted, one or several attempts for each recipient, removed.
    fn mail(&mut self, number: u64) {
        self.wait(900);
        let id = format!("4Zk{:07X}z{:02X}", number.wrapping_mul(2_654_435_761) & 0xFFF_FFFF, number & 0xFF);
        let sender = *self.random.one_of(&SENDERS);
        let recipients = if self.random.chance(10) { 1 + self.random.below(4) } else { 1 };
        self.line("smtpd[2478]", "connect from app3.corp.example[192.0.2.31]");
        self.line("smtpd[2478]", format_args!("{id}: client=app3.corp.example[192.0.2.31]"));
        self.line("cleanup[2482]", format_args!("{id}: message-id=<{number:x}.8f21@app3.corp.example>"));
        let size = 1_000 + self.random.below(90_000);
        let queued = format!("{id}: from=<{sender}>, size={size}, nrcpt={recipients} (queue active)");
        self.line("qmgr[2456]", &queued);
        self.line(
            "smtpd[2478]",
            "disconnect from app3.corp.example[192.0.2.31] ehlo=1 mail=1 rcpt=1 data=1 quit=1",
        );
        for _ in 0..recipients {
            let recipient = self.address();
            self.attempts(&id, sender, &queued, &recipient);
        }
        self.line("qmgr[2456]", format_args!("{id}: removed"));
    }

    /// Writes the attempts for one recipient.
    fn attempts(&mut self, id: &str, sender: &str, queued: &str, recipient: &str) {
        if self.random.chance(15) {
            let reply = *self.random.one_of(&DEFERRAL_REPLIES);
            self.attempt(
                id,
                recipient,
                "4.2.1",
                &format!("deferred (host mx.example[192.0.2.9] said: {reply})"),
            );
            self.line("qmgr[2456]", queued);
        }
        match self.random.below(100) {
            0..4 => {
                let reply = *self.random.one_of(&BOUNCE_REPLIES);
                self.attempt(
                    id,
                    recipient,
                    "5.1.1",
                    &format!("bounced (host mx.example[192.0.2.9] said: {reply})"),
                );
                self.line("bounce[2490]", format_args!("{id}: sender non-delivery notification: {id}N"));
            }
            4..5 => {
                self.attempt(
                    id,
                    recipient,
                    "4.4.1",
                    "deferred (connect to mx.example[192.0.2.9]:25: timed out)",
                );
                self.line(
                    "qmgr[2456]",
                    format_args!("{id}: from=<{sender}>, status=expired, returned to sender"),
                );
            }
            5..6 => self.attempt(id, recipient, "2.0.0", &format!("sent (forwarded as {id}F)")),
            _ => self.attempt(
                id,
                recipient,
                "2.0.0",
                "sent (250 2.0.0 OK 1767225600 d9443c01a7336-29f25 - gsmtp)",
            ),
        }
    }

    fn attempt(&mut self, id: &str, recipient: &str, dsn: &str, status: &str) {
        self.wait(300);
        let delay = self.random.below(900);
        let program = if recipient.ends_with("@corp.example") { "local[2491]" } else { "smtp[2484]" };
        let domain = recipient.rsplit('@').next().unwrap_or_default();
        self.line(
            program,
            format_args!(
                "{id}: to=<{recipient}>, relay=mx.{domain}[192.0.2.9]:25, delay=0.{delay}, delays=0.01/0.02/0.1/0.{delay}, dsn={dsn}, status={status}"
            ),
        );
    }

    /// Writes the line of a rejection.
    fn rejection(&mut self) {
        let (recipient, client) = (self.address(), self.random.below(250));
        let program = if self.random.chance(30) { "postscreen[2479]" } else { "smtpd[2478]" };
        self.line(
            program,
            format_args!(
                "NOQUEUE: reject: RCPT from unknown[198.51.100.{client}]: 554 5.7.1 Service unavailable; Client host [198.51.100.{client}] blocked; from=<win@prize.example> to=<{recipient}> proto=ESMTP helo=<prize>"
            ),
        );
    }
}
