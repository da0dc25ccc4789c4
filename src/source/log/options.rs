//! The settings of the parsers of logs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::event::AccountId;
use crate::provider::Providers;

/// The settings of a parser: what a log does not contain, and what to take from it.
#[derive(Clone, Debug)]
pub struct Options {
    pub(in crate::source) account: AccountId,
    pub(in crate::source) zone: Tz,
    /// Whether the zone was set.
    pub(in crate::source) is_zone_set: bool,
    pub(in crate::source) year: Option<i32>,
    pub(in crate::source) now: DateTime<Utc>,
    pub(in crate::source) host: Arc<str>,
    pub(in crate::source) with_replies: bool,
    pub(in crate::source) with_raw_senders: bool,
    pub(in crate::source) with_accepted: bool,
    pub(in crate::source) with_accounts: bool,
    pub(in crate::source) providers: Providers,
}

impl Options {
    /// Returns the default options: account `default`, timestamps in UTC, the year found from `now`, a host without a name,
    /// no replies, and the built-in table of mailbox providers.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            account: AccountId::from("default"),
            zone: Tz::UTC,
            is_zone_set: false,
            year: None,
            now,
            host: Arc::from(""),
            with_replies: false,
            with_raw_senders: false,
            with_accepted: false,
            with_accounts: false,
            providers: Providers::builtin(),
        }
    }

    /// Sets the account that sends the mail.
    #[must_use]
    pub fn account(mut self, account: impl Into<AccountId>) -> Self {
        self.account = account.into();
        self
    }

    /// Sets the time zone of timestamps without an offset. The default is UTC; in the log of Exim, it is what the ids of
    /// messages [tell](crate::source::exim#time).
    #[must_use]
    pub fn zone(mut self, zone: Tz) -> Self {
        (self.zone, self.is_zone_set) = (zone, true);
        self
    }

    /// Sets the year of the first line, from 1 to 9999. It does not matter in a log whose lines name their year.
    #[must_use]
    pub fn year(mut self, year: i32) -> Self {
        self.year = Some(year);
        self
    }

    /// Sets the name of the host that wrote the lines which name none, as in the log of a container or a file of the mail
    /// system itself. Queue ids are unique on one host only, so it is part of the ids of messages: a name that changes makes
    /// the same mail count again. The default is empty.
    #[must_use]
    pub fn host(mut self, host: impl Into<Arc<str>>) -> Self {
        self.host = host.into();
        self
    }

    /// Sets whether events have the attributes `relay`, `dsn` and `reply`, with the reply of the other server. A reply may
    /// contain the recipient's address.
    #[must_use]
    pub fn with_replies(mut self, with_replies: bool) -> Self {
        self.with_replies = with_replies;
        self
    }

    /// Sets whether a sender that varies from message to message is the mailbox as it is. The default is `false`: the mailbox
    /// is then the address that all messages of the same list or person have in common.
    ///
    /// ```
    /// use mailtally::source::postfix::{Options, Reader};
    ///
    /// let log = &b"\
    /// Nov 21 00:09:39 mx1 postfix/qmgr[24]: 4225AF60B5: from=<bounces+17-ann=a.example@lists.example>, size=1, nrcpt=1 (queue active)
    /// Nov 21 00:09:40 mx1 postfix/smtp[26]: 4225AF60B5: to=<ann@a.example>, relay=none, status=sent (Ok)
    /// "[..];
    /// let options = Options::new("2026-12-01T00:00:00Z".parse()?);
    /// for (options, mailbox) in [
    ///     (options.clone(), "bounces@lists.example"),
    ///     (options.with_raw_senders(true), "bounces+17-ann=a.example@lists.example"),
    /// ] {
    ///     let event = Reader::new(log, options).next().expect("the log has one event")?;
    ///     assert_eq!(event.message_fields().mailbox.as_deref(), Some(mailbox));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_raw_senders(mut self, with_raw_senders: bool) -> Self {
        self.with_raw_senders = with_raw_senders;
        self
    }

    /// Sets whether a line that names all recipients of a message when it comes in is an `accepted` event for each of them.
    /// The default is `false`, as such a line names the addresses that the message was sent to: an address that leads to
    /// others is a message that is accepted and never delivered, and those are messages that were never accepted. Only
    /// [Exim](crate::source::exim) writes such lines, with the log selector `received_recipients`.
    ///
    /// ```
    /// use mailtally::source::exim::{Options, Reader};
    ///
    /// let log = b"2026-02-01 10:30:00 +0100 1vmTmK-00016Q-0b <= news@shop.example U=acme P=local S=9 for ann@a.example bob@b.example\n";
    /// let options = Options::new("2026-12-01T00:00:00Z".parse()?);
    /// assert_eq!(Reader::new(&log[..], options.clone()).count(), 0);
    /// assert_eq!(Reader::new(&log[..], options.with_accepted(true)).count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_accepted(mut self, with_accepted: bool) -> Self {
        self.with_accepted = with_accepted;
        self
    }

    /// Sets whether mail is of the account that the log names as its sender's, if it does: in the log of
    /// [Exim](crate::source::exim) under cPanel, `Sender identification U=acme`. The default is `false`: all mail is of the
    /// account of [`Options::account`].
    #[must_use]
    pub fn with_accounts(mut self, with_accounts: bool) -> Self {
        self.with_accounts = with_accounts;
        self
    }

    /// Sets the table in which the mailbox provider of a recipient's domain is looked up. It replaces the built-in table:
    /// mail to a domain that is not in `providers` has no provider.
    ///
    /// ```
    /// use mailtally::source::postfix::{Options, Reader};
    /// use mailtally::provider::{Provider, ProviderKind, Providers};
    ///
    /// let acme = Provider::new("Acme Mail", ProviderKind::Hosted);
    /// let providers = Providers::builtin().with_domain("acme.example", acme)?;
    /// let options = Options::new("2026-12-01T00:00:00Z".parse()?).providers(providers);
    /// let log = &b"Nov 21 00:09:40 mx1 postfix/smtp[26]: 4225AF60B5: to=<ann@acme.example>, relay=none, status=sent (Ok)\n"[..];
    /// let event = Reader::new(log, options).next().expect("the log has one event")?;
    /// assert_eq!(event.message_fields().provider.as_deref(), Some("Acme Mail"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn providers(mut self, providers: Providers) -> Self {
        self.providers = providers;
        self
    }
}
