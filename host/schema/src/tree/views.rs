//! Views: what is shown to whom, kept true while the tree changes.

use std::collections::{HashMap, HashSet};

use bytes::{Bytes, BytesMut};
use rustc_hash::FxHashMap;

use super::StateTree;
use super::undo::{Noted, Spot};
use crate::encode;
use crate::numbers::Number;
use crate::scalar::Slot;
use crate::store::Audience;
use crate::view::View;
use crate::{Has, NodeId, ViewError, ViewId, ViewTag};

impl StateTree {
    /// A view in which nothing is shown.
    pub fn open_view(&mut self, has: Has) -> ViewId {
        let id = ViewId(self.next_view);
        self.next_view += 1;
        let view = View {
            known: (has == Has::Shared).then(FxHashMap::default),
            ..View::default()
        };
        self.views.insert(id, view);
        id
    }

    /// Forgets a view; that it is gone already is no error.
    pub fn close_view(&mut self, view: ViewId) {
        for slot in self
            .views
            .remove(&view)
            .into_iter()
            .flat_map(|view| view.marks.into_keys())
        {
            if let Some(node) = self.node_mut(slot) {
                node.marks = node.marks.saturating_sub(1);
            }
        }
    }

    /// Shows an instance, and its fields that carry `tag`, in a view; the client sees it with the next
    /// [`patch`](Self::patch). What is shown already is no error. Costs as much as the way to the root is
    /// long.
    ///
    /// # Errors
    /// The view is closed, the instance does not hang in the tree, or [`max_shown`] is reached.
    ///
    /// [`max_shown`]: crate::TreeLimits::max_shown
    pub fn show(&mut self, view: ViewId, node: NodeId, tag: ViewTag) -> Result<(), ViewError> {
        let slot = self.live(node)?;
        self.show_slot(view, slot, tag)
    }

    fn show_slot(&mut self, view: ViewId, slot: Slot, tag: ViewTag) -> Result<(), ViewError> {
        let limit = self.limits.max_shown;
        let entry = self.views.get_mut(&view).ok_or(ViewError::NoSuchView)?;
        let mark = entry.marks.get(&slot);
        if mark.is_some_and(|mark| mark.tags.contains(&tag)) {
            return Ok(());
        }
        let first = mark.is_none();
        if entry.pairs >= limit {
            return Err(ViewError::TooMuch { limit });
        }
        entry.pairs += 1;
        entry.note(slot);
        entry.marks.entry(slot).or_default().tags.push(tag);
        if first {
            self.mark(view, slot);
        }
        Ok(())
    }

    /// Takes back what [`show`](Self::show) did. What is not shown is no error.
    ///
    /// # Errors
    /// The view is closed, or the instance does not hang in the tree.
    pub fn hide(&mut self, view: ViewId, node: NodeId, tag: ViewTag) -> Result<(), ViewError> {
        let slot = self.live(node)?;
        self.hide_slot(view, slot, tag)
    }

    fn hide_slot(&mut self, view: ViewId, slot: Slot, tag: ViewTag) -> Result<(), ViewError> {
        let entry = self.views.get_mut(&view).ok_or(ViewError::NoSuchView)?;
        let Some(mark) = entry.marks.get_mut(&slot) else {
            return Ok(());
        };
        let Some(at) = mark.tags.iter().position(|known| *known == tag) else {
            return Ok(());
        };
        mark.tags.swap_remove(at);
        entry.pairs -= 1;
        let last = mark.tags.is_empty() && mark.below == 0;
        entry.note(slot);
        if last {
            self.unmark(view, slot);
        }
        Ok(())
    }

    /// A [`snapshot`](Self::snapshot) for the client of a view, who is told of changes from now on. Call it at a
    /// boundary: with nothing changed since the last [`patch`](Self::patch).
    pub fn snapshot_for(&mut self, view: ViewId) -> Bytes {
        let shared = self.snapshot();
        let part = encode::view_snapshot(self, view);
        joined(shared, part.as_ref())
    }

    /// A [`resync`](Self::resync) for the client of a view, who is told of changes from now on. Call it at a
    /// boundary.
    pub fn resync_for(&mut self, view: ViewId) -> Bytes {
        let shared = self.resync();
        let part = encode::view_resync(self, view);
        joined(shared, part.as_ref())
    }

    /// The client of a view is not told of changes any more, until its next snapshot or resync. What is shown
    /// to it stays shown and may change.
    pub fn unfollow(&mut self, view: ViewId) {
        if let Some(view) = self.views.get_mut(&view) {
            view.known = None;
            view.changed.clear();
            view.part = None;
        }
    }

    /// What the client of a view must be told right after the body of the last [`patch`](Self::patch), if
    /// anything. To be taken before the next patch.
    pub fn take_part(&mut self, view: ViewId) -> Option<Bytes> {
        self.views.get_mut(&view)?.part.take()
    }

    /// The same for all views whose clients must be told something.
    pub fn take_parts(&mut self) -> Vec<(ViewId, Bytes)> {
        let told = self.views.iter_mut();
        told.filter_map(|(id, view)| Some((*id, view.part.take()?)))
            .collect()
    }

    /// The instances that rooms have numbers for and that are shown in a view, each with the tag.
    pub fn shown(&self, view: ViewId) -> impl Iterator<Item = (NodeId, ViewTag)> {
        let marks = self.views.get(&view).into_iter().flat_map(|view| &view.marks);
        marks.flat_map(|(slot, mark)| {
            let number = self.node(*slot).and_then(|node| node.number);
            number
                .into_iter()
                .flat_map(|number| mark.tags.iter().map(move |tag| (NodeId(number), *tag)))
        })
    }

    /// All pairs that are shown, by views.
    pub(super) fn all_shown(&self) -> Vec<(ViewId, Vec<(Slot, ViewTag)>)> {
        let shown = |view: &View| view.shown().collect();
        self.views.iter().map(|(id, view)| (*id, shown(view))).collect()
    }

    /// Shows in each view what was shown in it then, and nothing else. `now` tells where the instances of then
    /// are.
    pub(super) fn show_as_then(
        &mut self,
        then: &[(ViewId, Vec<(Slot, ViewTag)>)],
        now: &HashMap<Slot, Slot>,
    ) {
        let then: HashMap<ViewId, &Vec<_>> = then.iter().map(|(view, pairs)| (*view, pairs)).collect();
        let views: Vec<ViewId> = self.views.keys().copied().collect();
        for view in views {
            let pairs = then.get(&view).into_iter().copied().flatten();
            let wanted = pairs.filter_map(|(slot, tag)| Some((*now.get(slot)?, *tag)));
            self.show_exactly(view, wanted.collect());
        }
    }

    /// What is shown in a view.
    pub(super) fn shown_in(&self, view: ViewId) -> impl Iterator<Item = (Slot, ViewTag)> {
        self.views.get(&view).into_iter().flat_map(View::shown)
    }

    /// Shows these in a view, and nothing else.
    pub(super) fn show_exactly(&mut self, view: ViewId, wanted: HashSet<(Slot, ViewTag)>) {
        let shown: Vec<(Slot, ViewTag)> = self.shown_in(view).collect();
        for &(slot, tag) in shown.iter().filter(|pair| !wanted.contains(pair)) {
            // Both are there.
            let _ = self.hide_slot(view, slot, tag);
        }
        for (slot, tag) in wanted {
            let _ = self.show_slot(view, slot, tag);
        }
    }

    fn live(&self, node: NodeId) -> Result<Slot, ViewError> {
        match self.numbers.get(node.0) {
            Number::Live(slot) => Ok(slot),
            Number::Unused | Number::Gone => Err(ViewError::NoSuchNode { node: node.0 }),
        }
    }

    /// A mark was put on an instance: passes it on to what holds it.
    fn mark(&mut self, view: ViewId, slot: Slot) {
        if let Some(node) = self.node_mut(slot) {
            node.marks += 1;
        }
        self.raise_holders(view, slot);
    }

    /// The last reason for a mark is gone.
    fn unmark(&mut self, view: ViewId, slot: Slot) {
        if let Some(node) = self.node_mut(slot) {
            node.marks = node.marks.saturating_sub(1);
        }
        if let Some(view) = self.views.get_mut(&view) {
            view.marks.remove(&slot);
        }
        self.lower_holders(view, slot);
    }

    fn raise_holders(&mut self, view: ViewId, slot: Slot) {
        for holder in self.holders(slot) {
            self.raise(view, holder);
        }
    }

    fn lower_holders(&mut self, view: ViewId, slot: Slot) {
        for holder in self.holders(slot) {
            self.lower(view, holder);
        }
    }

    /// What holds an instance, if not everybody sees it: once for each field.
    fn holders(&self, slot: Slot) -> Vec<Slot> {
        match self.node(slot) {
            Some(node) if node.audience == Audience::Viewers => {
                node.places.iter().map(|(holder, _)| holder).collect()
            }
            _ => Vec::new(),
        }
    }

    // As deep as the tree at most, which is bounded as its nesting is.
    fn raise(&mut self, view: ViewId, slot: Slot) {
        let Some(entry) = self.views.get_mut(&view) else {
            return;
        };
        let mut first = false;
        let mark = entry.marks.entry(slot).or_insert_with(|| {
            first = true;
            crate::view::Mark::default()
        });
        mark.below += 1;
        if first {
            if entry.note(slot) {
                self.notes.add(Noted::Marked(view, slot));
            }
            self.mark(view, slot);
        }
    }

    fn lower(&mut self, view: ViewId, slot: Slot) {
        let Some(entry) = self.views.get_mut(&view) else {
            return;
        };
        let Some(mark) = entry.marks.get_mut(&slot) else {
            return;
        };
        mark.below = mark.below.saturating_sub(1);
        if mark.below == 0 && mark.tags.is_empty() {
            if entry.note(slot) {
                self.notes.add(Noted::Marked(view, slot));
            }
            self.unmark(view, slot);
        }
    }

    /// The views with a mark on an instance that is passed on to what holds it.
    fn views_through(&self, slot: Slot) -> Vec<ViewId> {
        match self.node(slot) {
            Some(node) if node.marks > 0 && node.audience == Audience::Viewers => self.views_on(slot),
            _ => Vec::new(),
        }
    }

    fn views_on(&self, slot: Slot) -> Vec<ViewId> {
        let with_mark = self
            .views
            .iter()
            .filter(|(_, view)| view.marks.contains_key(&slot));
        with_mark.map(|(id, _)| *id).collect()
    }

    /// A field began to hold an instance.
    pub(super) fn gained_holder(&mut self, child: Slot, at: Spot) {
        for view in self.views_through(child) {
            self.raise(view, at.slot);
        }
    }

    /// A field does not hold an instance any more.
    pub(super) fn lost_holder(&mut self, child: Slot, at: Spot) {
        for view in self.views_through(child) {
            self.lower(view, at.slot);
        }
    }

    /// An instance is gone, and with it what was shown of it.
    pub(super) fn forget_in_views(&mut self, slot: Slot) {
        for view in self.views.values_mut() {
            if let Some(mark) = view.marks.remove(&slot) {
                view.pairs = view.pairs.saturating_sub(mark.tags.len());
            }
        }
    }

    /// Changes who comes upon an instance.
    pub(super) fn set_audience(&mut self, slot: Slot, audience: Audience) {
        let views = match self.node(slot) {
            Some(node) if node.audience != audience && node.marks > 0 => self.views_on(slot),
            _ => Vec::new(),
        };
        match audience {
            Audience::Everyone => views.iter().for_each(|view| self.lower_holders(*view, slot)),
            Audience::Viewers => {}
        }
        if let Some(node) = self.node_mut(slot) {
            node.audience = audience;
        }
        if audience == Audience::Viewers {
            views.iter().for_each(|view| self.raise_holders(*view, slot));
        }
    }
}

/// One body after the other.
fn joined(shared: Bytes, part: Option<&Bytes>) -> Bytes {
    let Some(part) = part else { return shared };
    let mut body = BytesMut::with_capacity(shared.len() + part.len());
    body.extend_from_slice(&shared);
    body.extend_from_slice(part);
    body.freeze()
}
