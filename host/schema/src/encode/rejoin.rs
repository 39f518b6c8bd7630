//! Collections for a client that has some older state of them.
//!
//! Emptying a collection and filling it again is always right, but makes a client's callbacks tell it that everything
//! went and came. Where it is known what the client may have had, entries are sent one by one instead: decoders keep
//! silent about those that are as they were, whether the client has them, has others in their place, or has nothing.

use super::full::Entries;
use super::{Adds, Encoder, op};
use crate::Element;
use crate::scalar::{Scalar, Slot};
use crate::store::{Array, Cell, Map};

/// Positions behind the end of an array that are cheaper to empty one by one, however short it is now.
const SHORT_TAIL: usize = 32;

impl Encoder<'_> {
    /// Writes a collection so that the client ends with exactly its entries.
    pub(super) fn entries_for_rejoining(&mut self, wire: u32, cell: &Cell, element: Element, at: (Slot, u8)) {
        match cell {
            Cell::Single(_) => {}
            Cell::Map(map) => match map.gone() {
                Some(gone) => self.map_for_rejoining(wire, map, gone, element),
                None => self.refilled(wire, cell, element, at),
            },
            Cell::Array(array) => {
                let tail = array.longest() - array.items().len();
                if tail > SHORT_TAIL.max(2 * array.items().len()) {
                    self.refilled(wire, cell, element, at);
                } else {
                    self.array_for_rejoining(wire, array, element);
                }
            }
            // Decoders of v3 and v4 number these entries themselves (§10.4).
            Cell::Members(_) => self.refilled(wire, cell, element, at),
        }
    }

    fn refilled(&mut self, wire: u32, cell: &Cell, element: Element, at: (Slot, u8)) {
        self.switch(wire);
        self.wire.u8(op::CLEAR);
        self.full_entries(cell, element, at, Entries::Counted);
    }

    /// A key that left and came back has a new index, so leaving must come first.
    fn map_for_rejoining(&mut self, wire: u32, map: &Map, gone: Vec<u64>, element: Element) {
        for index in gone {
            self.switch(wire);
            self.entry_op(op::DELETE, index);
        }
        for (key, entry) in map.in_order() {
            self.switch(wire);
            self.entry_op(op::DELETE_AND_ADD, entry.index);
            self.wire.text(key);
            self.value(element, &entry.value, Adds::Yes);
        }
    }

    /// Never an ADD: at the first position, decoders of v3 and v4 take it for an insertion.
    fn array_for_rejoining(&mut self, wire: u32, array: &Array, element: Element) {
        let items: &[Scalar] = array.items();
        for (index, value) in (0..).zip(items) {
            self.switch(wire);
            self.entry_op(op::DELETE_AND_ADD, index);
            self.value(element, value, Adds::Yes);
        }
        for index in items.len()..array.longest() {
            self.switch(wire);
            self.entry_op(op::DELETE, index as u64);
        }
    }
}
