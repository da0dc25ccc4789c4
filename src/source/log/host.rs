//! The host of a line, with the hash of its name.

use std::sync::Arc;

use crate::source::hash::hash;

/// The host of the line before, with the hash of its name. Most lines have the same host.
#[derive(Clone, Debug)]
pub(in crate::source) struct LastHost {
    name: Box<[u8]>,
    hash: u64,
    /// The host of lines that name none.
    default: Arc<str>,
}

impl LastHost {
    /// Returns a host without a name, before the first line. Lines that name no host are of the host `default`.
    pub(in crate::source) fn new(default: &Arc<str>) -> Self {
        Self { name: Box::default(), hash: hash(0, b""), default: Arc::clone(default) }
    }

    #[inline]
    pub(in crate::source) fn name(&self) -> &[u8] {
        &self.name
    }

    #[inline]
    pub(in crate::source) fn hash(&self) -> u64 {
        self.hash
    }

    /// Moves on to a line whose host has this name, which is empty if the line names none. Returns whether it is another host.
    pub(in crate::source) fn pass(&mut self, name: &[u8]) -> bool {
        let name = if name.is_empty() { self.default.as_bytes() } else { name };
        let is_other = *self.name != *name;
        if is_other {
            (self.name, self.hash) = (name.into(), hash(0, name));
        }
        is_other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_host_is_of_the_default_host() {
        let mut host = LastHost::new(&Arc::from("mx9"));
        assert_eq!((host.name(), host.hash()), (&b""[..], hash(0, b"")));
        assert_eq!(
            [b"", &b"mx9"[..], b"mx1", b"mx1", b""].map(|name| host.pass(name)),
            [true, false, true, false, true]
        );
        assert_eq!((host.name(), host.hash()), (&b"mx9"[..], hash(0, b"mx9")));
    }
}
