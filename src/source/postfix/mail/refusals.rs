//! Mail that was refused, and lines that stand for several refusals.

use super::{LineContext, Mail};
use crate::event::Event;
use crate::source::LineKind;
use crate::source::failure::Failure;
use crate::source::log::maker::{Maker, Refused};
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
            && self.told.is_told_again(context.host, &refusal, context.second, by_cleanup)
        {
            return LineKind::Ignored;
        }
        let refused = refused(&mut self.maker, context.host, &refusal);
        // What names a queue file cannot happen twice.
        self.maker.refuse(context.written(), refused, key.is_none(), out);
        LineKind::WithEvents
    }

    /// Handles a text which says how often a refusal was repeated, the text of the line before, which was `last`, or another;
    /// returns `None` if it is another. All other events name a queue file, so they cannot be repeated.
    pub(super) fn repeated<'a>(
        &mut self,
        context: LineContext<'_>,
        text: &'a [u8],
        last: Option<Box<Refused>>,
        out: &mut Vec<Event>,
    ) -> Result<Option<LineKind>, Failure<'a>> {
        let refused = |maker: &mut Maker<_>, text: &'a [u8]| {
            let without_id = text.strip_prefix(b"NOQUEUE: ").unwrap_or(text);
            Some(refused(maker, context.host, &Refusal::parse(Refusal::find(without_id)?)))
        };
        self.maker.repeated(context.written(), text, last, refused, out)
    }
}

fn refused(maker: &mut Maker<&'static str>, host: u64, refusal: &Refusal<'_>) -> Refused {
    let reason = reason::of_own_words(refusal.answer, refusal.code);
    maker.refused(host, refusal.sender, refusal.recipient, refusal.code, reason)
}
