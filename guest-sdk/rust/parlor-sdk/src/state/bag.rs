//! Values in the order of insertion, twice if added twice.

use super::recorder::{Numbers, Place, Recorder};
use super::schema::Schema;
use super::touched::Touched;
use super::tracking::{Element, Field, FieldType, Placement, Value};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use std::fmt;

/// Values in the order of insertion, twice if added twice. Wire type `collection`.
pub struct Bag<T: Element> {
    slots: Vec<Slot<T>>,
    touched: Touched,
    /// Values that the host still has.
    removed: Vec<Value>,
    /// Something happened that adding and removing cannot express: all is told anew.
    rebuild: bool,
    place: Option<Place>,
}

struct Slot<T: Element> {
    value: T,
    /// None: the host has not seen this value. Those come last.
    known: Option<T::Known>,
}

impl<T: Element> Bag<T> {
    /// An empty bag.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Adds a value.
    pub fn insert(&mut self, value: T) {
        self.slots.push(Slot { value, known: None });
    }

    /// Takes out the first value that is equal; false if there is none.
    pub fn remove(&mut self, value: &T) -> bool
    where
        T: PartialEq,
    {
        let Some(index) = self.slots.iter().position(|slot| slot.value == *value) else {
            return false;
        };
        let Slot { mut value, known } = self.slots.remove(index);
        self.touched.shift();
        self.removed.extend(known.as_ref().map(T::value));
        drop(known);
        value.detach();
        true
    }

    /// Takes all values out.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.rebuild = true;
    }

    /// Keeps the values for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let length = self.slots.len();
        self.slots.retain(|slot| keep(&slot.value));
        self.rebuild |= length != self.slots.len();
    }

    /// The values, in the order of insertion.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.slots.iter().map(|slot| &slot.value)
    }

    /// The values, for writing. All of them are compared after the hook. Writing to strings,
    /// numbers and booleans makes clients rebuild the whole bag.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut T> + DoubleEndedIterator {
        self.touched.mark_all();
        self.slots.iter_mut().map(|slot| &mut slot.value)
    }

    /// Clears the host's collection and adds everything again; instances keep their numbers.
    fn tell_anew(&mut self, place: Place, recorder: &mut Recorder) {
        recorder.clear_container(place);
        self.removed.clear();
        self.rebuild = false;
        for slot in &mut self.slots {
            if let Some(known) = &slot.known {
                recorder.set_add(place, T::value(known));
            }
        }
        self.add_unseen(place, recorder);
    }

    fn add_unseen(&mut self, place: Place, recorder: &mut Recorder) {
        let unseen = self
            .slots
            .iter()
            .rev()
            .take_while(|slot| slot.known.is_none())
            .count();
        let seen = self.slots.len() - unseen;
        for slot in self.slots.iter_mut().skip(seen) {
            let known = slot.value.attach(recorder);
            recorder.set_add(place, T::value(&known));
            slot.known = Some(known);
        }
    }
}

impl<T: Element> Field for Bag<T> {
    type Known = ();

    fn field_type(schema: &mut Schema) -> FieldType {
        FieldType::Collection(T::element_type(schema))
    }

    fn attach_field(&mut self, place: Place, recorder: &mut Recorder) {
        for slot in &mut self.slots {
            slot.known = None;
        }
        self.add_unseen(place, recorder);
        self.removed.clear();
        self.touched.clear();
        self.rebuild = false;
        self.place = Some(place);
    }

    fn update_field(&mut self, _known: &mut (), place: Place, recorder: &mut Recorder) {
        if self.place != Some(place) {
            recorder.clear_container(place);
            return self.attach_field(place, recorder);
        }
        let slots = &mut self.slots;
        let rebuild = &mut self.rebuild;
        self.touched.drain(slots.len(), |index| {
            if let Some(Slot {
                value,
                known: Some(known),
            }) = slots.get_mut(index)
            {
                *rebuild |= value.update(known, recorder) == Placement::Changed;
            }
        });
        if self.rebuild {
            return self.tell_anew(place, recorder);
        }
        for value in self.removed.drain(..) {
            recorder.set_remove(place, value);
        }
        self.add_unseen(place, recorder);
    }

    fn detach_field(&mut self) {
        self.place = None;
        for slot in &mut self.slots {
            slot.known = None;
            slot.value.detach();
        }
    }

    fn numbers_of_field(&self, _known: &(), numbers: &mut Numbers) {
        for slot in &self.slots {
            if let Some(known) = &slot.known {
                slot.value.numbers(known, numbers);
            }
        }
    }
}

impl<T: Element> Default for Bag<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            touched: Touched::default(),
            removed: Vec::new(),
            rebuild: false,
            place: None,
        }
    }
}

impl<T: Element + Clone> Clone for Bag<T> {
    fn clone(&self) -> Self {
        self.iter().cloned().collect()
    }
}

impl<T: Element + PartialEq> PartialEq for Bag<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Element + fmt::Debug> fmt::Debug for Bag<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Element> Extend<T> for Bag<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        self.slots
            .extend(values.into_iter().map(|value| Slot { value, known: None }));
    }
}

impl<T: Element> FromIterator<T> for Bag<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut bag = Self::new();
        bag.extend(values);
        bag
    }
}

impl<T: Element + Serialize> Serialize for Bag<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Element + Deserialize<'de>> Deserialize<'de> for Bag<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|values| values.into_iter().collect())
    }
}
