//! Hanging instances into the tree, and the guard against circles.

use std::collections::HashMap;

use super::undo::{Noted, Spot};
use super::{MAX_NESTING, ROOT, StateTree};
use crate::scalar::Slot;
use crate::schema::FieldShape;
use crate::store::Cell;

/// Why an instance cannot hang where it should.
pub(super) enum Snag {
    Circular,
    TooDeep,
    TooManySteps,
}

impl StateTree {
    /// Counts one more place of `child`. The cell holds it already.
    pub(super) fn hang(&mut self, child: Slot, at: Spot) {
        let Some(node) = self.node_mut(child) else { return };
        node.places.add(at.slot, at.field);
        if node.places.count(at.slot, at.field) > 1 {
            self.double(at, 1);
        } else {
            self.note_moved(child);
            self.gained_holder(child, at);
        }
    }

    /// Counts one place of `child` less. The cell does not hold it any more.
    pub(super) fn unhang(&mut self, child: Slot, at: Spot) {
        let Some(node) = self.node_mut(child) else { return };
        if node.places.count(at.slot, at.field) > 1 {
            node.places.remove(at.slot, at.field);
            self.double(at, -1);
        } else {
            node.places.remove(at.slot, at.field);
            self.note_moved(child);
            self.lost_holder(child, at);
        }
    }

    /// Notes that the places of an instance changed, if that may change who sees it.
    pub(super) fn note_moved(&mut self, slot: Slot) {
        if self.schema.has_tags() && self.moved.insert(slot) {
            self.notes.add(Noted::Moved(slot));
        }
    }

    fn double(&mut self, at: Spot, by: i32) {
        if let Some(Cell::Array(array)) = self.node_mut(at.slot).and_then(|node| node.cell_mut(at.field)) {
            array.doubles = array.doubles.saturating_add_signed(by);
        }
    }

    /// Whether `child` may hang in a field of `parent`. Free unless structs can contain one another.
    pub(super) fn check_hang(
        &self,
        child: Slot,
        parent: Slot,
        field: &FieldShape,
        steps: &mut u64,
    ) -> Result<(), Snag> {
        if child == ROOT {
            return Err(Snag::Circular);
        }
        let nests = self.nests(child);
        if !field.recursive && !nests {
            return Ok(());
        }
        let mut walk = Walk {
            tree: self,
            seen: HashMap::new(),
            steps,
        };
        let below = if nests { walk.below(child, parent)? } else { 0 };
        walk.seen.clear();
        let above = walk.above(parent)?;
        if above + u32::from(field.recursive) + below > MAX_NESTING {
            return Err(Snag::TooDeep);
        }
        Ok(())
    }

    /// Whether recursive fields can be met at or below an instance.
    fn nests(&self, slot: Slot) -> bool {
        self.node(slot)
            .and_then(|node| self.schema.shape(node.definition))
            .is_some_and(|shape| shape.nests)
    }
}

/// A walk over instances that counts its steps. What is hung already is free of circles and no deeper
/// than allowed, which bounds the recursion.
struct Walk<'a> {
    tree: &'a StateTree,
    /// Results for instances that hang at several places.
    seen: HashMap<Slot, u32>,
    steps: &'a mut u64,
}

impl Walk<'_> {
    /// Most recursive fields on a way down from `slot`; circular if a way leads to `target`.
    fn below(&mut self, slot: Slot, target: Slot) -> Result<u32, Snag> {
        if slot == target {
            return Err(Snag::Circular);
        }
        if let Some(&depth) = self.seen.get(&slot) {
            return Ok(depth);
        }
        let Some(node) = self.tree.node(slot) else {
            return Ok(0);
        };
        let Some(shape) = self.tree.schema.shape(node.definition) else {
            return Ok(0);
        };
        let mut deepest = 0;
        for (field, cell) in shape.fields.iter().zip(&node.cells) {
            if field.kind.target().is_none() {
                continue;
            }
            let mut children = Vec::new();
            cell.each_node(|child| children.push(child));
            self.step(1 + children.len())?;
            for child in children {
                let below = if self.tree.nests(child) {
                    self.below(child, target)?
                } else {
                    0
                };
                deepest = deepest.max(below + u32::from(field.recursive));
            }
        }
        if node.places.is_shared() {
            self.seen.insert(slot, deepest);
        }
        Ok(deepest)
    }

    /// Most recursive fields on a way up from `slot`.
    fn above(&mut self, slot: Slot) -> Result<u32, Snag> {
        if let Some(&depth) = self.seen.get(&slot) {
            return Ok(depth);
        }
        let Some(node) = self.tree.node(slot) else {
            return Ok(0);
        };
        let mut highest = 0;
        for (parent, field) in node.places.iter() {
            self.step(1)?;
            let recursive = self
                .tree
                .node(parent)
                .and_then(|parent| self.tree.schema.shape(parent.definition))
                .and_then(|shape| shape.field(field))
                .is_some_and(|field| field.recursive);
            highest = highest.max(self.above(parent)? + u32::from(recursive));
        }
        if node.places.is_shared() {
            self.seen.insert(slot, highest);
        }
        Ok(highest)
    }

    fn step(&mut self, count: usize) -> Result<(), Snag> {
        match self.steps.checked_sub(count as u64) {
            Some(left) => {
                *self.steps = left;
                Ok(())
            }
            None => Err(Snag::TooManySteps),
        }
    }
}
