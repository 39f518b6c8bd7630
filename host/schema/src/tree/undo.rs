//! How a refused batch is taken back, step by step, until nothing shows that it ever was.
//!
//! That goes for what is remembered of the boundary too: it decides by which operations the next patch tells.

use std::sync::Arc;

use super::StateTree;
use crate::ViewId;
use crate::scalar::{Scalar, Slot};
use crate::store::{ArrayBefore, Cell, Entry};

/// A field of an instance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub slot: Slot,
    pub field: u8,
}

/// One step that was taken, with what is needed to take it back. What a first step since the boundary displaced is
/// remembered until the next.
#[derive(Debug)]
pub(super) enum Undo {
    Created(Slot),
    /// The first touch of a field; if it holds a single value, the first change of it.
    Touched(Spot),
    Single(Spot, Scalar),
    FirstPut(Spot, Arc<str>),
    Put(Spot, Arc<str>, Option<Entry>),
    /// Positions of an array moved, so more is remembered of it than this.
    Moved(Spot, Box<ArrayBefore>),
    Inserted(Spot, usize),
    FirstReplaced(Spot, usize),
    Replaced(Spot, usize, Scalar),
    Removed(Spot, usize, Scalar),
    Emptied(Spot, Vec<Scalar>),
    Added(Spot, u64),
    TakenOut(Spot, u64, Scalar),
    Hung(Slot, Spot),
    Unhung(Slot, Spot),
}

/// What was noted for the next boundary and had not been noted before.
#[derive(Debug, Clone, Copy)]
pub(super) enum Noted {
    /// An instance was hung or unhung.
    Moved(Slot),
    /// The mark of an instance changed in a view.
    Marked(ViewId, Slot),
}

/// What the open batch noted. Nothing is kept between batches.
#[derive(Debug, Default)]
pub(super) struct Notes(Option<Vec<Noted>>);

impl Notes {
    pub(super) fn open(&mut self) {
        self.0 = Some(Vec::new());
    }

    pub(super) fn close(&mut self) {
        self.0 = None;
    }

    pub(super) fn add(&mut self, noted: Noted) {
        if let Some(all) = &mut self.0 {
            all.push(noted);
        }
    }
}

impl StateTree {
    /// Forgets what the open batch noted for the next boundary, when all its steps are taken back.
    pub(super) fn take_notes_back(&mut self) {
        for noted in self.notes.0.take().into_iter().flatten() {
            match noted {
                Noted::Moved(slot) => {
                    self.moved.remove(&slot);
                }
                Noted::Marked(view, slot) => {
                    if let Some(view) = self.views.get_mut(&view) {
                        view.changed.remove(&slot);
                    }
                }
            }
        }
    }

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
            Undo::Touched(at) => {
                let Some(node) = self.node_mut(at.slot) else {
                    return;
                };
                node.untouch(at.field);
                if node.touched == 0 {
                    // It came last, as what came later is taken back.
                    self.touched.pop();
                }
            }
            Undo::Single(at, old) => self.in_cell(at, |cell| {
                if let Cell::Single(scalar) = cell {
                    *scalar = old;
                }
            }),
            Undo::FirstPut(at, key) => self.in_cell(at, |cell| {
                if let Cell::Map(map) = cell {
                    map.recall(key);
                }
            }),
            Undo::Put(at, key, old) => self.in_cell(at, |cell| {
                if let Cell::Map(map) = cell {
                    map.restore(key, old);
                }
            }),
            Undo::Moved(at, before) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.unmoved(before);
                }
            }),
            Undo::Inserted(at, index) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.remove(index);
                }
            }),
            Undo::FirstReplaced(at, index) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.recall(index);
                }
            }),
            Undo::Replaced(at, index, old) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.set(index, old, false);
                }
            }),
            Undo::Removed(at, index, old) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.insert(index, old);
                }
            }),
            Undo::Emptied(at, items) => self.in_cell(at, |cell| {
                if let Cell::Array(array) = cell {
                    array.restore(items);
                }
            }),
            Undo::Added(at, rank) => self.in_cell(at, |cell| {
                if let Cell::Members(members) = cell {
                    members.take_back(rank);
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
