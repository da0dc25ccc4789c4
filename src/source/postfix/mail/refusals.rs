//! Mail that was refused, and lines that stand for several refusals.

use super::{LineContext, Mail};
use crate::event::{Event, EventId, MessageId};
use crate::event_type::EventType;
use crate::source::LineKind;
use crate::source::hash::{Spelled, hash, hash_number};
use crate::source::log::{new_event, reason};
use crate::source::postfix::entry::Program;
use crate::source::postfix::queue_key::QueueKey;
use crate::source::postfix::refusal::{Refusal, Refused};

impl Mail {
    /// Handles mail that was refused, before or after it had a queue file: it is a message of its own.
    pub(super) fn refusal(
        &mut self,
        context: LineContext<'_>,
        key: Option<QueueKey>,
        text: &[u8],
        out: &mut Vec<Event>,
    ) -> LineKind {
        let refusal = Refusal::parse(text);
        let by_cleanup = context.program == Program::Cleanup;
        if (by_cleanup || refusal.is_of_content || key.is_some())
            && self.told.is_told_again(context.host, &refusal, context.second(), by_cleanup)
        {
            return LineKind::Ignored;
        }
        let refused = self.refused(context.host, &refusal);
        let id = self.event_ids.next_id(context.at, context.line);
        out.push(self.refused_event(context, &refused, id));
        // What names a queue file cannot happen twice.
        self.last = Some(refused).filter(|_| key.is_none());
        LineKind::WithEvents
    }

    fn refused(&mut self, host: u64, refusal: &Refusal<'_>) -> Refused {
        let code = refusal.code.and_then(|code| str::from_utf8(code).ok());
        Refused {
            host,
            sender: refusal.sender.map(|sender| self.names.sender(sender)),
            destination: refusal.recipient.and_then(|recipient| self.names.destination(recipient)),
            code: refusal.code.map(Into::into),
            reason: reason::of_own_words(refusal.answer, code),
        }
    }

    /// Returns the event of a refusal on a message of its own.
    fn refused_event(&mut self, context: LineContext<'_>, refused: &Refused, id: u64) -> Event {
        let (id, second) = (Spelled::new(id), Spelled::new(hash(id, context.line)));
        let message = MessageId::from(format!("reject-{}{}", id.as_str(), second.as_str()));
        let (id, event_type) = (EventId::from(id.as_str()), EventType::FailedRejected);
        let fields = self.names.fields(refused.sender.as_deref(), refused.destination.as_deref());
        let event = new_event(&self.account, &message, fields, id, event_type, context.at);
        self.answers.apply(event, None, refused.code.as_deref(), Some(refused.reason))
    }

    /// Handles a line that stands for `count` repetitions of another, with the text `text` or, if that is not given, the
    /// text of the line before, which was `last`. Only refusals can be repeated: all other events name a queue file.
    pub(super) fn repeat(
        &mut self,
        context: LineContext<'_>,
        count: u32,
        text: Option<&[u8]>,
        last: Option<Refused>,
        out: &mut Vec<Event>,
    ) -> LineKind {
        let refused = match text {
            None => last.filter(|last| last.host == context.host),
            Some(text) => {
                let without_id = text.strip_prefix(b"NOQUEUE: ").unwrap_or(text);
                Refusal::find(without_id).map(|text| self.refused(context.host, &Refusal::parse(text)))
            }
        };
        let Some(refused) = refused.filter(|_| count > 0) else { return LineKind::Ignored };
        let first = self.event_ids.next_id(context.at, context.line);
        for number in 0..count {
            let id = if number == 0 { first } else { hash_number(first, number.into()) };
            let event = self.refused_event(context, &refused, id);
            out.push(event);
        }
        self.last = Some(refused);
        LineKind::WithEvents
    }
}
