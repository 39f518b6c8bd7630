//! Values of which none is there twice.

use super::recorder::{Numbers, Place, Recorder};
use super::schema::Schema;
use super::tracking::{Element, Field, FieldType, Value};
use indexmap::IndexMap;
use indexmap::map::MutableKeys;
use rustc_hash::FxBuildHasher;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;

/// Values of which none is there twice, in the order of insertion. Wire type `set`.
///
/// Values cannot be changed in place; to hold instances that change, use `Set<Shared<…>>`.
pub struct Set<T: Element + Eq + Hash> {
    /// None: the host has not seen this value. Those come last.
    values: IndexMap<T, Option<T::Known>, FxBuildHasher>,
    /// Values that the host still has.
    removed: Vec<Value>,
    cleared: bool,
    place: Option<Place>,
}

impl<T: Element + Eq + Hash> Set<T> {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether the value is there.
    pub fn contains<Q: Hash + Eq + ?Sized>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.values.contains_key(value)
    }

    /// Adds a value; false if it was there already.
    pub fn insert(&mut self, value: T) -> bool {
        if self.values.contains_key(&value) {
            return false;
        }
        self.values.insert(value, None);
        true
    }

    /// Takes a value out; false if it was not there. Takes time in proportion to the number of
    /// values behind it.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        let Some((mut value, known)) = self.values.shift_remove_entry(value) else {
            return false;
        };
        value.detach();
        self.removed.extend(known.as_ref().map(T::value));
        true
    }

    /// Takes all values out.
    pub fn clear(&mut self) {
        self.cleared |= !self.removed.is_empty() || self.values.values().any(Option::is_some);
        self.values.clear();
        self.removed.clear();
    }

    /// Keeps the values for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let removed = &mut self.removed;
        self.values.retain(|value, known| {
            let kept = keep(value);
            if !kept {
                removed.extend(known.as_ref().map(T::value));
            }
            kept
        });
    }

    /// The values, in the order of insertion.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.values.keys()
    }

    fn attach_from(&mut self, first: usize, place: Place, recorder: &mut Recorder) {
        for index in first..self.values.len() {
            if let Some((value, known)) = self.values.get_index_mut2(index) {
                let attached = value.attach(recorder);
                recorder.set_add(place, T::value(&attached));
                *known = Some(attached);
            }
        }
    }
}

impl<T: Element + Eq + Hash> Field for Set<T> {
    type Known = ();

    fn field_type(schema: &mut Schema) -> FieldType {
        FieldType::Set(T::element_type(schema))
    }

    fn attach_field(&mut self, place: Place, recorder: &mut Recorder) {
        self.attach_from(0, place, recorder);
        self.removed.clear();
        self.cleared = false;
        self.place = Some(place);
    }

    fn update_field(&mut self, _known: &mut (), place: Place, recorder: &mut Recorder) {
        if self.place != Some(place) {
            recorder.clear_container(place);
            return self.attach_field(place, recorder);
        }
        if std::mem::take(&mut self.cleared) {
            recorder.clear_container(place);
        }
        for value in self.removed.drain(..) {
            recorder.set_remove(place, value);
        }
        let unseen = self
            .values
            .values()
            .rev()
            .take_while(|known| known.is_none())
            .count();
        self.attach_from(self.values.len() - unseen, place, recorder);
    }

    fn detach_field(&mut self) {
        self.place = None;
        for index in 0..self.values.len() {
            if let Some((value, known)) = self.values.get_index_mut2(index) {
                *known = None;
                value.detach();
            }
        }
    }

    fn numbers_of_field(&self, _known: &(), numbers: &mut Numbers) {
        for (value, known) in &self.values {
            if let Some(known) = known {
                value.numbers(known, numbers);
            }
        }
    }
}

impl<T: Element + Eq + Hash> Default for Set<T> {
    fn default() -> Self {
        Self {
            values: IndexMap::default(),
            removed: Vec::new(),
            cleared: false,
            place: None,
        }
    }
}

impl<T: Element + Eq + Hash + Clone> Clone for Set<T> {
    fn clone(&self) -> Self {
        self.iter().cloned().collect()
    }
}

impl<T: Element + Eq + Hash> PartialEq for Set<T> {
    /// The same values, in any order.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|value| other.contains(value))
    }
}

impl<T: Element + Eq + Hash + fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<T: Element + Eq + Hash> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.insert(value);
        }
    }
}

impl<T: Element + Eq + Hash> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut set = Self::new();
        set.extend(values);
        set
    }
}

impl<T: Element + Eq + Hash + Serialize> Serialize for Set<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Element + Eq + Hash + Deserialize<'de>> Deserialize<'de> for Set<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|values| values.into_iter().collect())
    }
}
