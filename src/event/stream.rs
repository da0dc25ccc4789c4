//! The class of mail.

use crate::names::named_enum;

named_enum! {
    /// The class of mail that a message was sent as.
    #[expect(clippy::exhaustive_enums, reason = "mail is one or the other")]
    pub enum Stream("stream") {
        /// Sent because of an action of its recipient: receipts, password resets.
        Transactional = "transactional",
        /// Sent to many recipients at once: newsletters, campaigns.
        Bulk = "bulk",
    }
}
