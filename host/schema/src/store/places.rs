//! Where an instance hangs.

use std::collections::BTreeMap;

use crate::scalar::Slot;

/// The fields that hold an instance, each with how many times. Nearly always one.
#[derive(Debug, Default)]
pub(crate) enum Places {
    #[default]
    None,
    One(Slot, u8, u32),
    Many(BTreeMap<(Slot, u8), u32>),
}

impl Places {
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether more than one place holds the instance.
    pub(crate) fn is_shared(&self) -> bool {
        !matches!(self, Self::None | Self::One(_, _, 1))
    }

    /// How many places there are.
    pub(crate) fn total(&self) -> u32 {
        match self {
            Self::None => 0,
            Self::One(_, _, count) => *count,
            Self::Many(places) => places.values().sum(),
        }
    }

    /// How many times one field holds it.
    pub(crate) fn count(&self, parent: Slot, field: u8) -> u32 {
        match self {
            Self::One(slot, at, count) if (*slot, *at) == (parent, field) => *count,
            Self::Many(places) => places.get(&(parent, field)).copied().unwrap_or(0),
            _ => 0,
        }
    }

    pub(crate) fn add(&mut self, parent: Slot, field: u8) {
        match self {
            Self::None => *self = Self::One(parent, field, 1),
            Self::One(slot, at, count) if (*slot, *at) == (parent, field) => *count += 1,
            Self::One(slot, at, count) => {
                *self = Self::Many(BTreeMap::from([((*slot, *at), *count), ((parent, field), 1)]));
            }
            Self::Many(places) => *places.entry((parent, field)).or_default() += 1,
        }
    }

    pub(crate) fn remove(&mut self, parent: Slot, field: u8) {
        match self {
            Self::One(slot, at, count) if (*slot, *at) == (parent, field) => {
                *count -= 1;
                if *count == 0 {
                    *self = Self::None;
                }
            }
            Self::Many(places) => {
                if let Some(count) = places.get_mut(&(parent, field)) {
                    *count -= 1;
                    if *count == 0 {
                        places.remove(&(parent, field));
                    }
                }
                if let (1, Some((&(slot, at), &count))) = (places.len(), places.first_key_value()) {
                    *self = Self::One(slot, at, count);
                }
            }
            _ => {}
        }
    }

    /// The fields that hold it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Slot, u8)> {
        let (one, many) = match self {
            Self::None => (None, None),
            Self::One(slot, field, _) => (Some((*slot, *field)), None),
            Self::Many(places) => (None, Some(places.keys().copied())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}
