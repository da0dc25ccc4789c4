//! The events that Stats counts, each with a block of counts.

use std::collections::BTreeSet;

use super::super::{Error, params};
use crate::dialect::Params;
use crate::kind::Kind;
use crate::names::named_enum;

named_enum! {
    /// An event that can be requested, and its block in a response, in the published order of the blocks.
    pub(super) enum Block("event") {
        Accepted = "accepted",
        Delivered = "delivered",
        Failed = "failed",
        Stored = "stored",
        Opened = "opened",
        Clicked = "clicked",
        Unsubscribed = "unsubscribed",
        Complained = "complained",
    }
}

impl Block {
    /// Returns the kinds that it counts.
    pub(super) const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Accepted => &[Kind::Accepted],
            Self::Delivered => &[Kind::Delivered],
            Self::Failed => &[Kind::Deferred, Kind::SoftBounced, Kind::HardBounced, Kind::Failed],
            Self::Stored => &[Kind::Stored],
            Self::Opened => &[Kind::Opened],
            Self::Clicked => &[Kind::Clicked],
            Self::Unsubscribed => &[Kind::Unsubscribed],
            Self::Complained => &[Kind::Complained],
        }
    }

    /// Returns whether it has a count of optimized events.
    pub(super) const fn has_optimized(self) -> bool {
        match self {
            Self::Delivered | Self::Failed => true,
            Self::Accepted
            | Self::Stored
            | Self::Opened
            | Self::Clicked
            | Self::Unsubscribed
            | Self::Complained => false,
        }
    }

    /// Parses the requested blocks, at least one.
    pub(super) fn parse_all(params: &Params) -> Result<BTreeSet<Self>, Error> {
        let parse = |name: &str| name.parse().map_err(|_| Error::invalid("event", name));
        let blocks: BTreeSet<Self> =
            params::values(params, "event")?.map(parse).collect::<Result<_, Error>>()?;
        if blocks.is_empty() { Err(Error::NoEvent) } else { Ok(blocks) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Vec<Block>, String> {
        let blocks = Block::parse_all(&Params::parse(query)).map(|blocks| blocks.into_iter().collect());
        blocks.map_err(|error| error.to_string())
    }

    #[test]
    fn every_spelling_of_the_list_is_the_same() {
        for query in [
            "event=failed&event=accepted",
            "event[]=failed&event[]=accepted",
            "event[0]=failed&event[1]=accepted",
            "event%5B0%5D=accepted&event%5B1%5D=failed&event%5B0%5D=accepted",
            "event=accepted&event[]=failed&event[12]=failed&event=",
        ] {
            assert_eq!(parse(query), Ok(vec![Block::Accepted, Block::Failed]), "{query}");
        }
    }

    #[test]
    fn missing_and_unknown_events_are_refused() {
        for query in ["", "event", "event=&event[]=", "events=accepted", "event0=accepted", "Event=accepted"]
        {
            assert_eq!(parse(query), Err(Error::NoEvent.to_string()), "{query}");
        }
        for (name, query) in [
            ("event[x]", "event[x]=accepted"),
            ("event[0", "event[0=accepted"),
            ("event[x]", "event=delivered&event[x]=accepted"),
        ] {
            assert_eq!(
                parse(query),
                Err(format!("Invalid format for parameter {name}: accepted")),
                "{query}"
            );
        }
        for (query, found) in [
            ("event=delivered,accepted", "delivered,accepted"),
            ("event=delivered%2Caccepted", "delivered,accepted"),
            ("event=accepted&event=rejected", "rejected"),
            ("event=Accepted", "Accepted"),
            ("event=+accepted", " accepted"),
        ] {
            assert_eq!(parse(query), Err(format!("Invalid format for parameter event: {found}")), "{query}");
        }
    }

    #[test]
    fn every_block_is_requested_by_its_name() {
        for block in Block::ALL {
            assert_eq!(parse(&format!("event={}", block.name())), Ok(vec![block]));
        }
        assert!(Block::ALL.is_sorted());
    }
}
