//! What changed of an instance that clients know.

use super::{Adds, Encoder, element, op};
use crate::Element;
use crate::scalar::{Scalar, Slot};
use crate::store::{Cell, Entry, Map, Members};

impl Encoder<'_> {
    /// Writes what changed of these fields of an instance, then of its collections.
    pub(super) fn changes(&mut self, slot: Slot, fields: u64) {
        let Some((node, shape)) = self.node(slot) else {
            return;
        };
        for (field, old) in &node.before {
            let (Some(Cell::Single(value)), Some(shape)) = (node.cell(*field), shape.field(*field)) else {
                continue;
            };
            if fields >> field & 1 == 1 && value != old {
                self.switch(node.wire);
                self.single(*field, element(shape), value, old);
            }
        }
        let mut touched = node.touched & fields;
        while touched != 0 {
            let field = touched.trailing_zeros() as u8;
            touched &= touched - 1;
            let (Some(cell), Some(shape)) = (node.cell(field), shape.field(field)) else {
                continue;
            };
            let wire = node.wire + shape.ref_offset;
            match cell {
                Cell::Single(_) => {}
                Cell::Map(map) => self.map(wire, map, element(shape)),
                Cell::Array(array) => self.array(wire, array, element(shape), (slot, field)),
                Cell::Members(members) => self.members(wire, members, element(shape), (slot, field)),
            }
        }
    }

    fn single(&mut self, field: u8, element: Element, value: &Scalar, old: &Scalar) {
        let operation = match (old, value) {
            (_, Scalar::Unset) => op::DELETE,
            (Scalar::Node(_), _) => self.displacing(value),
            _ => op::ADD,
        };
        self.field_op(operation, field);
        if value.is_set() {
            self.value(element, value, Adds::Yes);
        }
    }

    fn map(&mut self, wire: u32, map: &Map, element: Element) {
        let Some(before) = map.before() else { return };
        let mut deleted = Vec::new();
        let mut replaced: Vec<(&str, &Entry)> = Vec::new();
        let mut added: Vec<(&str, &Entry)> = Vec::new();
        for (key, old) in &before.touched {
            match (old, map.get(key)) {
                (Some(old), Some(new)) if old.index == new.index => {
                    if old.value != new.value {
                        replaced.push((&**key, new));
                    }
                }
                (old, new) => {
                    deleted.extend(old.as_ref().map(|old| old.index));
                    added.extend(new.map(|new| (&**key, new)));
                }
            }
        }
        if deleted.is_empty() && replaced.is_empty() && added.is_empty() {
            return;
        }
        self.switch(wire);
        // A key that left and came back has a new index, so leaving must come first.
        if before.len > 1 && deleted.len() == before.len {
            self.wire.u8(op::CLEAR);
        } else {
            deleted.sort_unstable();
            deleted
                .into_iter()
                .for_each(|index| self.entry_op(op::DELETE, index));
        }
        replaced.sort_unstable_by_key(|(_, entry)| entry.index);
        for (key, entry) in replaced {
            match element {
                Element::Primitive(_) => self.entry_op(op::REPLACE, entry.index),
                Element::Struct(_) => {
                    let operation = self.displacing(&entry.value);
                    self.entry_op(operation, entry.index);
                    self.wire.text(key);
                }
            }
            self.value(element, &entry.value, Adds::Yes);
        }
        added.sort_unstable_by_key(|(_, entry)| entry.index);
        for (key, entry) in added {
            self.entry_op(op::ADD, entry.index);
            self.wire.text(key);
            self.value(element, &entry.value, Adds::Yes);
        }
    }

    /// Decoders of v3 and v4 number the entries of sets and collections themselves, so none can be removed
    /// by its index: what stays is sent anew (§10.4).
    fn members(&mut self, wire: u32, members: &Members, element: Element, at: (Slot, u8)) {
        let Some(before) = members.before() else { return };
        if before.missing > 0 {
            self.switch(wire);
            self.wire.u8(op::CLEAR);
            self.full_members(members, element, at, members.next_index);
            return;
        }
        let mut next = members.next_index;
        for (_, value) in members.since(before.rank) {
            self.switch(wire);
            self.entry_op(op::ADD, next);
            self.value(element, value, Adds::Yes);
            next += 1;
        }
        self.indexes.push((at.0, at.1, next));
    }
}
