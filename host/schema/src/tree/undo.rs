//! How a refused batch is taken back, step by step.

use std::sync::Arc;

use super::StateTree;
use crate::scalar::{Scalar, Slot};
use crate::store::{Cell, Entry};

/// A field of an instance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub slot: Slot,
    pub field: u8,
}

/// One step that was taken, with what is needed to take it back.
#[derive(Debug)]
pub(super) enum Undo {
    Created(Slot),
    Single(Spot, Scalar),
    Put(Spot, Arc<str>, Option<Entry>),
    Inserted(Spot, usize),
    Replaced(Spot, usize, Scalar),
    Removed(Spot, usize, Scalar),
    Emptied(Spot, Vec<Scalar>),
    Added(Spot, u64),
    TakenOut(Spot, u64, Scalar),
    Hung(Slot, Spot),
    Unhung(Slot, Spot),
}

impl StateTree {
    /// Takes one step back. Steps must come in reverse order.
    pub(super) fn take_back(&mut self, step: Undo) {
        match step {
            Undo::Created(slot) => {
                if let Some(node) = self.nodes.get_mut(slot as usize).and_then(Option::take) {
                    if let Some(number) = node.number {
                        self.numbers.forget(number);
                    }
                    self.free.push(slot);
                }
            }
            Undo::Hung(child, at) => self.unhang(child, at),
            Undo::Unhung(child, at) => self.hang(child, at),
            Undo::Single(at, old) => self.in_cell(at, |cell| {
                if let Cell::Single(scalar) = cell {
                    *scalar = old;
                }
            }),
            Undo::Put(at, key, old) => self.in_cell(at, |cell| {
                if let Cell::Map(map) = cell {
                    map.restore(key, old);
                }
            }),
            Undo::Inserted(at, index) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.remove(index, false);
                }
            }),
            Undo::Replaced(at, index, old) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.set(index, old, false);
                }
            }),
            Undo::Removed(at, index, old) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.insert(index, old, false);
                }
            }),
            Undo::Emptied(at, items) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.restore(items);
                }
            }),
            Undo::Added(at, rank) => self.in_cell(at, |cell| {
                if let Cell::Members(members) = cell {
                    members.remove(rank, false);
                }
            }),
            Undo::TakenOut(at, rank, value) => self.in_cell(at, |cell| {
                if let Cell::Members(members) = cell {
                    members.restore(rank, value);
                }
            }),
        }
    }

    fn in_cell(&mut self, at: Spot, change: impl FnOnce(&mut Cell)) {
        if let Some(cell) = self.node_mut(at.slot).and_then(|node| node.cell_mut(at.field)) {
            change(cell);
        }
    }
}
