//! What a client with a view is told on top of what all are told (protocol §10.8).
//!
//! The decoder knows nothing of views. So what the client has is compared with what it may have, and the
//! difference is told with the operations that everything is told with. First come the instances that the
//! client has already, then those that are new to it, each after the one that holds it.

use std::collections::BTreeSet;

use bytes::Bytes;
use rustc_hash::{FxHashMap, FxHashSet};

use super::full::Entries;
use super::{Adds, Decoders, Encoder, Purpose, Scope, advance, element, op};
use crate::ViewId;
use crate::scalar::{Scalar, Slot};
use crate::schema::{FieldShape, Shape};
use crate::store::{Audience, Cell, Node};
use crate::tree::StateTree;
use crate::view::{Known, Marks, View, is_passed};

/// No reference on the wire is this: whatever comes first, it is switched to.
const NOWHERE: u32 = u32::MAX;

/// What happened to the tree since the last boundary.
pub(super) struct Boundary<'a> {
    pub touched: &'a [Slot],
    pub moved: &'a FxHashSet<Slot>,
    pub reborn: &'a [Slot],
}

/// Works out what the clients of all views are told at a boundary.
pub(super) fn patch(tree: &mut StateTree, boundary: &Boundary<'_>) {
    let mut views = tree.take_views();
    for view in views.values_mut() {
        let View {
            marks,
            known,
            changed,
            ..
        } = view;
        let Some(known) = known else { continue };
        let mut telling = Telling::new(tree, Purpose::Patch, marks, known);
        telling.gather(boundary, changed);
        telling.tell();
        changed.clear();
        let Encoder { wire, indexes, .. } = telling.encoder;
        view.part = (wire.len() > 0).then(|| wire.into_bytes());
        advance(tree, indexes);
    }
    tree.put_views(views);
}

/// See [`StateTree::snapshot_for`].
pub(crate) fn snapshot(tree: &mut StateTree, view: ViewId) -> Option<Bytes> {
    whole(tree, view, Purpose::Snapshot)
}

/// See [`StateTree::resync_for`].
pub(crate) fn resync(tree: &mut StateTree, view: ViewId) -> Option<Bytes> {
    whole(tree, view, Purpose::Resync)
}

/// Everything that the client of a view may see on top of what all see.
fn whole(tree: &mut StateTree, view: ViewId, purpose: Purpose) -> Option<Bytes> {
    let mut views = tree.take_views();
    let mut body = None;
    if let Some(view) = views.get_mut(&view) {
        let mut known = FxHashMap::default();
        let mut telling = Telling::new(tree, purpose, &view.marks, &mut known);
        telling.gather_marks();
        telling.tell();
        let Encoder { wire, indexes, .. } = telling.encoder;
        body = (wire.len() > 0).then(|| wire.into_bytes());
        view.known = Some(known);
        view.changed.clear();
        view.part = None;
        advance(tree, indexes);
    }
    tree.put_views(views);
    body
}

/// How much a client sees of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Nothing,
    /// Only what is on the way to something that was shown.
    Passage,
    /// What has no view tag, and what is shown.
    Open,
}

/// One view that is being told.
pub(super) struct Telling<'a> {
    pub(super) encoder: Encoder<'a>,
    pub(super) marks: &'a Marks,
    known: &'a mut FxHashMap<Slot, Known>,
    levels: FxHashMap<Slot, Level>,
    /// Instances to be looked at, by their references; and all that ever were among them.
    visits: BTreeSet<(u32, Slot)>,
    visited: FxHashSet<Slot>,
    /// For fields that may be seen in part: elements that may have come to be seen, or not to be.
    pub(super) stirred: FxHashMap<(Slot, u8), Vec<Slot>>,
    /// Fields that hold an instance which has a new reference.
    reseated: FxHashSet<(Slot, u8)>,
}

impl<'a> Telling<'a> {
    fn new(
        tree: &'a StateTree,
        purpose: Purpose,
        marks: &'a Marks,
        known: &'a mut FxHashMap<Slot, Known>,
    ) -> Self {
        Self {
            encoder: Encoder {
                scope: Scope::Viewer,
                current: NOWHERE,
                ..Encoder::new(tree, purpose, Decoders::Current, 0)
            },
            marks,
            known,
            levels: FxHashMap::default(),
            visits: BTreeSet::new(),
            visited: FxHashSet::default(),
            stirred: FxHashMap::default(),
            reseated: FxHashSet::default(),
        }
    }

    /// Finds where the client may have something else than it may see.
    fn gather(&mut self, boundary: &Boundary<'_>, changed: &FxHashSet<Slot>) {
        let tree = self.encoder.tree;
        for slot in tree.left() {
            self.known.remove(slot);
        }
        for &slot in boundary.reborn {
            if self.known.remove(&slot).is_some() {
                self.visit_below(slot, u64::MAX);
            }
        }
        for &slot in boundary.reborn {
            self.reborn(slot);
        }
        if boundary.touched.len() <= self.known.len() {
            boundary
                .touched
                .iter()
                .for_each(|&slot| self.visit_if_known(slot));
        } else {
            let known: Vec<Slot> = self.known.keys().copied().collect();
            let touched = known
                .into_iter()
                .filter(|slot| tree.node(*slot).is_some_and(|node| node.touched != 0));
            touched.for_each(|slot| self.visit(slot));
        }
        let moved: Vec<Slot> = if boundary.moved.len() <= self.known.len() + self.marks.len() {
            boundary.moved.iter().copied().collect()
        } else {
            let ours = self.known.keys().chain(self.marks.keys());
            ours.filter(|slot| boundary.moved.contains(slot))
                .copied()
                .collect()
        };
        for slot in moved {
            self.visit_if_known(slot);
            if self.marks.contains_key(&slot) {
                self.stir(slot);
            }
        }
        for &slot in changed {
            self.visit(slot);
            self.stir(slot);
        }
    }

    /// The same for a client that has nothing of what not everybody sees.
    fn gather_marks(&mut self) {
        for (&slot, mark) in self.marks {
            let shared = self
                .encoder
                .node(slot)
                .is_some_and(|(node, _)| node.audience == Audience::Everyone);
            if shared && !mark.tags.is_empty() {
                self.visit(slot);
            }
            self.stir(slot);
        }
    }

    /// An instance has a new reference, so to the client it is another.
    fn reborn(&mut self, slot: Slot) {
        let tree = self.encoder.tree;
        let Some((node, shape)) = self.encoder.node(slot) else {
            return;
        };
        if node.audience == Audience::Everyone {
            self.visit(slot);
            self.stir_below(slot, shape.tagged);
        }
        for (holder, field) in node.places.iter() {
            if self.known.contains_key(&holder) {
                if tree.node(holder).is_some_and(|holder| holder.held(field, slot)) {
                    self.reseated.insert((holder, field));
                }
                self.stirred.entry((holder, field)).or_default().push(slot);
                self.visit(holder);
            }
        }
        if self.marks.contains_key(&slot) {
            self.stir(slot);
        }
    }

    /// All that these fields show though they are not seen as a whole, of an instance of which the client has
    /// nothing. Looks through the fields, or through what is shown, whichever is less.
    fn stir_below(&mut self, slot: Slot, fields: u64) {
        let tree = self.encoder.tree;
        let Some((node, shape)) = self.encoder.node(slot) else {
            return;
        };
        let passed = |child: Slot| {
            tree.node(child)
                .is_some_and(|node| is_passed(self.marks, child, node))
        };
        for (field, _) in chosen(shape, fields).filter(|(_, shape)| shape.kind.target().is_some()) {
            let Some(cell) = node.cell(field) else { continue };
            let mut found = Vec::new();
            if matches!(cell, Cell::Single(_)) || cell.entries() <= self.marks.len() as u64 {
                cell.each_node(|child| found.push(child));
            } else {
                let here = |child: &&Slot| {
                    tree.node(**child)
                        .is_some_and(|child| child.places.count(slot, field) > 0)
                };
                found.extend(self.marks.keys().filter(here));
            }
            found.retain(|child| passed(*child));
            if !found.is_empty() {
                self.stirred.insert((slot, field), found);
            }
        }
    }

    /// An instance may have come to be seen, or not to be, where fields are seen in part.
    fn stir(&mut self, slot: Slot) {
        let Some((node, _)) = self.encoder.node(slot) else {
            return;
        };
        for (holder, field) in node.places.iter() {
            let Some((owner, shape)) = self.encoder.node(holder) else {
                continue;
            };
            if owner.audience == Audience::Viewers || shape.tagged >> field & 1 == 1 {
                self.stirred.entry((holder, field)).or_default().push(slot);
                self.visit(holder);
            }
        }
    }

    fn visit(&mut self, slot: Slot) {
        if let Some((node, _)) = self.encoder.node(slot)
            && self.visited.insert(slot)
        {
            self.visits.insert((node.wire, slot));
        }
    }

    fn visit_if_known(&mut self, slot: Slot) {
        if self.known.contains_key(&slot) {
            self.visit(slot);
        }
    }

    /// What the client knows and these fields hold must be looked at.
    fn visit_below(&mut self, slot: Slot, fields: u64) {
        let Some((node, _)) = self.encoder.node(slot) else {
            return;
        };
        for (field, cell) in (0..).zip(&node.cells) {
            if fields >> field & 1 == 1 {
                cell.each_node(|child| self.visit_if_known(child));
            }
        }
    }

    /// Writes everything out.
    fn tell(&mut self) {
        loop {
            if let Some((_, slot)) = self.visits.pop_first() {
                self.compare(slot);
            } else if let Some(slot) = self.encoder.queue.pop_front() {
                if self.known.contains_key(&slot) {
                    self.visit(slot);
                } else {
                    self.introduce(slot);
                }
            } else {
                break;
            }
        }
    }

    // As deep as the tree at most, which is bounded as its nesting is.
    fn level(&mut self, slot: Slot) -> Level {
        let Some((node, _)) = self.encoder.node(slot) else {
            return Level::Nothing;
        };
        if node.audience == Audience::Everyone {
            return Level::Open;
        }
        if let Some(level) = self.levels.get(&slot) {
            return *level;
        }
        let mut level = match self.marks.get(&slot) {
            Some(mark) if !mark.tags.is_empty() => Level::Open,
            // All that holds it has a mark too, up to what everybody sees.
            Some(_) => Level::Passage,
            None => Level::Nothing,
        };
        if level != Level::Open
            && node
                .places
                .iter()
                .any(|(holder, field)| self.holds_openly(holder, field))
        {
            level = Level::Open;
        }
        self.levels.insert(slot, level);
        level
    }

    fn holds_openly(&mut self, holder: Slot, field: u8) -> bool {
        let level = self.level(holder);
        self.encoder
            .node(holder)
            .is_some_and(|(_, shape)| self.open(holder, shape, level) >> field & 1 == 1)
    }

    /// The fields that the client sees as a whole, one bit each.
    fn open(&self, slot: Slot, shape: &Shape, level: Level) -> u64 {
        if level != Level::Open {
            return 0;
        }
        let shown = self
            .marks
            .get(&slot)
            .map_or(0, |mark| shape.tagged_with(&mark.tags));
        shape.all() & !shape.tagged | shown
    }

    /// Tells of an instance that is new to the client.
    fn introduce(&mut self, slot: Slot) {
        let Some((_, shape)) = self.encoder.node(slot) else {
            return;
        };
        // It is told as it is now; there is nothing left to compare.
        self.visited.insert(slot);
        let level = self.level(slot);
        let open = self.open(slot, shape, level);
        let rest = shape.all() & !open;
        self.stir_below(slot, rest);
        self.encoder.full(slot, open, rest);
        let mut known = Known::new(open);
        self.parts(slot, rest, &mut known);
        self.known.insert(slot, known);
    }

    /// Tells what is different in an instance that the client has.
    fn compare(&mut self, slot: Slot) {
        let Some((node, shape)) = self.encoder.node(slot) else {
            return;
        };
        let shared = node.audience == Audience::Everyone;
        let mut known = match self.known.remove(&slot) {
            Some(known) => known,
            None if shared => Known::default(),
            // What holds it will introduce it, if the client may see it.
            None => return,
        };
        let level = self.level(slot);
        if level == Level::Nothing {
            self.visit_below(slot, u64::MAX);
            return;
        }
        let fields = if shared { shape.tagged } else { shape.all() };
        let (was, is) = (known.open, self.open(slot, shape, level) & fields);
        self.compare_open(slot, was & is);
        self.open_up(slot, is & !was, &mut known);
        for (field, shape) in chosen(shape, was & !is) {
            self.close_down(slot, field, shape, &mut known);
        }
        self.parts(slot, fields & !was & !is, &mut known);
        known.open = is;
        if !(shared && known.is_empty()) {
            self.known.insert(slot, known);
        }
    }

    /// Fields that were seen as a whole and are.
    fn compare_open(&mut self, slot: Slot, fields: u64) {
        let Some((node, shape)) = self.encoder.node(slot) else {
            return;
        };
        let mut reseated = 0;
        if !self.reseated.is_empty() {
            for (field, _) in chosen(shape, fields) {
                reseated |= u64::from(self.reseated.contains(&(slot, field))) << field;
            }
        }
        self.encoder.changes(slot, fields & !reseated);
        for (field, shape) in chosen(shape, reseated) {
            self.renew(node, slot, field, shape);
        }
    }

    /// Fields that come to be seen as a whole.
    fn open_up(&mut self, slot: Slot, fields: u64, known: &mut Known) {
        let Some((node, shape)) = self.encoder.node(slot) else {
            return;
        };
        let mut unseen = 0;
        for (field, shape) in chosen(shape, fields) {
            let had = known.take_part(field);
            match (had, node.cell(field)) {
                (None, _) => unseen |= 1 << field,
                (Some(had), Some(Cell::Single(value))) if self.part_of(value).as_ref() == Some(&had) => {
                    self.visit_below(slot, 1 << field);
                }
                (Some(_), _) => self.renew(node, slot, field, shape),
            }
        }
        self.encoder.full(slot, unseen, 0);
    }

    /// A field that is not seen as a whole any more.
    fn close_down(&mut self, slot: Slot, field: u8, shape: &FieldShape, known: &mut Known) {
        let Some((node, _)) = self.encoder.node(slot) else {
            return;
        };
        let Some(cell) = node.cell(field) else { return };
        self.visit_below(slot, 1 << field);
        let part = self.passed(cell);
        match cell {
            Cell::Single(value) => {
                let old = node.before.iter().find(|(known, _)| *known == field);
                let old = old.map_or(value, |(_, old)| old);
                let same = old == value && !self.reseated.contains(&(slot, field));
                let operation = match (old.is_set(), &part) {
                    (true, Some(_)) if same => None,
                    (true, Some(_)) => Some(op::DELETE_AND_ADD),
                    (true, None) => Some(op::DELETE),
                    (false, Some(_)) => Some(op::ADD),
                    (false, None) => None,
                };
                if let Some(operation) = operation {
                    self.encoder.switch(node.wire);
                    self.encoder.field_op(operation, field);
                    if part.is_some() {
                        self.encoder.value(element(shape), value, Adds::Yes);
                    }
                }
            }
            _ => match &part {
                Some(part) => {
                    self.encoder.switch(node.wire + shape.ref_offset);
                    self.encoder.wire.u8(op::CLEAR);
                    self.full_part(cell, part, (slot, field), element(shape), Entries::Counted);
                }
                None => {
                    self.encoder.switch(node.wire);
                    self.encoder.field_op(op::DELETE, field);
                }
            },
        }
        if let Some(part) = part {
            known.put_part(field, part);
        }
    }

    /// A field of which the client has something that cannot be compared with what it holds.
    fn renew(&mut self, node: &Node, slot: Slot, field: u8, shape: &FieldShape) {
        match node.cell(field) {
            Some(Cell::Single(Scalar::Unset)) => {
                self.encoder.switch(node.wire);
                self.encoder.field_op(op::DELETE, field);
            }
            Some(Cell::Single(value)) => {
                self.encoder.switch(node.wire);
                self.encoder.field_op(op::DELETE_AND_ADD, field);
                self.encoder.value(element(shape), value, Adds::Yes);
            }
            Some(cell) => {
                self.encoder.switch(node.wire + shape.ref_offset);
                self.encoder.wire.u8(op::CLEAR);
                self.encoder
                    .full_entries(cell, element(shape), (slot, field), Entries::Counted);
            }
            None => {}
        }
    }
}

/// Those of a struct's fields that have their bit set.
fn chosen(shape: &Shape, fields: u64) -> impl Iterator<Item = (u8, &FieldShape)> {
    (0..)
        .zip(&shape.fields)
        .filter(move |(field, _)| fields >> field & 1 == 1)
}
