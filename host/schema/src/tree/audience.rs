//! Who comes upon which instance. Settled at each boundary, from what was moved since the last.

use rustc_hash::FxHashMap;

use super::{ROOT, StateTree};
use crate::scalar::Slot;
use crate::store::{Audience, Node, Stage};

/// References for the wire that are kept back for instances whose audience changes: see
/// [`StateTree::may_hang`].
const KEPT_BACK: u32 = 1 << 28;

/// What came of settling.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Instances whose audience changed. To clients they are new: with a new reference, since to some of
    /// them nothing was ever said of the old one.
    pub reborn: Vec<Slot>,
    /// Instances that not everybody sees and that were not there at the last boundary, the reborn among
    /// them.
    pub apart: Vec<Slot>,
}

impl StateTree {
    /// Finds out who comes upon what was moved, and upon what hangs below it.
    ///
    /// Costs as much as what was moved and what changed its audience, if any field carries a tag; else
    /// nothing.
    pub(crate) fn settle_audience(&mut self) -> Settled {
        let mut settled = Settled::default();
        if !self.schema.has_tags() {
            return settled;
        }
        let mut found = FxHashMap::default();
        let mut open: Vec<Slot> = self.moved.iter().copied().collect();
        let moved = open.clone();
        // The same order for the same history: it decides what views note, and who gets which reference.
        self.order(&mut open);
        while let Some(slot) = open.pop() {
            let audience = self.audience(slot, &mut found);
            let Some(node) = self.node(slot).filter(|node| node.audience != audience) else {
                continue;
            };
            let stage = node.stage;
            self.set_audience(slot, audience);
            if stage == Stage::Known {
                settled.reborn.push(slot);
            }
            let mut below = self.seen_with(slot);
            self.order(&mut below);
            open.append(&mut below);
        }
        self.order(&mut settled.reborn);
        for &slot in &settled.reborn {
            self.give_new_references(slot);
        }
        let new = moved.iter().chain(&settled.reborn).filter(|slot| {
            self.node(**slot)
                .is_some_and(|node| node.stage == Stage::Fresh && node.audience == Audience::Viewers)
        });
        settled.apart = new.copied().collect();
        if !settled.reborn.is_empty() {
            self.snapshot.take();
            self.resync = None;
        }
        settled
    }

    /// Whether instances may still be hung: references for the wire are kept back, so that each instance
    /// there is can change its audience once more.
    pub(super) fn may_hang(&self) -> bool {
        !self.schema.has_tags() || self.next_wire < u32::MAX - KEPT_BACK
    }

    // As deep as the tree at most, which is bounded as its nesting is.
    fn audience(&self, slot: Slot, found: &mut FxHashMap<Slot, Audience>) -> Audience {
        if slot == ROOT {
            return Audience::Everyone;
        }
        if let Some(audience) = found.get(&slot) {
            return *audience;
        }
        let places = self.node(slot).into_iter().flat_map(|node| node.places.iter());
        let mut everyone = places
            .filter(|&(holder, field)| !self.is_tagged(holder, field))
            .map(|(holder, _)| holder);
        let audience = if everyone.any(|holder| self.audience(holder, found) == Audience::Everyone) {
            Audience::Everyone
        } else {
            Audience::Viewers
        };
        found.insert(slot, audience);
        audience
    }

    /// At how many places everybody comes upon an instance. Only at a boundary.
    pub(crate) fn shared_places(&self, node: &Node) -> u32 {
        if !self.schema.has_tags() {
            return node.places.total();
        }
        let seen = node.places.iter().filter(|&(holder, field)| {
            !self.is_tagged(holder, field)
                && self
                    .node(holder)
                    .is_some_and(|holder| holder.audience == Audience::Everyone)
        });
        seen.map(|(holder, field)| node.places.count(holder, field)).sum()
    }

    pub(crate) fn is_tagged(&self, slot: Slot, field: u8) -> bool {
        self.node(slot)
            .and_then(|node| self.schema.shape(node.definition))
            .is_some_and(|shape| shape.tagged >> field & 1 == 1)
    }

    /// Oldest first.
    fn order(&self, slots: &mut [Slot]) {
        slots.sort_unstable_by_key(|slot| self.node(*slot).map(|node| node.wire));
    }

    fn give_new_references(&mut self, slot: Slot) {
        let wire = self.next_wire;
        let Some(node) = self.nodes.get_mut(slot as usize).and_then(Option::as_mut) else {
            return;
        };
        let refs = self.schema.shape(node.definition).map_or(1, |shape| shape.refs);
        // `may_hang` has seen to it that there are enough.
        self.next_wire = wire.saturating_add(refs);
        node.wire = wire;
        node.stage = Stage::Fresh;
        node.settle();
    }

    /// What whoever sees an instance sees in it.
    fn seen_with(&self, slot: Slot) -> Vec<Slot> {
        let mut children = Vec::new();
        if let Some(node) = self.node(slot)
            && let Some(shape) = self.schema.shape(node.definition)
        {
            for (field, cell) in shape.fields.iter().zip(&node.cells) {
                if field.view.is_none() {
                    cell.each_node(|child| children.push(child));
                }
            }
        }
        children
    }
}
