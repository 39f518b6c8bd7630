//! The state tree of one room.

mod audience;
mod batch;
mod checkpoint;
mod dump;
mod edit;
mod follow;
mod hang;
mod packed;
mod replace;
mod steps;
mod undo;
mod views;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use rustc_hash::FxHashSet;

use crate::encode::{self, Decoders, Patch, References};
use crate::numbers::Numbers;
use crate::scalar::Slot;
use crate::store::{Audience, Node, Stage};
use crate::view::View;
use crate::{Change, NodeId, PackedNumbers, Plain, Schema, StateError, TreeLimits, ViewId};

pub use checkpoint::Checkpoint;
pub use follow::Twins;

/// Deepest nesting of structs that can contain one another.
pub const MAX_NESTING: u32 = 64;

const ROOT: Slot = 0;

/// The synchronised state of a room: what it is now, and what changed since the last *boundary*.
///
/// [`apply`](Self::apply) and [`replace`](Self::replace) change it. [`patch`](Self::patch) gives the
/// clients what changed and makes now the boundary. [`snapshot`](Self::snapshot) and
/// [`resync`](Self::resync) give one client all of it; call `patch` first and send it to the others, so
/// that no client is told a change twice.
#[derive(Debug)]
pub struct StateTree {
    id: TreeId,
    schema: Arc<Schema>,
    limits: TreeLimits,
    nodes: Vec<Option<Node>>,
    /// Empty places in `nodes`.
    free: Vec<Slot>,
    /// Places that known instances left since the boundary. What the tree remembers of the boundary may
    /// still name them, so they are not used again before the next one.
    resting: Vec<Slot>,
    numbers: Numbers,
    next_wire: u32,
    values: u64,
    text_bytes: u64,
    /// Known instances touched since the boundary.
    touched: Vec<Slot>,
    /// What was hung or unhung since the boundary. Only if a field carries a view tag.
    moved: FxHashSet<Slot>,
    views: BTreeMap<ViewId, View>,
    next_view: u64,
    snapshot: OnceLock<Bytes>,
    resync: Option<Bytes>,
    references_v2: References,
    notes: undo::Notes,
    /// Kept between batches for its memory.
    undo: Vec<undo::Undo>,
    /// Kept between batches for its memory.
    loose: Vec<Slot>,
}

/// Tells a tree from others, to which its slots and views mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TreeId(u64);

impl TreeId {
    fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl StateTree {
    /// An empty tree: the root with all fields unset and all collections empty.
    pub fn new(schema: Arc<Schema>, limits: TreeLimits) -> Self {
        let mut tree = Self {
            id: TreeId::unique(),
            schema: Arc::clone(&schema),
            limits,
            nodes: Vec::new(),
            free: Vec::new(),
            resting: Vec::new(),
            numbers: Numbers::default(),
            next_wire: 0,
            values: 0,
            text_bytes: 0,
            touched: Vec::new(),
            moved: FxHashSet::default(),
            views: BTreeMap::new(),
            next_view: 0,
            snapshot: OnceLock::new(),
            resync: None,
            references_v2: References::default(),
            notes: undo::Notes::default(),
            undo: Vec::new(),
            loose: Vec::new(),
        };
        if let Some(shape) = schema.shape(schema.root()) {
            let mut root = Node::new(Some(NodeId::ROOT.0), schema.root(), shape, 0, Audience::Everyone);
            // Every client has the root and, from its first snapshot, the root's collections.
            root.stage = Stage::Known;
            tree.next_wire = shape.refs;
            tree.values = root.values();
            tree.nodes.push(Some(root));
            // The first number can always be remembered.
            let _ = tree.numbers.insert(NodeId::ROOT.0, ROOT);
        }
        tree
    }

    /// The schema that the tree obeys.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Values in the tree: each instance counts one for itself and one for each of its fields, each
    /// entry or element of a collection counts one. Bounded by [`TreeLimits::max_values`].
    pub fn size(&self) -> u64 {
        self.values
    }

    /// Instances in the tree, the root counted.
    pub fn instances(&self) -> u64 {
        (self.nodes.len() - self.free.len() - self.resting.len()) as u64
    }

    /// Bytes of text in the tree, keys of maps included. Bounded by [`TreeLimits::max_text_bytes`].
    pub fn text_bytes(&self) -> u64 {
        self.text_bytes
    }

    /// Applies a batch whole or not at all. Clients see it with the next [`patch`](Self::patch).
    ///
    /// What hangs nowhere when the batch ends is gone, with everything below it. Costs in proportion to
    /// the batch, and to the elements that it moves inside of arrays.
    ///
    /// # Errors
    /// Names the first change that does not fit the schema, the state or the limits; the tree is then
    /// as it was.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = Change>) -> Result<(), StateError> {
        batch::apply(self, changes)
    }

    /// As [`apply`](Self::apply), and sets numbers behind the last change: whole or not at all. For many numbers a
    /// fraction of what as many [`Change::Set`] cost.
    ///
    /// # Errors
    /// As for `apply`; a value counts on from the last change. A field that holds no numbers is refused.
    pub fn apply_with_numbers(
        &mut self,
        changes: impl IntoIterator<Item = Change>,
        numbers: &PackedNumbers,
    ) -> Result<(), StateError> {
        batch::apply_with_numbers(self, changes, numbers)
    }

    /// Makes the state equal to `whole`, a map of the root's fields, by comparison. Whole or not at all.
    ///
    /// Missing members are unset, collections without one are emptied. Elements of arrays, sets and
    /// collections are matched by position, entries of maps by key. An instance of an extending struct
    /// says so in the member `"$struct"`. Instances that stay keep their identity, except that one which
    /// hangs at several places is replaced in all but one of them.
    ///
    /// # Errors
    /// Names the struct and field that does not fit the schema, or the limit; `at` is 0.
    pub fn replace(&mut self, whole: Plain) -> Result<(), StateError> {
        replace::replace(self, whole)
    }

    /// The state as it is now, to come back to.
    pub fn checkpoint(&self) -> Checkpoint {
        checkpoint::take(self)
    }

    /// Puts the state back to what it was at the checkpoint. The next [`patch`](Self::patch) tells clients the
    /// difference; instances that are still there keep their identity, and numbers that were used since are unused
    /// again. In views that was shown then is shown. Costs in proportion to the state.
    ///
    /// If another tree of the same schema made the checkpoint, all instances are new, and no views are touched.
    pub fn revert(&mut self, checkpoint: &Checkpoint) {
        checkpoint::revert(self, checkpoint);
    }

    /// Whether anything was touched since the boundary. [`patch`](Self::patch) may still find that all
    /// is as it was.
    pub fn has_changes(&self) -> bool {
        !self.touched.is_empty() || self.views.values().any(View::has_changes)
    }

    /// The body of a ROOM_STATE_PATCH (without the opcode, §10.6) that takes clients from the last
    /// boundary to now, which becomes the boundary. `None` if there is nothing to tell all of them; to the
    /// client of a view there may still be, see [`take_part`](Self::take_part).
    ///
    /// Costs in proportion to what was touched, not to the state. A view costs in proportion to what was
    /// touched or shown or hidden of what its client sees, and to the length of arrays seen in part.
    pub fn patch(&mut self) -> Option<Bytes> {
        self.patch_for(Decoders::Current)?.current
    }

    /// As [`patch`](Self::patch), and if `oldest` says so for decoders of v2 too. Where these need a body of their
    /// own, it costs as much again; a renewal costs as much as a snapshot.
    pub fn patch_for(&mut self, oldest: Decoders) -> Option<Patch> {
        let patch = encode::patch(self, oldest);
        self.free.append(&mut self.resting);
        patch
    }

    /// The body of a ROOM_STATE (without the opcode, §10.5) for a client that has nothing yet.
    ///
    /// It holds the state as it is now. The client may then be sent every patch whose boundary comes
    /// later, and none that covers a change made before; so the room calls [`patch`](Self::patch) first.
    /// Encoded once and shared until the next change. Of fields with a view tag there is nothing in it; for
    /// the client of a view see [`snapshot_for`](Self::snapshot_for).
    pub fn snapshot(&self) -> Bytes {
        self.snapshot
            .get_or_init(|| encode::snapshot(self, Decoders::Current))
            .clone()
    }

    /// A snapshot for a client that has some older state of this tree: one that rejoins, or was too slow
    /// for its patches. It takes out what is gone and unsets what is unset, so the client ends with exactly this
    /// state and without stray references (§4.6), and its callbacks do not tell it again of what it has in maps
    /// and arrays. Sets and collections are emptied and filled; so is a map that has lost more than 1 024 entries,
    /// and an array that was much longer once. The same rule as for [`snapshot`](Self::snapshot) holds for the
    /// boundary. Also right for a client that has nothing.
    pub fn resync(&mut self) -> Bytes {
        if let Some(body) = &self.resync {
            return body.clone();
        }
        let body = encode::resync(self);
        // Where a value may be twice in a collection, a client must never be given the same indexes again
        // (`Members::next_index`), and one may rejoin twice between two changes.
        if !self.schema.has_collections() {
            self.resync = Some(body.clone());
        }
        body
    }

    /// As [`snapshot`](Self::snapshot), for a decoder of v2.
    pub fn snapshot_v2(&self) -> Bytes {
        if self.references_v2.is_unused() && !self.schema.has_fragile() {
            return self.snapshot();
        }
        encode::snapshot(self, Decoders::V2)
    }

    /// Makes the next patch for decoders of v2 a [renewal](crate::PatchV2::Renewal), for a client of that age that
    /// needs what [`resync`](Self::resync) is for the others. All of that age must be given it.
    pub fn renew_v2(&mut self) {
        self.references_v2.renew();
    }

    /// The whole state as plain values: fields that are unset are left out, empty collections are not.
    /// An instance of a struct that extends the declared one has the member `"$struct"`, so that
    /// [`replace`](Self::replace) with the result changes nothing, if no instance hangs at two places.
    ///
    /// An instance that hangs at several places is written out at each. Should that come to more than
    /// four times [`TreeLimits::max_values`], the instances left over are given as null.
    pub fn dump(&self) -> Plain {
        dump::dump(self)
    }

    pub(crate) fn references_v2(&self) -> &References {
        &self.references_v2
    }

    pub(crate) fn references_v2_mut(&mut self) -> &mut References {
        &mut self.references_v2
    }

    /// The reference that comes next.
    pub(crate) fn next_wire(&self) -> u32 {
        self.next_wire
    }

    pub(crate) fn node(&self, slot: Slot) -> Option<&Node> {
        self.nodes.get(slot as usize)?.as_ref()
    }

    pub(crate) fn node_mut(&mut self, slot: Slot) -> Option<&mut Node> {
        self.nodes.get_mut(slot as usize)?.as_mut()
    }

    /// The views of the tree, to be given back with [`put_views`](Self::put_views).
    pub(crate) fn take_views(&mut self) -> BTreeMap<ViewId, View> {
        std::mem::take(&mut self.views)
    }

    pub(crate) fn put_views(&mut self, views: BTreeMap<ViewId, View>) {
        self.views = views;
    }

    /// What was hung or unhung since the boundary. Starts the set anew.
    pub(crate) fn take_moved(&mut self) -> FxHashSet<Slot> {
        std::mem::take(&mut self.moved)
    }

    /// Places that known instances left since the boundary.
    pub(crate) fn left(&self) -> &[Slot] {
        &self.resting
    }

    /// The known instances touched since the boundary, oldest first, so the root before all. Starts the
    /// list anew.
    pub(crate) fn take_touched(&mut self) -> Vec<Slot> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable_by_key(|&slot| self.node(slot).map(|node| node.wire));
        touched
    }
}
