//! The values of one space as plain data: no clock, no lock. `collections.rs` has the functions for
//! sets, hashes and lists.

use std::collections::{BTreeSet, HashMap};
use std::ops::{AddAssign, SubAssign};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlor_plugin::PresenceError;

use super::kinds::{Kind, Value};
use crate::presence::settings::PresenceLimits;

/// Keys and what is under them.
#[derive(Debug)]
pub(super) struct Values {
    most: Size,
    used: Size,
    keys: HashMap<Arc<str>, Entry>,
    /// When keys vanish, the earliest first.
    deadlines: BTreeSet<(Instant, Arc<str>)>,
}

#[derive(Debug)]
struct Entry {
    value: Value,
    /// The key counted.
    size: Size,
    expires: Option<Instant>,
}

/// What counts towards the bounds of a space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    entries: usize,
    bytes: usize,
}

impl Size {
    pub const NOTHING: Self = Self { entries: 0, bytes: 0 };

    /// One entry of these bytes.
    pub fn of(bytes: usize) -> Self {
        Self { entries: 1, bytes }
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.entries += other.entries;
        self.bytes += other.bytes;
    }
}

impl SubAssign for Size {
    fn sub_assign(&mut self, other: Self) {
        self.entries -= other.entries;
        self.bytes -= other.bytes;
    }
}

impl Values {
    pub fn new(limits: &PresenceLimits) -> Self {
        Self {
            most: Size {
                entries: limits.max_entries,
                bytes: limits.max_bytes,
            },
            used: Size::NOTHING,
            keys: HashMap::new(),
            deadlines: BTreeSet::new(),
        }
    }

    /// A text replaces what is under the key, of whatever kind.
    pub fn set(
        &mut self,
        now: Instant,
        key: String,
        value: String,
        expires_after: Option<u32>,
    ) -> Result<(), PresenceError> {
        self.drop_expired(now, &key);
        let gone = self
            .keys
            .get(key.as_str())
            .map_or(Size::NOTHING, |entry| entry.size);
        let size = Size::of(key.len() + value.len());
        self.make_room(now, gone, size)?;
        self.take(&key);
        self.used += size;
        let entry = Entry {
            value: value.wrap(),
            size,
            expires: None,
        };
        self.keys.insert(Arc::from(key.as_str()), entry);
        self.expire(now, key, expires_after)?;
        Ok(())
    }

    pub fn get(&mut self, now: Instant, key: String) -> Result<Option<String>, PresenceError> {
        Ok(self.find::<String>(now, &key)?.cloned())
    }

    pub fn remove(&mut self, now: Instant, key: String) -> Result<bool, PresenceError> {
        self.drop_expired(now, &key);
        Ok(self.take(&key))
    }

    pub fn exists(&mut self, now: Instant, key: String) -> Result<bool, PresenceError> {
        self.drop_expired(now, &key);
        Ok(self.keys.contains_key(key.as_str()))
    }

    pub fn expire(&mut self, now: Instant, key: String, after: Option<u32>) -> Result<bool, PresenceError> {
        self.drop_expired(now, &key);
        let Some((key, _)) = self.keys.get_key_value(key.as_str()) else {
            return Ok(false);
        };
        let key = Arc::clone(key);
        // What the clock cannot reach never comes.
        let deadline = after.and_then(|after| now.checked_add(Duration::from_millis(after.into())));
        if let Some(entry) = self.keys.get_mut(&key)
            && let Some(before) = std::mem::replace(&mut entry.expires, deadline)
        {
            self.deadlines.remove(&(before, Arc::clone(&key)));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, key));
        }
        Ok(true)
    }

    pub fn increment(&mut self, now: Instant, key: String, by: i64) -> Result<i64, PresenceError> {
        let before = self.find::<String>(now, &key)?;
        let sum = add(before, by)?;
        let gone = before.map_or(Size::NOTHING, |text| Size::of(text.len()));
        let text = sum.to_string();
        self.change(now, &key, gone, Size::of(text.len()), |value| *value = text)?;
        Ok(sum)
    }

    /// What is under a key, if it is of this kind.
    pub fn find<K: Kind>(&mut self, now: Instant, key: &str) -> Result<Option<&K>, PresenceError> {
        self.drop_expired(now, key);
        self.peek(key)
    }

    /// The same for a key of which it is known that it has not expired.
    pub fn peek<K: Kind>(&self, key: &str) -> Result<Option<&K>, PresenceError> {
        match self.keys.get(key) {
            Some(entry) => K::of(&entry.value).map(Some).ok_or(PresenceError::WrongKind),
            None => Ok(None),
        }
    }

    /// Changes what is under a key, by which `gone` goes and `comes` comes. A key that is not there is
    /// made, one under which nothing is left vanishes.
    pub fn change<K: Kind, T>(
        &mut self,
        now: Instant,
        key: &str,
        gone: Size,
        mut comes: Size,
        change: impl FnOnce(&mut K) -> T,
    ) -> Result<T, PresenceError> {
        if !self.keys.contains_key(key) {
            comes.bytes += key.len();
        }
        self.make_room(now, gone, comes)?;
        let entry = self.keys.entry(Arc::from(key)).or_insert_with(|| Entry {
            value: K::default().wrap(),
            size: Size::NOTHING,
            expires: None,
        });
        let answer = change(K::of_mut(&mut entry.value).ok_or(PresenceError::WrongKind)?);
        for size in [&mut entry.size, &mut self.used] {
            *size += comes;
            *size -= gone;
        }
        if entry.size.entries == 0 {
            self.take(key);
        }
        Ok(answer)
    }

    /// Frees keys that have expired, the oldest first.
    pub fn free_expired(&mut self, now: Instant, at_most: usize) {
        for _ in 0..at_most {
            match self.deadlines.first() {
                Some((deadline, key)) if *deadline <= now => {
                    let key = Arc::clone(key);
                    self.take(&key);
                }
                _ => return,
            }
        }
    }

    fn drop_expired(&mut self, now: Instant, key: &str) {
        if let Some(entry) = self.keys.get(key)
            && entry.expires.is_some_and(|deadline| deadline <= now)
        {
            self.take(key);
        }
    }

    fn take(&mut self, key: &str) -> bool {
        let Some((key, entry)) = self.keys.remove_entry(key) else {
            return false;
        };
        self.used -= entry.size;
        if let Some(deadline) = entry.expires {
            self.deadlines.remove(&(deadline, key));
        }
        true
    }

    /// Sees to it that `comes` fits once `gone` is gone.
    fn make_room(&mut self, now: Instant, gone: Size, comes: Size) -> Result<(), PresenceError> {
        match self.excess(gone, comes) {
            None => Ok(()),
            Some(_) => {
                self.free_expired(now, usize::MAX);
                self.excess(gone, comes)
                    .map_or(Ok(()), |what| Err(PresenceError::Full(what)))
            }
        }
    }

    /// Which bound would be passed. What shrinks passes none.
    fn excess(&self, gone: Size, comes: Size) -> Option<String> {
        let passes = |used: usize, gone: usize, comes: usize, most: usize| {
            comes > gone && used.saturating_add(comes) > most.saturating_add(gone)
        };
        let Size { entries, bytes } = self.most;
        if passes(self.used.entries, gone.entries, comes.entries, entries) {
            return Some(format!(
                "the presence space has as many entries as it may: {entries} (`max-entries`)"
            ));
        }
        if passes(self.used.bytes, gone.bytes, comes.bytes, bytes) {
            return Some(format!(
                "the presence space would hold more than {bytes} bytes (`max-bytes`)"
            ));
        }
        None
    }
}

/// Adds to a number in a text; 0 if there is none.
pub(super) fn add(text: Option<&String>, by: i64) -> Result<i64, PresenceError> {
    let number = match text {
        Some(text) => {
            let number: i64 = text.parse().map_err(|_| PresenceError::WrongKind)?;
            // `+1`, `007` and `-0` are texts that look like numbers.
            if number.to_string() != *text {
                return Err(PresenceError::WrongKind);
            }
            number
        }
        None => 0,
    };
    number.checked_add(by).ok_or(PresenceError::WrongKind)
}

#[cfg(test)]
impl Values {
    /// Whether nothing at all is kept.
    pub fn is_bare(&self) -> bool {
        self.keys.is_empty() && self.deadlines.is_empty() && self.used == Size::NOTHING
    }

    /// Entries and bytes, as counted along the way and as found by looking at everything.
    pub fn books(&self) -> [(usize, usize); 2] {
        let mut found = Size::NOTHING;
        for (key, entry) in &self.keys {
            found.bytes += key.len();
            let texts: Vec<usize> = match &entry.value {
                Value::Text(text) => vec![text.len()],
                Value::Set(members) => members.iter().map(String::len).collect(),
                Value::Hash(fields) => fields
                    .iter()
                    .map(|(field, value)| field.len() + value.len())
                    .collect(),
                Value::List(elements) => elements.iter().map(String::len).collect(),
            };
            texts.into_iter().for_each(|bytes| found += Size::of(bytes));
        }
        [self.used, found].map(|size| (size.entries, size.bytes))
    }
}
