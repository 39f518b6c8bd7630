//! Text keys, in the order of insertion.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::scalar::Scalar;

/// One entry. Its index on the wire is also its rank in the order of insertion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub index: u64,
    pub value: Scalar,
}

// The keys are the room's, so the hash has a random key.
type Entries<T> = IndexMap<Arc<str>, T>;

#[derive(Debug, Default)]
pub(crate) struct Map {
    entries: Entries<Entry>,
    /// Index of the next new key. Never goes back: an index is never used twice (§10.3).
    next: u64,
    before: Option<Box<MapBefore>>,
}

/// How touched keys were at the boundary.
#[derive(Debug)]
pub(crate) struct MapBefore {
    /// Number of entries.
    pub len: usize,
    /// Each touched key's entry, if it had one.
    pub touched: Entries<Option<Entry>>,
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

    pub(crate) fn before(&self) -> Option<&MapBefore> {
        self.before.as_deref()
    }

    /// Adds at the end or replaces. Returns the key as stored and what was under it.
    pub(crate) fn put(&mut self, key: String, value: Scalar, track: bool) -> (Arc<str>, Option<Entry>) {
        let (key, index) = match self.entries.get_key_value(key.as_str()) {
            Some((key, entry)) => (Arc::clone(key), entry.index),
            None => {
                self.next += 1;
                (Arc::from(key), self.next - 1)
            }
        };
        if track {
            self.touch(&key);
        }
        let old = self.entries.insert(Arc::clone(&key), Entry { index, value });
        (key, old)
    }

    pub(crate) fn remove(&mut self, key: &str, track: bool) -> Option<(Arc<str>, Entry)> {
        let key = Arc::clone(self.entries.get_key_value(key)?.0);
        if track {
            self.touch(&key);
        }
        let entry = self.entries.swap_remove(&key)?;
        self.forgive(&key);
        Some((key, entry))
    }

    /// Puts back what was under a key before a refused change.
    pub(crate) fn restore(&mut self, key: Arc<str>, old: Option<Entry>) {
        match old {
            Some(entry) => {
                // An entry younger than the boundary was forgiven when it was taken out.
                if let Some(before) = &mut self.before {
                    before.touched.entry(Arc::clone(&key)).or_insert(None);
                }
                self.entries.insert(key, entry);
            }
            None => {
                if self
                    .entries
                    .swap_remove(&key)
                    .is_some_and(|entry| entry.index + 1 == self.next)
                {
                    self.next -= 1;
                }
                self.forgive(&key);
            }
        }
    }

    pub(crate) fn settle(&mut self) {
        self.before = None;
    }

    fn touch(&mut self, key: &Arc<str>) {
        let len = self.entries.len();
        let before = self.before.get_or_insert_with(|| {
            Box::new(MapBefore {
                len,
                touched: Entries::default(),
            })
        });
        if !before.touched.contains_key(key) {
            before
                .touched
                .insert(Arc::clone(key), self.entries.get(key).cloned());
        }
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
