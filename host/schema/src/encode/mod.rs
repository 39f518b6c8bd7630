//! Bodies of ROOM_STATE and ROOM_STATE_PATCH (protocol §10): the same bytes for decoders of v3, v4 and v5.
//!
//! Only operations are used that all of them apply alike (§10.4). The order is: what clients know and what
//! changed of it, the root first; then every new instance, each after the one that holds it. Bodies for
//! decoders of v2 are written by the same walk; where they differ is in `v2`.

mod array;
mod full;
mod partial;
mod patch;
mod rejoin;
mod v2;
mod view;

pub(crate) use v2::References;
pub use v2::{Decoders, PatchV2};

use std::collections::VecDeque;

use bytes::Bytes;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::scalar::{Scalar, Slot};
use crate::schema::{FieldShape, Shape};
use crate::store::{Audience, Cell, Node, Stage};
use crate::tree::StateTree;
use crate::wire::Wire;
use crate::{Element, StructIndex};

pub(crate) use view::{resync as view_resync, snapshot as view_snapshot};

/// Operations of the wire (§10.2, §10.3).
mod op {
    pub const REPLACE: u8 = 0x00;
    pub const ADD: u8 = 0x80;
    pub const DELETE: u8 = 0x40;
    pub const DELETE_AND_ADD: u8 = 0xc0;
    pub const MOVE_AND_ADD: u8 = 0xa0;
    pub const CLEAR: u8 = 0x0a;
    pub const SWITCH: u8 = 0xff;
    pub const TYPE_ID: u8 = 0xd5;
}

const ROOT: Slot = 0;
/// Bytes for what changed of an instance: its reference and two fractions.
const TYPICAL: usize = 24;

/// What takes clients from one boundary to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// For the decoders of v3, v4 and v5. Only a renewal can come without one.
    pub current: Option<Bytes>,
    /// For those of v2.
    pub v2: PatchV2,
}

/// See [`StateTree::patch_for`].
pub(crate) fn patch(tree: &mut StateTree, oldest: Decoders) -> Option<Patch> {
    let renewal_due = oldest == Decoders::V2 && tree.references_v2().renewal_due();
    if !tree.has_changes() && !renewal_due {
        return None;
    }
    let settled = tree.settle_audience();
    let moved = tree.take_moved();
    let touched = tree.take_touched();
    let encoder = changed(tree, &touched, Decoders::Current);
    let v2 = match oldest {
        Decoders::Current => PatchV2::Same,
        Decoders::V2 => v2::patch(tree, &touched, &encoder),
    };
    let Encoder {
        wire, indexes, queue, ..
    } = encoder;
    advance(tree, indexes);
    let boundary = view::Boundary {
        touched: &touched,
        moved: &moved,
        reborn: &settled.reborn,
    };
    view::patch(tree, &boundary);
    for slot in touched {
        // The place may have been left; what moved in since then has never been touched.
        if let Some(node) = tree.node_mut(slot) {
            node.settle();
        }
    }
    for slot in queue.into_iter().chain(settled.apart) {
        if let Some(node) = tree.node_mut(slot) {
            node.stage = Stage::Known;
        }
    }
    if matches!(v2, PatchV2::Renewal(_)) {
        let end = tree.next_wire();
        tree.references_v2_mut().renewed(end);
    }
    let current = (wire.len() > 0).then(|| wire.into_bytes());
    (current.is_some() || v2 != PatchV2::Same).then_some(Patch { current, v2 })
}

/// Writes what changed of the instances that everybody knows, and what is new.
fn changed<'a>(tree: &'a StateTree, touched: &[Slot], decoders: Decoders) -> Encoder<'a> {
    let mut encoder = Encoder::new(tree, Purpose::Patch, decoders, TYPICAL * touched.len());
    for &slot in touched {
        if let Some((node, shape)) = encoder.node(slot)
            && node.audience == Audience::Everyone
        {
            encoder.changes(slot, !shape.tagged);
        }
    }
    encoder.introduced();
    encoder
}

/// See [`StateTree::snapshot`].
pub(crate) fn snapshot(tree: &StateTree, decoders: Decoders) -> Bytes {
    Encoder::new(tree, Purpose::Snapshot, decoders, 1024).whole()
}

/// See [`StateTree::resync`].
pub(crate) fn resync(tree: &mut StateTree) -> Bytes {
    let mut encoder = Encoder::new(tree, Purpose::Resync, Decoders::Current, 1024);
    encoder.queue.push_back(ROOT);
    encoder.introduced();
    let Encoder { wire, indexes, .. } = encoder;
    advance(tree, indexes);
    wire.into_bytes()
}

fn advance(tree: &mut StateTree, indexes: Vec<(Slot, u8, u64)>) {
    for (slot, field, next) in indexes {
        if let Some(Cell::Members(members)) = tree.node_mut(slot).and_then(|node| node.cell_mut(field)) {
            members.next_index = members.next_index.max(next);
        }
    }
}

/// What a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Clients that have the state of the last boundary.
    Patch,
    /// A client that has nothing.
    Snapshot,
    /// A client that has an older state.
    Resync,
    /// Clients of v2, whatever they have (`v2`).
    Renewal,
}

/// Whom a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All clients: what no view tag hides.
    Everyone,
    /// One client with a view, on top of that.
    Viewer,
}

struct Encoder<'a> {
    tree: &'a StateTree,
    purpose: Purpose,
    scope: Scope,
    decoders: Decoders,
    /// Whether decoders of v2 would read what is written in another way than the others.
    diverges: bool,
    /// Whether something was put elsewhere that is fragile in the hands of decoders of v2.
    moves_fragile: bool,
    /// What decoders of v2 add to references, see [`References`].
    base: u64,
    wire: Wire,
    /// Instances introduced so far. Those before `done` are written out. For a viewer: those that were
    /// mentioned and that not everybody knows.
    queue: VecDeque<Slot>,
    done: usize,
    /// Those of them that hang at several places.
    seen: FxHashSet<Slot>,
    /// For decoders of v2: at how many places those are still to be put.
    due: FxHashMap<Slot, u32>,
    /// What `Members::next_index` must become.
    indexes: Vec<(Slot, u8, u64)>,
    /// The structure that operations apply to (§10.1).
    current: u32,
}

impl<'a> Encoder<'a> {
    fn new(tree: &'a StateTree, purpose: Purpose, decoders: Decoders, capacity: usize) -> Self {
        Self {
            tree,
            purpose,
            scope: Scope::Everyone,
            decoders,
            diverges: false,
            moves_fragile: false,
            base: match decoders {
                Decoders::Current => 0,
                Decoders::V2 => tree.references_v2().base(),
            },
            wire: Wire::with_capacity(capacity),
            queue: VecDeque::new(),
            done: 0,
            seen: FxHashSet::default(),
            due: FxHashMap::default(),
            indexes: Vec::new(),
            current: 0,
        }
    }

    fn node(&self, slot: Slot) -> Option<(&'a Node, &'a Shape)> {
        let node = self.tree.node(slot)?;
        Some((node, self.tree.schema().shape(node.definition)?))
    }

    /// Writes everything.
    fn whole(mut self) -> Bytes {
        self.queue.push_back(ROOT);
        self.introduced();
        self.wire.into_bytes()
    }

    /// Writes out what was introduced, and what that introduces.
    fn introduced(&mut self) {
        while let Some(&slot) = self.queue.get(self.done) {
            self.done += 1;
            if let Some((_, shape)) = self.node(slot) {
                self.full(slot, !shape.tagged, shape.tagged);
            }
        }
    }

    /// Makes a structure the current one.
    #[inline]
    fn switch(&mut self, wire: u32) {
        if self.current != wire {
            self.wire.u8(op::SWITCH);
            self.wire.count(self.number(wire));
            self.current = wire;
        }
    }

    /// A reference as the clients know it.
    #[inline]
    fn number(&self, wire: u32) -> u64 {
        match wire {
            0 => 0,
            wire => self.base + u64::from(wire),
        }
    }

    /// An operation on a field of an instance (§10.2), without its value.
    #[inline]
    fn field_op(&mut self, operation: u8, field: u8) {
        let byte = operation | field;
        if byte == op::TYPE_ID {
            // After a reference, decoders would take this byte for the mark of a type id.
            self.wire.u8(op::DELETE | field);
            self.wire.u8(op::ADD | field);
        } else {
            self.wire.u8(byte);
        }
    }

    /// An operation on an entry of a collection (§10.3), without its value.
    fn entry_op(&mut self, operation: u8, index: u64) {
        self.wire.u8(operation);
        self.wire.count(index);
    }

    /// A value after its operation. `adds` tells whether the operation counts a reference.
    #[inline]
    fn value(&mut self, element: Element, value: &Scalar, adds: Adds) {
        match (element, value) {
            (Element::Primitive(primitive), value) => self.wire.primitive(primitive, value),
            (Element::Struct(declared), Scalar::Node(slot)) => self.reference(*slot, declared, adds),
            // The tree stores only instances under a struct type.
            (Element::Struct(_), _) => {}
        }
    }

    fn reference(&mut self, slot: Slot, declared: StructIndex, adds: Adds) {
        let Some((node, shape)) = self.node(slot) else {
            return;
        };
        self.wire.count(self.number(node.wire));
        let introduces = match self.scope {
            Scope::Everyone => self.purpose != Purpose::Patch || node.stage == Stage::Fresh,
            Scope::Viewer => node.audience == Audience::Viewers,
        };
        self.moves_fragile |= shape.fragile && !introduces;
        if adds == Adds::No {
            return;
        }
        if node.definition != declared {
            self.wire.u8(op::TYPE_ID);
            self.wire.count(u64::from(node.definition.0));
        }
        if !introduces {
            return;
        }
        match (node.places.is_shared(), self.decoders) {
            (false, _) => self.queue.push_back(slot),
            (true, Decoders::V2) => self.introduce_shared_v2(slot, node),
            (true, Decoders::Current) => {
                self.diverges |= shape.fragile;
                if self.seen.insert(slot) {
                    self.queue.push_back(slot);
                }
            }
        }
    }
}

/// Whether an operation counts a reference, and so may introduce an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Adds {
    Yes,
    No,
}

/// What a field holds or its collection's elements are.
fn element(field: &FieldShape) -> Element {
    field.kind.element()
}
