//! Mail that was refused, and lines that stand for several refusals.

use super::{LineContext, Mail};
use crate::event::Event;
use crate::source::LineKind;
use crate::source::log::maker::Refused;
use crate::source::log::reason;
use crate::source::postfix::entry::Program;
use crate::source::postfix::queue_key::QueueKey;
use crate::source::postfix::refusal::Refusal;

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
        // What names a queue file cannot happen twice.
        self.maker.refuse(context.written(), refused, key.is_none(), out);
        LineKind::WithEvents
    }

    fn refused(&mut self, host: u64, refusal: &Refusal<'_>) -> Refused {
        let code = refusal.code.and_then(|code| str::from_utf8(code).ok());
        Refused {
            host,
            sender: refusal.sender.map(|sender| self.maker.names.sender(sender)),
            destination: refusal.recipient.and_then(|recipient| self.maker.names.destination(recipient)),
            code: refusal.code.map(Into::into),
            reason: reason::of_own_words(refusal.answer, code),
        }
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
        self.maker.repeat(context.written(), count, refused, out)
    }
}
