//! Entries under text keys, in the order of insertion.

use super::recorder::{Numbers, Place, Recorder};
use super::schema::Schema;
use super::touched::Touched;
use super::tracking::{Element, Field, FieldType, Placement};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// Entries under text keys, in the order of insertion. Wire type `map`.
///
/// Keys are whatever lends a text: `&str`, `String`, a [`Client`](crate::Client), a
/// [`SessionId`](crate::SessionId).
///
/// ```
/// # use parlor_sdk::prelude::*;
/// let mut scores = Map::<f64>::new();
/// scores.insert("red", 1.0);
/// if let Some(score) = scores.get_mut("red") {
///     *score += 1.0;
/// }
/// assert_eq!(scores.get("red"), Some(&2.0));
/// ```
pub struct Map<T: Element> {
    slots: IndexMap<String, Slot<T>, FxBuildHasher>,
    touched: Touched,
    /// Keys that the host still has.
    removed: Vec<String>,
    cleared: bool,
    place: Option<Place>,
}

struct Slot<T: Element> {
    value: T,
    /// None: the host has not seen this element.
    known: Option<T::Known>,
    /// The host has this key, perhaps with an element that was replaced since.
    held: bool,
}

impl<T: Element> Slot<T> {
    fn new(value: T) -> Self {
        Self {
            value,
            known: None,
            held: false,
        }
    }
}

impl<T: Element> Map<T> {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether there is an entry under the key.
    pub fn contains_key(&self, key: impl AsRef<str>) -> bool {
        self.slots.contains_key(key.as_ref())
    }

    /// The element under the key.
    pub fn get(&self, key: impl AsRef<str>) -> Option<&T> {
        self.slots.get(key.as_ref()).map(|slot| &slot.value)
    }

    /// The element under the key, for writing.
    pub fn get_mut(&mut self, key: impl AsRef<str>) -> Option<&mut T> {
        let length = self.slots.len();
        let (index, _, slot) = self.slots.get_full_mut(key.as_ref())?;
        self.touched.mark(index, length);
        Some(&mut slot.value)
    }

    /// Adds an entry at the end, or replaces the element where the key is; returns the element
    /// that was there. For clients a replaced struct is a new instance.
    pub fn insert(&mut self, key: impl AsRef<str>, value: T) -> Option<T> {
        let key = key.as_ref();
        if let Some((index, _, slot)) = self.slots.get_full_mut(key) {
            let before = std::mem::replace(&mut slot.value, value);
            slot.known = None;
            let length = self.slots.len();
            self.touched.mark(index, length);
            return Some(detached(before));
        }
        let (index, _) = self.slots.insert_full(key.to_owned(), Slot::new(value));
        self.touched.mark(index, index + 1);
        None
    }

    /// The element under the key, for writing; made and added if the key is new.
    pub fn get_or_insert_with(&mut self, key: impl AsRef<str>, make: impl FnOnce() -> T) -> &mut T {
        let key = key.as_ref();
        let index = match self.slots.get_index_of(key) {
            Some(index) => index,
            None => self.slots.insert_full(key.to_owned(), Slot::new(make())).0,
        };
        self.touched.mark(index, self.slots.len());
        // The entry is there: it was found or made just now.
        #[allow(clippy::indexing_slicing)]
        &mut self.slots[index].value
    }

    /// Takes an entry out. Takes time in proportion to the number of entries behind it.
    pub fn remove(&mut self, key: impl AsRef<str>) -> Option<T> {
        let (_, key, slot) = self.slots.shift_remove_full(key.as_ref())?;
        self.touched.shift();
        if slot.held {
            self.removed.push(key);
        }
        Some(detached(slot.value))
    }

    /// Takes all entries out.
    pub fn clear(&mut self) {
        self.cleared |= !self.removed.is_empty() || self.slots.values().any(|slot| slot.held);
        self.slots.clear();
        self.removed.clear();
        self.touched.clear();
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut T) -> bool) {
        let removed = &mut self.removed;
        self.slots.retain(|key, slot| {
            let kept = keep(key, &mut slot.value);
            if !kept && slot.held {
                removed.push(key.clone());
            }
            kept
        });
        self.touched.mark_all();
    }

    /// The keys, in the order of insertion.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        self.slots.keys().map(String::as_str)
    }

    /// The elements, in the order of insertion.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.slots.values().map(|slot| &slot.value)
    }

    /// The elements, for writing. All of them are compared after the hook.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut T> + DoubleEndedIterator {
        self.touched.mark_all();
        self.slots.values_mut().map(|slot| &mut slot.value)
    }

    /// Keys and elements, in the order of insertion.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &T)> + DoubleEndedIterator {
        self.slots.iter().map(|(key, slot)| (key.as_str(), &slot.value))
    }

    /// Keys and elements, the elements for writing. All of them are compared after the hook.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&str, &mut T)> + DoubleEndedIterator {
        self.touched.mark_all();
        self.slots
            .iter_mut()
            .map(|(key, slot)| (key.as_str(), &mut slot.value))
    }

    fn attach_all(&mut self, place: Place, recorder: &mut Recorder) {
        for (key, slot) in &mut self.slots {
            attach_slot(key, slot, place, recorder);
        }
        self.removed.clear();
        self.cleared = false;
        self.touched.clear();
        self.place = Some(place);
    }
}

fn attach_slot<T: Element>(key: &str, slot: &mut Slot<T>, place: Place, recorder: &mut Recorder) {
    let known = slot.value.attach(recorder);
    recorder.map_set(place, key, T::value(&known));
    slot.known = Some(known);
    slot.held = true;
}

/// An element that its owner has back.
fn detached<T: Element>(mut value: T) -> T {
    value.detach();
    value
}

impl<T: Element> Field for Map<T> {
    type Known = ();

    fn field_type(schema: &mut Schema) -> FieldType {
        FieldType::Map(T::element_type(schema))
    }

    fn attach_field(&mut self, place: Place, recorder: &mut Recorder) {
        self.attach_all(place, recorder);
    }

    fn update_field(&mut self, _known: &mut (), place: Place, recorder: &mut Recorder) {
        if self.place != Some(place) {
            recorder.clear_container(place);
            return self.attach_all(place, recorder);
        }
        if std::mem::take(&mut self.cleared) {
            recorder.clear_container(place);
        }
        for key in self.removed.drain(..) {
            recorder.map_remove(place, key);
        }
        let slots = &mut self.slots;
        self.touched.drain(slots.len(), |index| {
            let Some((key, slot)) = slots.get_index_mut(index) else {
                return;
            };
            match &mut slot.known {
                None => attach_slot(key, slot, place, recorder),
                Some(known) => {
                    if slot.value.update(known, recorder) == Placement::Changed {
                        recorder.map_set(place, key, T::value(known));
                    }
                }
            }
        });
    }

    fn detach_field(&mut self) {
        self.place = None;
        for slot in self.slots.values_mut() {
            slot.known = None;
            slot.held = false;
            slot.value.detach();
        }
    }

    fn numbers_of_field(&self, _known: &(), numbers: &mut Numbers) {
        for slot in self.slots.values() {
            if let Some(known) = &slot.known {
                slot.value.numbers(known, numbers);
            }
        }
    }
}

impl<T: Element> Default for Map<T> {
    fn default() -> Self {
        Self {
            slots: IndexMap::default(),
            touched: Touched::default(),
            removed: Vec::new(),
            cleared: false,
            place: None,
        }
    }
}

impl<T: Element + Clone> Clone for Map<T> {
    fn clone(&self) -> Self {
        self.iter().map(|(key, value)| (key, value.clone())).collect()
    }
}

impl<T: Element + PartialEq> PartialEq for Map<T> {
    /// The same elements under the same keys, in any order.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<T: Element + fmt::Debug> fmt::Debug for Map<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// # Panics
/// If the key is not there, as with the maps of the standard library; a panic ends the room.
impl<T: Element, Q: AsRef<str>> Index<Q> for Map<T> {
    type Output = T;

    #[allow(clippy::expect_used)]
    fn index(&self, key: Q) -> &T {
        self.get(key).expect("no entry under this key")
    }
}

/// # Panics
/// If the key is not there; a panic ends the room.
impl<T: Element, Q: AsRef<str>> IndexMut<Q> for Map<T> {
    #[allow(clippy::expect_used)]
    fn index_mut(&mut self, key: Q) -> &mut T {
        self.get_mut(key).expect("no entry under this key")
    }
}

impl<T: Element, Q: AsRef<str>> Extend<(Q, T)> for Map<T> {
    fn extend<I: IntoIterator<Item = (Q, T)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<T: Element, Q: AsRef<str>> FromIterator<(Q, T)> for Map<T> {
    fn from_iter<I: IntoIterator<Item = (Q, T)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<T: Element + Serialize> Serialize for Map<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Element + Deserialize<'de>> Deserialize<'de> for Map<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Element + Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Map<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Map<T>, A::Error> {
                let mut map = Map::new();
                while let Some((key, value)) = entries.next_entry::<String, T>()? {
                    map.insert(key, value);
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}
