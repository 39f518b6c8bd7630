//! Elements in an order of the room's choosing.

use super::recorder::{Numbers, Place, Recorder};
use super::schema::Schema;
use super::touched::Touched;
use super::tracking::{Element, Field, FieldType, Placement};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Index, IndexMut};

/// Elements in an order of the room's choosing. Wire type `array`.
///
/// Elements that are moved (by `swap`, `sort_by_key`, `move_to`, …) stay the same instances for clients.
///
/// ```
/// # use parlor_sdk::prelude::*;
/// let mut deck: List<u8> = (1..=3).collect();
/// deck.swap(0, 2);
/// deck[1] = 9;
/// assert_eq!(deck.pop(), Some(1));
/// assert_eq!(deck.iter().copied().collect::<Vec<u8>>(), [3, 9]);
/// ```
pub struct List<T: Element> {
    slots: Vec<Slot<T>>,
    touched: Touched,
    /// Below this position nothing was added, taken out or moved since the last report.
    settled: usize,
    /// How many elements the host has.
    host_length: usize,
    place: Option<Place>,
}

struct Slot<T: Element> {
    value: T,
    /// What the host knows of the element, and at which position it has it.
    known: Option<(T::Known, usize)>,
}

impl<T: Element> Slot<T> {
    fn new(value: T) -> Self {
        Self { value, known: None }
    }

    /// An element that its owner has back.
    fn into_value(self) -> T {
        let Self { mut value, known } = self;
        drop(known);
        value.detach();
        value
    }
}

impl<T: Element> List<T> {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The element at the position.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.slots.get(index).map(|slot| &slot.value)
    }

    /// The element at the position, for writing.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let length = self.slots.len();
        let slot = self.slots.get_mut(index)?;
        self.touched.mark(index, length);
        Some(&mut slot.value)
    }

    /// The first element.
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// The last element.
    pub fn last(&self) -> Option<&T> {
        self.slots.last().map(|slot| &slot.value)
    }

    /// The last element, for writing.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len().checked_sub(1)?)
    }

    /// Adds an element at the end.
    pub fn push(&mut self, value: T) {
        self.unsettle(self.slots.len());
        self.slots.push(Slot::new(value));
    }

    /// Adds an element at the position; what stood there and behind moves up by one.
    ///
    /// # Panics
    /// If the position lies beyond the end, as with a `Vec`; a panic ends the room.
    pub fn insert(&mut self, index: usize, value: T) {
        self.slots.insert(index, Slot::new(value));
        self.unsettle(index);
    }

    /// Puts another element at the position, for clients a new instance; returns the one that
    /// was there. None, and nothing done, beyond the end. Assigning to `list[index]` keeps the instance.
    pub fn replace(&mut self, index: usize, value: T) -> Option<T> {
        let slot = self.slots.get_mut(index)?;
        let before = std::mem::replace(slot, Slot::new(value));
        self.unsettle(index);
        Some(before.into_value())
    }

    /// Takes the last element out.
    pub fn pop(&mut self) -> Option<T> {
        self.remove(self.len().checked_sub(1)?)
    }

    /// Takes the element at the position out, if there is one; what stood behind moves down by one.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        if index >= self.slots.len() {
            return None;
        }
        self.unsettle(index);
        Some(self.slots.remove(index).into_value())
    }

    /// Moves an element to another position, those between make room. Nothing is done if one of
    /// the positions lies beyond the end.
    pub fn move_to(&mut self, from: usize, to: usize) {
        let (low, high) = (from.min(to), from.max(to));
        let Some(between) = self.slots.get_mut(low..=high) else {
            return;
        };
        if from < to {
            between.rotate_left(1);
        } else {
            between.rotate_right(1);
        }
        self.unsettle(low);
    }

    /// Exchanges two elements.
    ///
    /// # Panics
    /// If one of the positions lies beyond the end; a panic ends the room.
    pub fn swap(&mut self, a: usize, b: usize) {
        self.slots.swap(a, b);
        self.unsettle(a.min(b));
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        self.slots.reverse();
        self.unsettle(0);
    }

    /// Sorts by comparison; equal elements keep their order.
    pub fn sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        self.slots.sort_by(|a, b| compare(&a.value, &b.value));
        self.unsettle(0);
    }

    /// Sorts by a key; equal elements keep their order.
    pub fn sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.slots.sort_by_key(|slot| key(&slot.value));
        self.unsettle(0);
    }

    /// Drops what lies beyond this length.
    pub fn truncate(&mut self, length: usize) {
        if length < self.slots.len() {
            self.slots.truncate(length);
            self.unsettle(length);
        }
    }

    /// Takes all elements out.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Keeps the elements for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.touched.mark_all();
        let (mut index, mut first_gone) = (0, None);
        self.slots.retain_mut(|slot| {
            let kept = keep(&mut slot.value);
            if !kept {
                first_gone.get_or_insert(index);
            }
            index += 1;
            kept
        });
        if let Some(first_gone) = first_gone {
            self.unsettle(first_gone);
        }
    }

    /// The elements in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.slots.iter().map(|slot| &slot.value)
    }

    /// The elements in order, for writing. All of them are compared after the hook.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut T> + DoubleEndedIterator {
        self.touched.mark_all();
        self.slots.iter_mut().map(|slot| &mut slot.value)
    }

    fn unsettle(&mut self, from: usize) {
        self.settled = self.settled.min(from);
        self.touched.shift();
    }

    fn attach_all(&mut self, place: Place, recorder: &mut Recorder) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.known = None;
            insert_slot(slot, index, place, recorder);
        }
        self.place = Some(place);
        self.settle();
    }

    fn settle(&mut self) {
        self.settled = usize::MAX;
        self.host_length = self.slots.len();
    }

    /// Brings the host's order up to date behind the settled part: takes out what is gone, then
    /// walks both orders side by side.
    fn report_order(&mut self, place: Place, recorder: &mut Recorder) {
        let from = self.settled.min(self.host_length);
        let ranks = self.report_removals(from, place, recorder);
        let unsettled = self.slots.iter().skip(from);
        let known_at = |slot: &Slot<T>| slot.known.as_ref().and_then(|(_, at)| ranks.rank(*at, from));
        let mut last = None;
        let in_order = unsettled.filter_map(known_at).all(|rank| {
            let follows = last.is_none_or(|last| rank > last);
            last = Some(rank);
            follows
        });
        for (index, slot) in self.slots.iter_mut().enumerate().skip(from) {
            let rank = known_at(slot);
            if in_order && rank.is_some() {
                note_position(slot, index);
            } else if in_order || index - from >= ranks.survivors {
                insert_slot(slot, index, place, recorder);
            } else if rank == Some(index - from) {
                note_position(slot, index);
            } else {
                let value = value_of(slot, index, recorder);
                recorder.array_set(place, index, value);
            }
        }
    }

    fn report_removals(&self, from: usize, place: Place, recorder: &mut Recorder) -> Ranks {
        let mut survives = vec![false; self.host_length - from];
        for (_, at) in self
            .slots
            .iter()
            .skip(from)
            .filter_map(|slot| slot.known.as_ref())
        {
            if let Some(survives) = survives.get_mut(at.wrapping_sub(from)) {
                *survives = true;
            }
        }
        let survivors = survives.iter().filter(|survives| **survives).count();
        if from == 0 && survivors == 0 {
            if self.host_length > 0 {
                recorder.clear_container(place);
            }
        } else {
            for (offset, _) in survives
                .iter()
                .enumerate()
                .rev()
                .filter(|(_, survives)| !**survives)
            {
                recorder.array_remove(place, from + offset);
            }
        }
        let mut rank = 0;
        let ranks = survives.iter().map(|survives| {
            let own = rank;
            rank += usize::from(*survives);
            own
        });
        Ranks {
            ranks: ranks.collect(),
            survivors,
        }
    }
}

/// Where the host has the elements that are still there, once the others are out.
struct Ranks {
    ranks: Vec<usize>,
    survivors: usize,
}

impl Ranks {
    fn rank(&self, at: usize, from: usize) -> Option<usize> {
        self.ranks.get(at.wrapping_sub(from)).copied()
    }
}

fn note_position<T: Element>(slot: &mut Slot<T>, index: usize) {
    if let Some((_, at)) = &mut slot.known {
        *at = index;
    }
}

/// The value by which the host knows the element, after making it known if need be.
fn value_of<T: Element>(slot: &mut Slot<T>, index: usize, recorder: &mut Recorder) -> super::tracking::Value {
    let known = match slot.known.take() {
        Some((known, _)) => known,
        None => slot.value.attach(recorder),
    };
    let value = T::value(&known);
    slot.known = Some((known, index));
    value
}

fn insert_slot<T: Element>(slot: &mut Slot<T>, index: usize, place: Place, recorder: &mut Recorder) {
    let value = value_of(slot, index, recorder);
    recorder.array_insert(place, index, value);
}

impl<T: Element> Field for List<T> {
    type Known = ();

    fn field_type(schema: &mut Schema) -> FieldType {
        FieldType::Array(T::element_type(schema))
    }

    fn attach_field(&mut self, place: Place, recorder: &mut Recorder) {
        self.attach_all(place, recorder);
        self.touched.clear();
    }

    fn update_field(&mut self, _known: &mut (), place: Place, recorder: &mut Recorder) {
        if self.place != Some(place) {
            recorder.clear_container(place);
            return self.attach_field(place, recorder);
        }
        if self.settled != usize::MAX {
            self.report_order(place, recorder);
            self.settle();
        }
        let slots = &mut self.slots;
        self.touched.drain(slots.len(), |index| {
            let Some(Slot {
                value,
                known: Some((known, _)),
            }) = slots.get_mut(index)
            else {
                return;
            };
            if value.update(known, recorder) == Placement::Changed {
                recorder.array_set(place, index, T::value(known));
            }
        });
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
            if let Some((known, _)) = &slot.known {
                slot.value.numbers(known, numbers);
            }
        }
    }
}

impl<T: Element> Default for List<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            touched: Touched::default(),
            settled: usize::MAX,
            host_length: 0,
            place: None,
        }
    }
}

impl<T: Element + Clone> Clone for List<T> {
    fn clone(&self) -> Self {
        self.iter().cloned().collect()
    }
}

impl<T: Element + PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Element + fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// # Panics
/// Beyond the end, as with a `Vec`; a panic ends the room.
impl<T: Element> Index<usize> for List<T> {
    type Output = T;

    #[allow(clippy::indexing_slicing)]
    fn index(&self, index: usize) -> &T {
        &self.slots[index].value
    }
}

/// # Panics
/// Beyond the end, as with a `Vec`; a panic ends the room.
impl<T: Element> IndexMut<usize> for List<T> {
    #[allow(clippy::indexing_slicing)]
    fn index_mut(&mut self, index: usize) -> &mut T {
        self.touched.mark(index, self.slots.len());
        &mut self.slots[index].value
    }
}

impl<T: Element> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        self.unsettle(self.slots.len());
        self.slots.extend(values.into_iter().map(Slot::new));
    }
}

impl<T: Element> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut list = Self::new();
        list.extend(values);
        list
    }
}

impl<T: Element + Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Element + Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|values| values.into_iter().collect())
    }
}
