//! What a client has of an instance beyond what everybody has.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

/// For an instance that not everybody sees: all of it. For another: its fields with a view tag.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// One bit for each field that the client has as it is.
    pub open: u64,
    /// The fields of which it has some elements, in no order.
    partial: Vec<(u8, Partial)>,
}

/// Elements that a client has of a field it may not see as a whole, by their references on the wire: an
/// instance that gets a new one is another to clients.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Partial {
    Single(u32),
    /// By the entry's index.
    Map(FxHashMap<u64, u32>),
    Array(Vec<u32>),
    /// Of a set or collection, by rank.
    Members(BTreeMap<u64, u32>),
}

impl Known {
    pub(crate) fn new(open: u64) -> Self {
        Self {
            open,
            partial: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open == 0 && self.partial.is_empty()
    }

    pub(crate) fn has_part(&self, field: u8) -> bool {
        self.partial.iter().any(|(known, _)| *known == field)
    }

    pub(crate) fn take_part(&mut self, field: u8) -> Option<Partial> {
        let at = self.partial.iter().position(|(known, _)| *known == field)?;
        Some(self.partial.swap_remove(at).1)
    }

    /// Notes what the client has of a field now; nothing if there is nothing in it.
    pub(crate) fn put_part(&mut self, field: u8, part: Partial) {
        if !part.is_empty() {
            self.partial.push((field, part));
        }
    }
}

impl Partial {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Single(_) => false,
            Self::Map(entries) => entries.is_empty(),
            Self::Array(items) => items.is_empty(),
            Self::Members(members) => members.is_empty(),
        }
    }
}
