//! An instance with everything in it.

use super::{Adds, Encoder, Purpose, element, op};
use crate::Element;
use crate::scalar::{Scalar, Slot};
use crate::schema::FieldShape;
use crate::store::{Array, Cell, Map, Members, Node};

/// Whether a client may have counted additions to a collection before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entries {
    /// None: it has just been told of the collection.
    First,
    /// As many as there ever were.
    Counted,
}

impl Encoder<'_> {
    /// Writes these fields of an instance, then the entries of its collections. A client that rejoins lets go
    /// of what it has in the fields of `hidden`.
    pub(super) fn full(&mut self, slot: Slot, fields: u64, hidden: u64) {
        let Some((node, shape)) = self.node(slot) else {
            return;
        };
        for (field, (shape, cell)) in (0..).zip(shape.fields.iter().zip(&node.cells)) {
            if fields >> field & 1 == 1 {
                self.full_field(node, field, shape, cell);
            } else if self.purpose == Purpose::Resync && hidden >> field & 1 == 1 {
                self.switch(node.wire);
                self.field_op(op::DELETE, field);
            }
        }
        for (field, (shape, cell)) in (0..).zip(shape.fields.iter().zip(&node.cells)) {
            if fields >> field & 1 == 0 {
                continue;
            }
            if matches!(cell, Cell::Single(_)) {
                continue;
            }
            let wire = node.wire + shape.ref_offset;
            if self.purpose == Purpose::Resync {
                self.entries_for_rejoining(wire, cell, element(shape), (slot, field));
            } else if cell.entries() > 0 {
                self.switch(wire);
                self.full_entries(cell, element(shape), (slot, field), Entries::First);
            }
        }
    }

    /// All entries of a collection, which the client has without any.
    pub(super) fn full_entries(&mut self, cell: &Cell, element: Element, at: (Slot, u8), entries: Entries) {
        match cell {
            Cell::Single(_) => {}
            Cell::Map(map) => self.full_map(map, element),
            Cell::Array(array) => self.full_array(array, element),
            Cell::Members(members) => {
                let first = match entries {
                    Entries::First => 0,
                    Entries::Counted => members.next_index,
                };
                self.full_members(members, element, at, first);
            }
        }
    }

    fn full_field(&mut self, node: &Node, field: u8, shape: &FieldShape, cell: &Cell) {
        let resync = self.purpose == Purpose::Resync;
        match cell {
            Cell::Single(value) if self.purpose == Purpose::Renewal && node.wire == 0 => {
                self.root_field_v2(field, shape, value);
            }
            Cell::Single(Scalar::Unset) if resync => {
                self.switch(node.wire);
                self.field_op(op::DELETE, field);
            }
            Cell::Single(Scalar::Unset) => {}
            Cell::Single(value) => {
                self.switch(node.wire);
                // A client that rejoins lets go of what it has there, be it the same.
                let releases = resync && value.node().is_some();
                self.field_op(if releases { op::DELETE_AND_ADD } else { op::ADD }, field);
                self.value(element(shape), value, Adds::Yes);
            }
            _ => {
                self.switch(node.wire);
                self.field_op(op::ADD, field);
                self.wire.count(self.number(node.wire + shape.ref_offset));
            }
        }
    }

    fn full_map(&mut self, map: &Map, element: Element) {
        for (key, entry) in map.in_order() {
            self.entry_op(op::ADD, entry.index);
            self.wire.text(key);
            self.value(element, &entry.value, Adds::Yes);
        }
    }

    pub(super) fn full_array(&mut self, array: &Array, element: Element) {
        for (index, value) in (0..).zip(array.items()) {
            self.entry_op(op::ADD, index);
            self.value(element, value, Adds::Yes);
        }
    }

    /// All members, under indexes from `first`.
    pub(super) fn full_members(&mut self, members: &Members, element: Element, at: (Slot, u8), first: u64) {
        let mut next = first;
        for value in members.iter() {
            self.entry_op(op::ADD, next);
            self.value(element, value, Adds::Yes);
            next += 1;
        }
        self.indexes.push((at.0, at.1, next));
    }
}
