//! Arrays, by comparing how one was with how it is (protocol §10.4).
//!
//! Decoders of v3 and v4 insert nowhere but at the front, so positions are never shifted by an insertion:
//! slots are given new contents instead. Deleted slots are closed by the decoder when the array is left,
//! so all positions are those before the patch.

use rustc_hash::FxHashSet;

use super::{Adds, Decoders, Encoder, op};
use crate::Element;
use crate::scalar::{Scalar, Slot};
use crate::store::{Array, ArrayBefore};

impl Encoder<'_> {
    pub(super) fn array(&mut self, wire: u32, array: &Array, element: Element, at: (Slot, u8)) {
        let Some(before) = array.before() else { return };
        let new = array.items();
        let (len, doubles) = match before {
            ArrayBefore::Length { len, doubles, .. } => (*len, *doubles),
            ArrayBefore::List { items, doubles } if items != new => (items.len(), *doubles),
            ArrayBefore::List { .. } => return,
        };
        let twice = doubles > 0 || array.doubles > 0;
        match before {
            ArrayBefore::Length { touched, .. } => {
                let mut changed = touched
                    .iter()
                    .filter(|(index, old)| new.get(**index) != Some(*old));
                if twice && (new.len() > len || changed.next().is_some()) {
                    self.anew(wire, array, element, len);
                } else if !twice {
                    self.in_place(wire, new, element, len, changed, at);
                }
            }
            _ if twice || new.is_empty() => self.anew(wire, array, element, len),
            ArrayBefore::List { items, .. } => match element {
                Element::Primitive(_) => self.primitives(wire, items, new, element),
                Element::Struct(_) => {
                    self.diverges = true;
                    match self.decoders {
                        Decoders::Current => {
                            let (was, is) = (slots(items), slots(new));
                            self.instances(wire, &was, &is, new, element);
                        }
                        Decoders::V2 => self.moved_v2(wire, items, array, element),
                    }
                }
            },
        }
    }

    /// Sends the whole list: one instance at two positions of it cannot be told otherwise.
    pub(super) fn anew(&mut self, wire: u32, array: &Array, element: Element, old_len: usize) {
        self.switch(wire);
        if old_len > 0 {
            self.wire.u8(op::CLEAR);
        }
        self.full_array(array, element);
    }

    /// No position moved: some of the first `len` slots changed, and more may follow them.
    fn in_place<'o>(
        &mut self,
        wire: u32,
        new: &[Scalar],
        element: Element,
        len: usize,
        changed: impl Iterator<Item = (&'o usize, &'o Scalar)>,
        (parent, field): (Slot, u8),
    ) {
        let changed: Vec<_> = changed.collect();
        let left: FxHashSet<Slot> = changed.iter().filter_map(|(_, old)| old.node()).collect();
        if !left.is_empty() {
            self.diverges = true;
            if self.decoders == Decoders::V2 {
                return self.in_place_v2(wire, new, element, len, &changed, &left);
            }
        }
        for (&index, old) in changed {
            let Some(value) = new.get(index) else { continue };
            self.switch(wire);
            let gone = old.node().is_some_and(|old| {
                self.tree
                    .node(old)
                    .is_none_or(|old| old.places.count(parent, field) == 0)
            });
            self.slot(
                index as u64,
                element,
                value,
                Occupant { gone },
                is_new(value, &left),
            );
        }
        for (index, value) in new.iter().enumerate().skip(len) {
            self.switch(wire);
            self.append(index as u64, element, value, is_new(value, &left));
        }
    }

    fn primitives(&mut self, wire: u32, old: &[Scalar], new: &[Scalar], element: Element) {
        self.switch(wire);
        if new.len() >= old.len() {
            for (index, value) in new.iter().enumerate() {
                match old.get(index) {
                    Some(old) if old == value => {}
                    Some(_) => self.slot(
                        index as u64,
                        element,
                        value,
                        Occupant { gone: false },
                        Arrival::New,
                    ),
                    None => self.append(index as u64, element, value, Arrival::New),
                }
            }
            return;
        }
        let front = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        // What decoders of v2 cannot delete but at the end, they are sent again.
        let rest = match self.decoders {
            Decoders::Current => new.len() - front,
            Decoders::V2 => 0,
        };
        let back = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take(rest)
            .take_while(|(old, new)| old == new)
            .count();
        self.diverges |= back > 0;
        let kept = new.len() - back;
        for (index, (old, value)) in old.iter().zip(new).enumerate().take(kept).skip(front) {
            if old != value {
                self.slot(
                    index as u64,
                    element,
                    value,
                    Occupant { gone: false },
                    Arrival::New,
                );
            }
        }
        for index in kept..old.len() - back {
            self.entry_op(op::DELETE, index as u64);
        }
    }

    /// No instance is in either list twice. Walks the old slots along the new list: the slot of an instance
    /// that left is deleted, or takes a newcomer if one is due; the others take what is due. `old` and `new`
    /// tell instances apart, `values` are those of `new`.
    pub(super) fn instances(
        &mut self,
        wire: u32,
        old: &[u32],
        new: &[u32],
        values: &[Scalar],
        element: Element,
    ) {
        self.switch(wire);
        let was: FxHashSet<u32> = old.iter().copied().collect();
        let is: FxHashSet<u32> = new.iter().copied().collect();
        let arrival = |name: &u32| {
            if was.contains(name) {
                Arrival::Known
            } else {
                Arrival::New
            }
        };
        let mut due = new.iter().zip(values).peekable();
        for (index, occupant) in old.iter().enumerate() {
            let gone = !is.contains(occupant);
            match due.peek() {
                Some((name, _)) if *name == occupant => {
                    due.next();
                }
                Some((name, value)) if !gone || arrival(name) == Arrival::New => {
                    self.slot(index as u64, element, value, Occupant { gone }, arrival(name));
                    due.next();
                }
                _ => self.entry_op(op::DELETE, index as u64),
            }
        }
        for ((name, value), index) in due.zip(old.len() as u64..) {
            self.append(index, element, value, arrival(name));
        }
    }

    /// Gives a slot that exists new contents.
    fn slot(&mut self, index: u64, element: Element, value: &Scalar, occupant: Occupant, arrival: Arrival) {
        let (operation, adds) = match (occupant.gone, arrival) {
            _ if value.node().is_none() => (op::REPLACE, Adds::No),
            (true, Arrival::New) => (op::DELETE_AND_ADD, Adds::Yes),
            (false, Arrival::New) => (op::MOVE_AND_ADD, Adds::Yes),
            (true, Arrival::Known) => {
                self.entry_op(op::DELETE, index);
                (op::REPLACE, Adds::No)
            }
            (false, Arrival::Known) => (op::REPLACE, Adds::No),
        };
        self.entry_op(operation, index);
        self.value(element, value, adds);
    }

    /// Fills a slot past the old end.
    fn append(&mut self, index: u64, element: Element, value: &Scalar, arrival: Arrival) {
        let (operation, adds) = match arrival {
            Arrival::New => (op::ADD, Adds::Yes),
            Arrival::Known => (op::REPLACE, Adds::No),
        };
        self.entry_op(operation, index);
        self.value(element, value, adds);
    }
}

/// What stands in a slot until now.
#[derive(Debug, Clone, Copy)]
struct Occupant {
    /// It leaves the array, so its reference must be released.
    gone: bool,
}

/// What comes into a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// An instance that was not in the array, so that a reference must be counted; or a primitive.
    New,
    /// Was in the array at another position.
    Known,
}

fn slots(items: &[Scalar]) -> Vec<Slot> {
    items.iter().filter_map(Scalar::node).collect()
}

fn is_new(value: &Scalar, old: &FxHashSet<Slot>) -> Arrival {
    match value.node() {
        Some(slot) if old.contains(&slot) => Arrival::Known,
        _ => Arrival::New,
    }
}
