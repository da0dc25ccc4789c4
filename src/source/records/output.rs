//! Collects the events and the errors of records.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::draft::{Clues, Draft, MessageName};
use super::error::{RecordError, RecordReason};
use super::fields::Fields;
use super::hash::Hash;
use super::options::{Options, Unnamed};
use super::split::Records;
use super::{Batch, MAX_ERRORS, address};
use crate::event::{AccountId, Event, MessageId, normalize_domain};
use crate::event_type::EventType;
use crate::provider::{Provider, Providers};
use crate::source::system::Source;

/// The domain of a recipient, and its mailbox provider.
type Destination = (Arc<str>, Option<Arc<str>>);

/// A cache of destinations by domain, so that events with the same one share it. It is emptied when it is full.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct Destinations(FxHashMap<Box<str>, Option<Destination>>);

impl Destinations {
    const MAX_ENTRIES: usize = 8192;

    /// The length of the longest domain that there is, in bytes. Longer ones are not kept.
    const MAX_DOMAIN_BYTES: usize = 255;

    fn get(&mut self, domain: &str, providers: &Providers) -> Option<Destination> {
        if let Some(destination) = self.0.get(domain) {
            return destination.clone();
        }
        if self.0.len() >= Self::MAX_ENTRIES {
            self.0.clear();
        }
        let destination = find_destination(domain, providers);
        if domain.len() <= Self::MAX_DOMAIN_BYTES {
            self.0.insert(domain.into(), destination.clone());
        }
        destination
    }
}

/// Returns the domain as events have it, and its mailbox provider.
fn find_destination(domain: &str, providers: &Providers) -> Option<Destination> {
    let domain = normalize_domain(domain.into())?;
    let provider = providers.for_recipient_domain(&domain).map(Provider::name);
    let provider = provider.filter(|name| !name.is_empty()).map(Arc::from);
    Some((domain, provider))
}

/// Collects the events and the errors of one body.
#[derive(Debug)]
pub(in crate::source) struct Output<'o> {
    source: Source,
    options: &'o Options,
    destinations: &'o mut Destinations,
    batch: Batch,
    /// Whether the current record has an event whose message is unknown.
    is_unnamed: bool,
}

impl<'o> Output<'o> {
    pub(in crate::source) fn new(
        source: Source,
        options: &'o Options,
        destinations: &'o mut Destinations,
    ) -> Self {
        Self { source, options, destinations, batch: Batch::default(), is_unnamed: false }
    }

    pub(in crate::source) fn into_batch(mut self) -> Batch {
        self.batch.summary.events = self.batch.events.len() as u64;
        self.batch
    }

    /// Returns whether refusals without a message are events.
    pub(in crate::source) fn with_rejections(&self) -> bool {
        self.options.with_rejections
    }

    /// Returns the name of the field with the host's ids of messages.
    pub(in crate::source) fn message_field(&self) -> Option<&'o str> {
        self.options.message_field.as_deref()
    }

    /// Returns the host's id of the message, if one of these objects has it.
    pub(in crate::source) fn host_id(&self, places: &[Option<Fields<'_>>]) -> Option<Arc<str>> {
        let name = self.message_field()?;
        let id = |place: &Option<Fields<'_>>| {
            let place = place.as_ref()?;
            place.shared(name).or_else(|| place.texts(name).next().map(Arc::from))
        };
        places.iter().find_map(id)
    }

    /// Returns when the body came in, if the host says so.
    pub(in crate::source) fn received_at(&self) -> Option<DateTime<Utc>> {
        self.options.received_at
    }

    /// Returns whether the account is taken from the record.
    pub(in crate::source) fn account_from_record(&self) -> bool {
        self.options.account_from_record
    }

    /// Reads the JSON records of a body, each with `read`. `expected` says what a record is.
    pub(in crate::source) fn read_json(
        &mut self,
        body: &[u8],
        expected: &'static str,
        mut read: impl FnMut(Fields<'_>, &mut Self) -> Result<(), RecordReason>,
    ) {
        for record in Records::new(body) {
            self.record(|out| {
                let value: Value = parse(record)?;
                read(Fields::new(&value, expected)?, out)
            });
        }
    }

    /// Counts one record, which `read` reads: it pushes the events. Events that were pushed before an error remain.
    pub(in crate::source) fn record(&mut self, read: impl FnOnce(&mut Self) -> Result<(), RecordReason>) {
        let events = self.batch.events.len();
        self.is_unnamed = false;
        let result = read(self);
        let summary = &mut self.batch.summary;
        let index = summary.records;
        summary.records += 1;
        match result {
            Err(reason) => {
                summary.errors += 1;
                if self.batch.errors.len() < MAX_ERRORS {
                    self.batch.errors.push(RecordError::new(index, reason));
                }
            }
            Ok(()) if self.batch.events.len() > events => summary.with_events += 1,
            Ok(()) if self.is_unnamed => summary.unnamed += 1,
            Ok(()) => summary.quiet += 1,
        }
    }

    /// Completes an event and keeps it, unless its message cannot be named.
    ///
    /// # Errors
    ///
    /// It is an event that no reader returns.
    pub(in crate::source) fn push(&mut self, mut draft: Draft<'_>) -> Result<(), RecordReason> {
        let recipient = draft.recipient.and_then(address::bare);
        let Some((account, message)) = self.names(&mut draft, recipient) else {
            self.is_unnamed = true;
            return Ok(());
        };
        let mut fields = draft.fields;
        let whole_millis = |at: DateTime<Utc>| DateTime::from_timestamp_millis(at.timestamp_millis());
        fields.created = fields.created.and_then(whole_millis);
        if let Some(domain) = recipient.and_then(address::domain)
            && let Some((domain, provider)) = self.destinations.get(domain, &self.options.providers)
        {
            fields.recipient_domain = Some(domain);
            fields.provider = provider.or(fields.provider);
        }
        let mut attributes = BTreeMap::new();
        if self.options.with_replies {
            for (name, text) in [("reply", draft.reply), ("link", draft.link)] {
                attributes.extend(text.map(|text| (name.to_owned(), Value::from(text))));
            }
        }
        if matches!(draft.event_type, EventType::OpenedMachine | EventType::ClickedMachine) {
            draft.own.bot.get_or_insert_with(|| "generic".into());
        }
        let event = Event::new(account, message, draft.id, draft.event_type, draft.at)
            .with_message_fields(Arc::new(fields))
            .with_event_fields(draft.own, attributes);
        event.check()?;
        self.batch.events.push(event);
        Ok(())
    }

    /// Completes the events of several recipients, each as [`Output::push`] does.
    ///
    /// # Errors
    ///
    /// The first error; the events of the other recipients are kept.
    pub(in crate::source) fn push_all<'d>(
        &mut self,
        drafts: impl IntoIterator<Item = Result<Draft<'d>, RecordReason>>,
    ) -> Result<(), RecordReason> {
        let mut first = Ok(());
        for draft in drafts {
            let pushed = draft.and_then(|draft| self.push(draft));
            first = first.and(pushed);
        }
        first
    }

    /// Returns the account and the message of an event; `None` if it is left out.
    fn names(&mut self, draft: &mut Draft<'_>, recipient: Option<&str>) -> Option<(AccountId, MessageId)> {
        let account = draft.account.take().filter(|_| self.options.account_from_record);
        let account = account.map_or_else(|| self.options.account.clone(), AccountId::from);
        if let Some(id) = draft.host_id.take() {
            return Some((account, id.into()));
        }
        let message = match draft.message {
            MessageName::OfRecipient(id) => id.into(),
            MessageName::Shared(id) => match recipient {
                Some(recipient) => Hash::new().address(recipient).id(id).into(),
                None => id.into(),
            },
            MessageName::Unknown(clues) => return self.find(draft, recipient, &clues, account),
        };
        Some((account, message))
    }

    /// Asks the host for the message; returns that of an orphan if it does not know.
    fn find(
        &mut self,
        draft: &Draft<'_>,
        recipient: Option<&str>,
        clues: &Clues<'_>,
        account: AccountId,
    ) -> Option<(AccountId, MessageId)> {
        let Clues { return_path, message_id, envelope_id, feedback_id, report } = *clues;
        let (source, event_type, at) = (self.source, draft.event_type, draft.at);
        let resolver = self.options.resolver.as_ref();
        let unnamed =
            Unnamed { source, event_type, at, recipient, return_path, message_id, envelope_id, feedback_id };
        if let Some(names) = resolver.and_then(|resolver| resolver.resolve(&unnamed)) {
            return Some(names);
        }
        if !self.options.with_orphans {
            return None;
        }
        self.batch.summary.orphans += 1;
        let hash = Hash::new().text(source.name()).text(&*draft.id).text(report).instant(at);
        Some((account, hash.address(recipient).address(return_path).id("orphan").into()))
    }
}

/// Parses the JSON of one record.
pub(in crate::source) fn parse<'a, T: serde::Deserialize<'a>>(record: &'a [u8]) -> Result<T, RecordReason> {
    let text = str::from_utf8(record).map_err(|error| RecordReason::NotUtf8 { at: error.valid_up_to() })?;
    serde_json::from_str(text).map_err(|error| RecordReason::Json { message: json_message(&error) })
}

/// Returns what is wrong with a JSON text, and in which column of the record.
pub(in crate::source) fn json_message(error: &serde_json::Error) -> String {
    let reason = crate::parse_error::json_reason(error);
    match error.line() {
        0 => reason,
        1 => format!("{reason} in column {}", error.column()),
        line => format!("{reason} in line {line}, column {}", error.column()),
    }
}
