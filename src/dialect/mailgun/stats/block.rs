//! What can be asked for: the events that Stats counts, each with a block of counts.

use std::collections::BTreeSet;

use super::super::Error;
use crate::dialect::Params;
use crate::kind::Kind;

/// An event that can be asked for, and its block in an answer. In the published order of the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Block {
    Accepted,
    Delivered,
    Failed,
    Stored,
    Opened,
    Clicked,
    Unsubscribed,
    Complained,
}

impl Block {
    pub(super) const ALL: [Self; 8] = [
        Self::Accepted,
        Self::Delivered,
        Self::Failed,
        Self::Stored,
        Self::Opened,
        Self::Clicked,
        Self::Unsubscribed,
        Self::Complained,
    ];

    /// The name in requests and answers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Stored => "stored",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Unsubscribed => "unsubscribed",
            Self::Complained => "complained",
        }
    }

    /// The kinds that it counts.
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

    /// Whether it tells the optimized events apart.
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

    /// The blocks that are asked for, at least one.
    pub(super) fn asked(params: &Params) -> Result<BTreeSet<Self>, Error> {
        let values = params.iter().filter(|(name, value)| is_event(name) && !value.is_empty());
        let blocks: BTreeSet<Self> = values.map(|(_, value)| Self::named(value)).collect::<Result<_, _>>()?;
        if blocks.is_empty() { Err(Error::NoEvent) } else { Ok(blocks) }
    }

    fn named(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|block| block.name() == name).ok_or_else(|| {
            Error::invalid("event", name, format!("one of {}", Self::ALL.map(Self::name).join(", ")))
        })
    }
}

/// Whether a parameter is `event`, `event[]` or `event[0]`.
fn is_event(name: &str) -> bool {
    let Some(index) = name.strip_prefix("event") else { return false };
    let digits = index.strip_prefix('[').and_then(|index| index.strip_suffix(']'));
    index.is_empty() || digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Vec<Block>, Error> {
        Block::asked(&Params::parse(query)).map(|blocks| blocks.into_iter().collect())
    }

    #[test]
    fn events_are_one_parameter_however_it_is_written() {
        for query in [
            "event=failed&event=accepted",
            "event[]=failed&event[]=accepted",
            "event[0]=failed&event[1]=accepted",
            "event%5B0%5D=accepted&event%5B1%5D=failed&event%5B0%5D=accepted",
            "event=accepted&event[]=failed&event[12]=failed&event=",
        ] {
            assert_eq!(asked(query), Ok(vec![Block::Accepted, Block::Failed]), "{query}");
        }
        for query in
            ["events=accepted", "event[x]=accepted", "event[0=accepted", "event0=accepted", "Event=accepted"]
        {
            assert_eq!(asked(query), Err(Error::NoEvent), "{query}");
        }
    }

    #[test]
    fn no_event_and_unknown_ones_are_refused() {
        for query in ["", "event", "event=&event[]="] {
            assert_eq!(asked(query), Err(Error::NoEvent), "{query}");
        }
        for (query, found) in [
            ("event=delivered,accepted", "delivered,accepted"),
            ("event=delivered%2Caccepted", "delivered,accepted"),
            ("event=accepted&event=rejected", "rejected"),
            ("event=Accepted", "Accepted"),
            ("event=+accepted", " accepted"),
        ] {
            let error = asked(query).unwrap_err().to_string();
            assert_eq!(error, format!("Invalid format for parameter event: {found}"), "{query}");
        }
    }

    #[test]
    fn every_block_is_asked_by_its_name() {
        for block in Block::ALL {
            assert_eq!(asked(&format!("event={}", block.name())), Ok(vec![block]));
        }
        assert!(Block::ALL.is_sorted());
    }
}
