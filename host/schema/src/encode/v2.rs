//! Where bodies for decoders of v2, those of SDK 0.15, go other ways (protocol §10.7).
//!
//! Such a decoder lets go of an entry's or field's occupant by itself when ADD puts an instance there that
//! it does not have yet; with DELETE_AND_ADD it would let go of it twice. It keeps the elements of an array
//! under the numbers at which they came and never closes a gap, so elements are deleted from the end only.
//!
//! Every instance knows the holder at which it was put last, and each change is reported from holder to holder
//! up to the root. Putting an instance somewhere corrects that for all that lies below it, but not for the
//! entries of maps: a change of one of those is an exception from then on. So an instance that may have
//! such entries below it, or may end up below itself, must be put everywhere before anything is put
//! into it, and never again. If a patch would have to, all is *renewed*: the state is sent as new instances
//! with references never used before, and the decoder lets go of the old ones.

use bytes::Bytes;
use rustc_hash::FxHashSet;

use super::{Adds, Encoder, Purpose, changed, op};
use crate::scalar::{Scalar, Slot};
use crate::schema::FieldShape;
use crate::store::{Array, Node, Stage};
use crate::tree::StateTree;
use crate::{Element, FieldType};

/// Which decoders of `@colyseus/schema` a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decoders {
    /// Of v3, v4 and v5: SDKs 0.16, 0.17 and 0.18.
    Current,
    /// Of v2: SDK 0.15.
    V2,
}

/// A patch for decoders of v2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchV2 {
    /// They read what the others get, if that is anything; or nobody asked for them.
    Same,
    /// A body of their own.
    Own(Bytes),
    /// A body that takes a client to the present state whatever it has.
    Renewal(Bytes),
}

/// By which references clients of v2 know what is in a tree: those of the tree, all but the root's from a base on.
#[derive(Debug, Default)]
pub(crate) struct References {
    base: u64,
    /// Whether the next patch must be a renewal.
    renewal_due: bool,
}

impl References {
    pub(crate) fn renew(&mut self) {
        self.renewal_due = true;
    }

    pub(crate) fn renewal_due(&self) -> bool {
        self.renewal_due
    }

    /// Whether the tree's own references are used.
    pub(crate) fn is_unused(&self) -> bool {
        self.base == 0
    }

    /// What must be added to the tree's reference for the wire.
    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// A renewal has used the tree's references up to `end` anew.
    pub(super) fn renewed(&mut self, end: u32) {
        self.base += u64::from(end);
        self.renewal_due = false;
    }
}

/// The greatest reference that JavaScript can count to. What is put into a field to be deleted in the same body
/// has this one or one of those below it.
const LAST_REFERENCE: u64 = (1 << 53) - 1;

/// The patch for decoders of v2, beside the one for all others.
pub(super) fn patch(tree: &StateTree, touched: &[Slot], current: &Encoder<'_>) -> PatchV2 {
    let references = tree.references_v2();
    if !references.renewal_due() && !current.moves_fragile {
        if !current.diverges && references.is_unused() {
            return PatchV2::Same;
        }
        let own = changed(tree, touched, Decoders::V2);
        if !own.moves_fragile {
            return PatchV2::Own(own.wire.into_bytes());
        }
    }
    let mut encoder = Encoder::new(tree, Purpose::Renewal, Decoders::V2, 1024);
    encoder.base += u64::from(tree.next_wire());
    PatchV2::Renewal(encoder.whole())
}

impl Encoder<'_> {
    /// Takes a newcomer in that hangs at several places: it is written out after it has been put at all of them.
    pub(super) fn introduce_shared_v2(&mut self, slot: Slot, node: &Node) {
        self.seen.insert(slot);
        let tree = self.tree;
        let due = self.due.entry(slot).or_insert_with(|| tree.shared_places(node));
        *due = due.saturating_sub(1);
        if *due == 0 {
            self.queue.push_back(slot);
        }
    }

    /// The operation that puts another instance in an instance's place.
    pub(super) fn displacing(&mut self, newcomer: &Scalar) -> u8 {
        if newcomer.node().is_some_and(|slot| self.is_unknown(slot)) {
            self.diverges = true;
            if self.decoders == Decoders::V2 {
                return op::ADD;
            }
        }
        op::DELETE_AND_ADD
    }

    /// Whether the clients have not heard of an instance, in this body neither.
    fn is_unknown(&self, slot: Slot) -> bool {
        self.tree.node(slot).is_some_and(|node| {
            (self.purpose != Purpose::Patch || node.stage == Stage::Fresh)
                && !(node.places.is_shared() && self.seen.contains(&slot))
        })
    }

    /// Some of the first `len` slots of an array of instances got new occupants, and more may follow them; none
    /// is in it twice. `left` are the former occupants.
    pub(super) fn in_place_v2(
        &mut self,
        wire: u32,
        new: &[Scalar],
        element: Element,
        len: usize,
        changed: &[(&usize, &Scalar)],
        left: &FxHashSet<Slot>,
    ) {
        self.switch(wire);
        let changed = changed
            .iter()
            .filter_map(|(index, _)| Some((**index, new.get(**index)?)));
        let stays = |value: &Scalar| value.node().is_some_and(|slot| left.contains(&slot));
        // If nobody came, nobody left: they have changed places, and no reference is counted.
        let swapped = changed.clone().all(|(_, value)| stays(value));
        for (index, value) in changed {
            let (operation, adds) = if swapped {
                (op::REPLACE, Adds::No)
            } else {
                (self.displacing(value), Adds::Yes)
            };
            self.entry_op(operation, index as u64);
            self.value(element, value, adds);
        }
        self.appended_v2(element, new.get(len..).unwrap_or_default().iter(), len);
    }

    /// Positions of an array of instances moved; none is in it twice. If nobody left, newcomers are appended
    /// and then each slot takes what is due. If only the end went, it is deleted. All else is sent anew: who
    /// left has no reference any more by which it could be moved to the end.
    pub(super) fn moved_v2(&mut self, wire: u32, old: &[Scalar], array: &Array, element: Element) {
        let new = array.items();
        if old.starts_with(new) {
            self.switch(wire);
            for index in (new.len()..old.len()).rev() {
                self.entry_op(op::DELETE, index as u64);
            }
            return;
        }
        let was: FxHashSet<Slot> = old.iter().filter_map(Scalar::node).collect();
        let newcomers: Vec<&Scalar> = new
            .iter()
            .filter(|value| value.node().is_some_and(|slot| !was.contains(&slot)))
            .collect();
        if new.len() != old.len() + newcomers.len() {
            self.anew(wire, array, element, old.len());
            return;
        }
        self.switch(wire);
        self.appended_v2(element, newcomers.iter().copied(), old.len());
        let slots = old.iter().chain(newcomers);
        for ((occupant, value), index) in slots.zip(new).zip(0..) {
            if occupant != value {
                self.entry_op(op::REPLACE, index);
                self.value(element, value, Adds::No);
            }
        }
    }

    fn appended_v2<'v>(&mut self, element: Element, values: impl Iterator<Item = &'v Scalar>, first: usize) {
        for (value, index) in values.zip(first as u64..) {
            self.entry_op(op::ADD, index);
            self.value(element, value, Adds::Yes);
        }
    }

    /// A field of the root in a renewal, that is, for clients of which it is not known what they have there. A
    /// field that holds instances begins with one that has no reference and cannot be deleted in silence, so a
    /// passing one takes its place where adding alone would not.
    pub(super) fn root_field_v2(&mut self, field: u8, shape: &FieldShape, value: &Scalar) {
        self.switch(0);
        let passes = match value {
            Scalar::Node(slot) => !self.is_unknown(*slot),
            _ => matches!(shape.kind, FieldType::Struct(_)),
        };
        if passes {
            self.field_op(op::ADD, field);
            self.wire.count(LAST_REFERENCE - u64::from(field));
        }
        let operation = match (value.is_set(), passes) {
            (false, _) => op::DELETE,
            (true, true) => op::DELETE_AND_ADD,
            (true, false) => op::ADD,
        };
        self.field_op(operation, field);
        if value.is_set() {
            self.value(super::element(shape), value, Adds::Yes);
        }
    }
}
