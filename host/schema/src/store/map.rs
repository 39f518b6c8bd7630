//! Text keys, in the order of insertion.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use crate::scalar::{Scalar, Slot};

/// One entry. Its index on the wire is also its rank in the order of insertion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub index: u64,
    pub value: Scalar,
}

/// Most entries that a map remembers to have lost.
const MOST_GONE: usize = 1024;

// The keys are the room's, so the hash has a random key.
type Entries<T> = IndexMap<Arc<str>, T>;

#[derive(Debug, Default)]
pub(crate) struct Map {
    entries: Entries<Entry>,
    /// Index of the next new key. Never goes back: an index is never used twice (§10.3).
    next: u64,
    before: Option<Box<MapBefore>>,
    gone: Option<Box<Gone>>,
    /// Under which index and key each instance is. Kept from the first time that somebody asks.
    holders: OnceLock<BTreeMap<(Slot, u64), Arc<str>>>,
}

/// How touched keys were at the boundary.
#[derive(Debug)]
pub(crate) struct MapBefore {
    /// Number of entries.
    pub len: usize,
    /// Each touched key's entry, if it had one.
    pub touched: Entries<Option<Entry>>,
}

/// Indexes of entries that clients knew and that were taken out, the latest last.
#[derive(Debug, Default)]
struct Gone {
    indexes: VecDeque<u64>,
    /// Whether there were more.
    forgotten: bool,
}

impl Gone {
    fn remember(&mut self, index: u64) {
        if self.indexes.len() == MOST_GONE {
            self.indexes.pop_front();
            self.forgotten = true;
        }
        self.indexes.push_back(index);
    }
}

impl Map {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// In no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.entries.iter()
    }

    /// In the order of insertion.
    pub(crate) fn in_order(&self) -> Vec<(&Arc<str>, &Entry)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.index);
        entries
    }

    /// The entries that hold an instance: index and key of each.
    pub(crate) fn holding(&self, slot: Slot) -> impl Iterator<Item = (u64, &Arc<str>)> {
        let holders = self.holders.get_or_init(|| {
            let held = self.entries.iter();
            held.filter_map(|(key, entry)| Some(((entry.value.node()?, entry.index), Arc::clone(key))))
                .collect()
        });
        let of = (slot, 0)..=(slot, u64::MAX);
        holders.range(of).map(|((_, index), key)| (*index, key))
    }

    pub(crate) fn before(&self) -> Option<&MapBefore> {
        self.before.as_deref()
    }

    /// Adds at the end or replaces. Returns the key as stored, what was under it, and whether that is remembered
    /// from now on.
    pub(crate) fn put(&mut self, key: String, value: Scalar, track: bool) -> (Arc<str>, Option<Entry>, bool) {
        let (key, index) = match self.entries.get_key_value(key.as_str()) {
            Some((key, entry)) => (Arc::clone(key), entry.index),
            None => {
                self.next += 1;
                (Arc::from(key), self.next - 1)
            }
        };
        let first = track && self.touch(&key);
        let old = self.insert(&key, Entry { index, value });
        (key, old, first)
    }

    /// The key as stored, what was under it, and whether that is remembered from now on.
    pub(crate) fn remove(&mut self, key: &str, track: bool) -> Option<(Arc<str>, Entry, bool)> {
        let key = Arc::clone(self.entries.get_key_value(key)?.0);
        let first = track && self.touch(&key);
        let entry = self.take(&key)?;
        self.forgive(&key);
        Some((key, entry, first))
    }

    /// The indexes, in order, under which a client may still have an entry that is not there any more. None: there
    /// were more than a map remembers. To be asked at a boundary.
    pub(crate) fn gone(&self) -> Option<Vec<u64>> {
        let Some(gone) = &self.gone else {
            return Some(Vec::new());
        };
        if gone.forgotten {
            return None;
        }
        let mut indexes: Vec<u64> = gone.indexes.iter().copied().collect();
        indexes.sort_unstable();
        Some(indexes)
    }

    /// Puts back what was under a key before a refused change.
    pub(crate) fn restore(&mut self, key: Arc<str>, old: Option<Entry>) {
        match old {
            Some(entry) => {
                // An entry younger than the boundary was forgiven when it was taken out.
                if let Some(before) = &mut self.before {
                    before.touched.entry(Arc::clone(&key)).or_insert(None);
                }
                self.insert(&key, entry);
            }
            None => {
                if self.take(&key).is_some_and(|entry| entry.index + 1 == self.next) {
                    self.next -= 1;
                }
                self.forgive(&key);
            }
        }
    }

    /// Puts back what is remembered of a key, and remembers it no more.
    pub(crate) fn recall(&mut self, key: Arc<str>) {
        if let Some(before) = &mut self.before
            && let Some(old) = before.touched.swap_remove(&key)
        {
            match old {
                Some(entry) => {
                    self.insert(&key, entry);
                }
                None => self.restore(key, None),
            }
        }
    }

    /// Forgets how it was: it is so again, and was touched only by a refused batch.
    pub(crate) fn untouch(&mut self) {
        self.before = None;
    }

    /// Whether an instance was in the map at the boundary, if it is now.
    pub(crate) fn held(&self, slot: Slot) -> bool {
        let Some(before) = &self.before else { return true };
        let old = before.touched.values().flatten();
        old.into_iter().any(|old| old.value.node() == Some(slot))
            || self
                .holding(slot)
                .any(|(_, key)| !before.touched.contains_key(key))
    }

    pub(crate) fn settle(&mut self) {
        let Some(before) = self.before.take() else { return };
        for (key, old) in before.touched {
            let Some(old) = old else { continue };
            if self.get(&key).is_none_or(|new| new.index != old.index) {
                self.gone.get_or_insert_default().remember(old.index);
            }
        }
    }

    fn insert(&mut self, key: &Arc<str>, entry: Entry) -> Option<Entry> {
        let holder = entry.value.node().map(|slot| (slot, entry.index));
        let old = self.entries.insert(Arc::clone(key), entry);
        if let Some(holders) = self.holders.get_mut() {
            if let Some((slot, index)) = old.as_ref().and_then(|old| Some((old.value.node()?, old.index))) {
                holders.remove(&(slot, index));
            }
            holders.extend(holder.map(|holder| (holder, Arc::clone(key))));
        }
        old
    }

    fn take(&mut self, key: &Arc<str>) -> Option<Entry> {
        let entry = self.entries.swap_remove(key)?;
        if let (Some(holders), Some(slot)) = (self.holders.get_mut(), entry.value.node()) {
            holders.remove(&(slot, entry.index));
        }
        Some(entry)
    }

    /// Whether what was under the key was not remembered yet.
    fn touch(&mut self, key: &Arc<str>) -> bool {
        let len = self.entries.len();
        let before = self.before.get_or_insert_with(|| {
            Box::new(MapBefore {
                len,
                touched: Entries::default(),
            })
        });
        let first = !before.touched.contains_key(key);
        if first {
            before
                .touched
                .insert(Arc::clone(key), self.entries.get(key).cloned());
        }
        first
    }

    /// A key that was not there and is not there again needs no memory.
    fn forgive(&mut self, key: &Arc<str>) {
        if let Some(before) = &mut self.before
            && before.touched.get(key).is_some_and(Option::is_none)
        {
            before.touched.swap_remove(key);
        }
    }
}
