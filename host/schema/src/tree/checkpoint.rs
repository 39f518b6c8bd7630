//! A state to which the tree can be put back: the room's code failed, or was replaced by code that did.

use std::collections::HashMap;
use std::sync::Arc;

use super::edit::{Batch, Target};
use super::undo::Spot;
use super::{ROOT, StateTree, TreeId};
use crate::error::Reason;
use crate::numbers::Numbers;
use crate::scalar::{Scalar, Slot};
use crate::store::Cell;
use crate::{StructIndex, TreeLimits, ViewId, ViewTag};

/// A state of one tree, whole. Takes as much memory as the state, and time in proportion to it.
///
/// Clients may hold what changed since; putting the tree back tells them the difference.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The tree that made it.
    tree: TreeId,
    instances: Vec<Instance>,
    /// Which numbers the room had used.
    numbers: Numbers,
    /// What was shown in each view, by slots.
    shown: Vec<(ViewId, Vec<(Slot, ViewTag)>)>,
}

/// One instance as it was.
#[derive(Debug, Clone)]
struct Instance {
    /// Where it was, by which the others refer to it.
    slot: Slot,
    /// Tells it from an instance that came into its place later.
    origin: u32,
    number: Option<u32>,
    definition: StructIndex,
    contents: Vec<Contents>,
}

/// What a field held. Instances are named by their slot at that time.
#[derive(Debug, Clone)]
enum Contents {
    Single(Scalar),
    /// In the order of insertion.
    Map(Vec<(Arc<str>, Scalar)>),
    /// An array, a set or a collection.
    List(Vec<Scalar>),
}

impl Contents {
    fn of(cell: &Cell) -> Self {
        match cell {
            Cell::Single(scalar) => Self::Single(scalar.clone()),
            Cell::Map(map) => {
                let entries = map.in_order().into_iter();
                Self::Map(
                    entries
                        .map(|(key, entry)| (Arc::clone(key), entry.value.clone()))
                        .collect(),
                )
            }
            Cell::Array(array) => Self::List(array.items().to_vec()),
            Cell::Members(members) => Self::List(members.iter().cloned().collect()),
        }
    }
}

pub(super) fn take(tree: &StateTree) -> Checkpoint {
    let instances = (0..).zip(&tree.nodes).filter_map(|(slot, node)| {
        let node = node.as_ref()?;
        Some(Instance {
            slot,
            origin: node.origin,
            number: node.number,
            definition: node.definition,
            contents: node.cells.iter().map(Contents::of).collect(),
        })
    });
    Checkpoint {
        tree: tree.id,
        instances: instances.collect(),
        numbers: tree.numbers.clone(),
        shown: tree.all_shown(),
    }
}

pub(super) fn revert(tree: &mut StateTree, checkpoint: &Checkpoint) {
    let schema = Arc::clone(&tree.schema);
    // What was within the bounds then is so when all is done; on the way there old and new are there together.
    let limits = std::mem::replace(&mut tree.limits, TreeLimits::UNBOUNDED);
    let mut batch = Batch::trusted(tree, &schema);
    match batch.revert(checkpoint) {
        Ok(now) => {
            batch.accept();
            if checkpoint.tree == tree.id {
                tree.show_as_then(&checkpoint.shown, &now);
            }
        }
        // Only the references of the wire can run out, after some four thousand million instances. The state
        // stays as it is then.
        Err(reason) => {
            batch.refuse(0, reason);
        }
    }
    tree.limits = limits;
}

impl Batch<'_> {
    /// Gives the slots of the instances now by those they had.
    fn revert(&mut self, checkpoint: &Checkpoint) -> Result<HashMap<Slot, Slot>, Reason> {
        let now = self.restore_instances(checkpoint)?;
        let renamed = |scalar: &Scalar| match scalar {
            Scalar::Node(slot) => now.get(slot).copied().map_or(Scalar::Unset, Scalar::Node),
            other => other.clone(),
        };
        for instance in &checkpoint.instances {
            let Some(&slot) = now.get(&instance.slot) else {
                continue;
            };
            for (field, contents) in (0..).zip(&instance.contents) {
                let target = self.target_at(Spot { slot, field })?;
                match contents {
                    Contents::Single(scalar) => self.put_single(target, renamed(scalar))?,
                    Contents::Map(entries) => {
                        let entries: Vec<_> =
                            entries.iter().map(|(key, value)| (key, renamed(value))).collect();
                        self.revert_map(target, &entries)?;
                    }
                    Contents::List(values) => {
                        let values: Vec<_> = values.iter().map(renamed).collect();
                        self.revert_list(target, values)?;
                    }
                }
            }
        }
        Ok(now)
    }

    /// Finds the instances of the checkpoint or makes them anew; gives their slots now by those they had.
    fn restore_instances(&mut self, checkpoint: &Checkpoint) -> Result<HashMap<Slot, Slot>, Reason> {
        let mut now = HashMap::with_capacity(checkpoint.instances.len());
        let mut made = Vec::new();
        let own = checkpoint.tree == self.tree.id;
        for instance in &checkpoint.instances {
            let there = self.tree.node(instance.slot);
            let stays =
                instance.slot == ROOT || (own && there.is_some_and(|node| node.origin == instance.origin));
            let slot = if stays {
                instance.slot
            } else {
                // What came into its place keeps the place.
                let slot = self.create(None, instance.definition)?;
                made.push((slot, instance.number));
                slot
            };
            now.insert(instance.slot, slot);
        }
        // Numbers given since are unused again: the room counts on from where it was.
        let kept: HashMap<u32, Slot> = checkpoint
            .instances
            .iter()
            .filter_map(|instance| Some((instance.number?, *now.get(&instance.slot)?)))
            .collect();
        let mut strangers = Vec::new();
        for (slot, node) in (0..).zip(&mut self.tree.nodes) {
            let Some(node) = node else { continue };
            if node.number.is_some_and(|number| kept.get(&number) != Some(&slot)) {
                node.number = None;
                strangers.push(slot);
            }
        }
        strangers.into_iter().for_each(|slot| self.loosen(slot));
        for (slot, number) in made {
            if let Some(node) = self.tree.node_mut(slot) {
                node.number = number;
            }
        }
        self.tree.numbers = checkpoint.numbers.clone();
        for (number, slot) in kept {
            self.tree.numbers.relocate(number, slot);
        }
        Ok(now)
    }

    /// Keys stay as far as their order allows; those behind the first that is out of order come anew.
    fn revert_map(&mut self, target: Target<'_>, entries: &[(&Arc<str>, Scalar)]) -> Result<(), Reason> {
        let current: Vec<Arc<str>> = match self.cell(target.at) {
            Some(Cell::Map(map)) => map
                .in_order()
                .into_iter()
                .map(|(key, _)| Arc::clone(key))
                .collect(),
            _ => return Ok(()),
        };
        let mut wanted = entries.iter().map(|(key, _)| *key).peekable();
        for key in &current {
            if wanted.next_if_eq(&key).is_none() {
                self.remove_entry(target, key)?;
            }
        }
        entries
            .iter()
            .try_for_each(|(key, value)| self.put_entry(target, key.to_string(), value.clone()))
    }

    fn revert_list(&mut self, target: Target<'_>, values: Vec<Scalar>) -> Result<(), Reason> {
        let same = match self.cell(target.at) {
            Some(Cell::Array(array)) => array.items() == values,
            Some(Cell::Members(members)) => members.iter().eq(&values),
            _ => return Ok(()),
        };
        if same {
            return Ok(());
        }
        self.clear(target)?;
        for (index, value) in (0..).zip(values) {
            match self.cell(target.at) {
                Some(Cell::Array(_)) => self.insert(target, index, value)?,
                _ => self.add_member(target, value)?,
            }
        }
        Ok(())
    }
}
