//! What one client may see beyond what everybody sees: the plain data. `tree/views.rs` keeps it true while
//! the tree changes, `encode/view` tells the client.

mod known;

use bytes::Bytes;
use rustc_hash::{FxHashMap, FxHashSet};
use thiserror::Error;

use crate::ViewTag;
use crate::scalar::Slot;
use crate::store::{Audience, Node};

pub(crate) use known::{Known, Partial};

/// A client's view of one tree. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewId(pub(crate) u64);

/// What the client of a new view has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// No state. It is told of changes after its first snapshot.
    Nothing,
    /// What everybody has, as of the last boundary. It is told of changes from now on.
    Shared,
}

/// Why nothing was shown or hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ViewError {
    /// The view was closed.
    #[error("there is no such view: it was closed")]
    NoSuchView,
    /// The number was never used, or its instance is gone.
    #[error("node {node} does not hang in the tree")]
    NoSuchNode {
        /// The number.
        node: u32,
    },
    /// The bound on what is shown to one client.
    #[error("no more than {limit} pairs of instance and tag can be shown to one client")]
    TooMuch {
        /// The bound.
        limit: usize,
    },
}

/// One client's view.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub marks: Marks,
    /// Pairs of instance and tag that are shown.
    pub pairs: usize,
    /// What the client has of it; none while it is not told of changes.
    pub known: Option<FxHashMap<Slot, Known>>,
    /// Instances whose mark changed since the boundary. Only while the client is told of changes.
    pub changed: FxHashSet<Slot>,
    /// What the client is to be told on top of the last patch.
    pub part: Option<Bytes>,
}

/// Why an instance matters to a view.
#[derive(Debug, Default)]
pub(crate) struct Mark {
    /// With what it is shown itself.
    pub tags: Vec<ViewTag>,
    /// In how many of its fields something hangs that has a mark and that not everybody sees.
    pub below: u32,
}

/// The instances that are shown, and those on the way to them.
pub(crate) type Marks = FxHashMap<Slot, Mark>;

impl View {
    /// Whether the client has something to be told though the tree may be as it was.
    pub(crate) fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What is shown.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (Slot, ViewTag)> {
        let marks = self.marks.iter();
        marks.flat_map(|(slot, mark)| mark.tags.iter().map(|tag| (*slot, *tag)))
    }

    /// Notes that an instance's mark changed. Returns whether that is news.
    pub(crate) fn note(&mut self, slot: Slot) -> bool {
        self.known.is_some() && self.changed.insert(slot)
    }
}

/// Whether a field that is not seen as a whole is seen with this instance in it: it was shown, or is on the
/// way to one that was and that cannot be reached otherwise.
pub(crate) fn is_passed(marks: &Marks, slot: Slot, node: &Node) -> bool {
    marks
        .get(&slot)
        .is_some_and(|mark| !mark.tags.is_empty() || node.audience == Audience::Viewers)
}
