//! The messages that are open at some point of a log.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::id::Id;
use crate::event::{AccountId, Event, EventId, MessageId};
use crate::event_type::EventType;
use crate::source::log::name_cache::{Destination, Sender};
use crate::source::log::sweep::Sweep;

/// A message that was received and not yet completed.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenMail {
    /// The second of its latest line so far.
    last_at: i64,
    pub(super) sender: Option<Arc<Sender>>,
    /// The account and the domain that the log names as the sender's.
    pub(super) account: Option<AccountId>,
    pub(super) domain: Option<Arc<str>>,
    /// Why no recipient that is left will get mail.
    pub(super) given_up: Option<GivenUp>,
    /// The recipients that were deferred and are not finished, by their hash.
    pub(super) deferred: BTreeMap<u64, Copy>,
    /// The events that wait for a line which tells the sender or the account.
    pub(super) waiting: Vec<Draft>,
}

/// The copy of a message for one recipient.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    pub(super) message: MessageId,
    pub(super) destination: Option<Arc<Destination>>,
}

/// Why recipients will get no mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GivenUp {
    Expired,
    Cancelled,
}

/// An event before its sender and its account are known.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) copy: Copy,
    /// The MX host that answered, if the recipient's domain tells no provider.
    pub(super) host: Option<Box<[u8]>>,
    pub(super) id: EventId,
    pub(super) event_type: EventType,
    /// In milliseconds since 1970.
    pub(super) at: i64,
    /// An event with its own fields.
    pub(super) own: Option<Event>,
}

/// All open messages.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenMails {
    mails: FxHashMap<Id, OpenMail>,
    sweep: Sweep,
}

impl OpenMails {
    /// Returns the message `id`, of which there is a line at the second `at`; opens it if it is not open.
    pub(super) fn open(&mut self, id: Id, at: i64) -> &mut OpenMail {
        self.sweep.run(&mut self.mails, |mail| at - mail.last_at <= Sweep::MAX_SILENCE);
        let mail = self.mails.entry(id).or_default();
        mail.last_at = mail.last_at.max(at);
        mail
    }

    /// Closes the message `id`.
    pub(super) fn close(&mut self, id: Id) -> Option<OpenMail> {
        self.mails.remove(&id)
    }

    /// Returns the messages with events that wait.
    pub(super) fn waiting(&mut self) -> Vec<&mut OpenMail> {
        let mut found: Vec<_> = self.mails.values_mut().filter(|mail| !mail.waiting.is_empty()).collect();
        found.sort_by(|one, other| {
            let key =
                |mail: &OpenMail| mail.waiting.first().map(|draft| (draft.at, draft.copy.message.clone()));
            key(one).cmp(&key(other))
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_are_never_completed_are_forgotten() {
        let mut mails = OpenMails::default();
        for number in 0..300_000_i64 {
            let id = format!("1vmTmK-{number:06}-0b");
            mails.open(Id::parse(1, id.as_bytes()).unwrap().0, number * 100);
            assert!(mails.mails.len() <= 2 * Sweep::MIN);
        }
    }

    #[test]
    fn a_message_is_open_until_it_is_closed() {
        let mut mails = OpenMails::default();
        let id = Id::parse(1, b"1vmTmK-00016Q-0b").unwrap().0;
        mails.open(id, 1).given_up = Some(GivenUp::Cancelled);
        assert_eq!(mails.open(id, 2).given_up, Some(GivenUp::Cancelled));
        assert!(mails.close(id).is_some() && mails.close(id).is_none());
        assert_eq!(mails.open(id, 3).given_up, None);
    }
}
