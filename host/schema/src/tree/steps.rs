//! The steps that a batch is made of. Each checks, then changes, then notes how to take it back.

use std::sync::Arc;

use super::edit::{Batch, Target};
use super::undo::Undo;
use crate::error::Reason;
use crate::scalar::Scalar;
use crate::store::Cell;

impl Batch<'_> {
    /// Sets a field that holds one value.
    pub(super) fn put_single(&mut self, target: Target<'_>, value: Scalar) -> Result<(), Reason> {
        let Some(Cell::Single(old)) = self.cell(target.at) else {
            return Err(target.wrong_kind("a single value"));
        };
        if *old == value {
            return Ok(());
        }
        let (text, child) = (old.text_bytes(), value.node());
        self.check(target, child)?;
        self.charge(0, value.text_bytes(), text)?;
        let first = self.touch(target.at);
        let Some(node) = self.tree.node_mut(target.at.slot) else {
            return Ok(());
        };
        let Some(Cell::Single(cell)) = node.cells.get_mut(usize::from(target.at.field)) else {
            return Ok(());
        };
        let parent = cell.node();
        let old = std::mem::replace(cell, value);
        if first {
            self.undo.push(Undo::Touched(target.at));
            node.remember(target.at.field, old);
        } else {
            self.undo.push(Undo::Single(target.at, old));
        }
        self.rehang(target.at, child, parent);
        Ok(())
    }

    /// Adds an entry to a map or replaces one.
    pub(super) fn put_entry(&mut self, target: Target<'_>, key: String, value: Scalar) -> Result<(), Reason> {
        let Some(Cell::Map(map)) = self.cell(target.at) else {
            return Err(target.wrong_kind("a map"));
        };
        let (more, text) = match map.get(&key) {
            Some(old) if old.value == value => return Ok(()),
            Some(old) => (0, old.value.text_bytes()),
            None => (1, 0),
        };
        let key_bytes = if more == 1 { key.len() as u64 } else { 0 };
        let child = value.node();
        self.check(target, child)?;
        self.charge(more, value.text_bytes() + key_bytes, text)?;
        let track = self.track(target.at);
        let Some(Cell::Map(map)) = self.cell_mut(target.at) else {
            return Ok(());
        };
        let (key, old, first) = map.put(key, value, track);
        let parent = old.as_ref().and_then(|old| old.value.node());
        self.undo.push(match first {
            true => Undo::FirstPut(target.at, key),
            false => Undo::Put(target.at, key, old),
        });
        self.rehang(target.at, child, parent);
        Ok(())
    }

    /// Removes an entry of a map, if it is there.
    pub(super) fn remove_entry(&mut self, target: Target<'_>, key: &str) -> Result<(), Reason> {
        let Some(Cell::Map(map)) = self.cell(target.at) else {
            return Err(target.wrong_kind("a map"));
        };
        if map.get(key).is_none() {
            return Ok(());
        }
        let track = self.track(target.at);
        let Some(Cell::Map(map)) = self.cell_mut(target.at) else {
            return Ok(());
        };
        let Some((key, old, first)) = map.remove(key, track) else {
            return Ok(());
        };
        self.refund(1, old.value.text_bytes() + key.len() as u64);
        let parent = old.value.node();
        self.undo.push(match first {
            true => Undo::FirstPut(target.at, key),
            false => Undo::Put(target.at, key, Some(old)),
        });
        self.rehang(target.at, None, parent);
        Ok(())
    }

    /// Inserts into an array.
    pub(super) fn insert(&mut self, target: Target<'_>, index: u32, value: Scalar) -> Result<(), Reason> {
        let len = self.array_len(target)?;
        let position = index as usize;
        if position > len {
            return Err(Reason::NoSuchPosition {
                at: target.place(),
                index,
                len,
            });
        }
        let child = value.node();
        self.check(target, child)?;
        self.spend((len - position) as u64)?;
        self.charge(1, value.text_bytes(), 0)?;
        self.track_moving(target.at, position);
        let Some(Cell::Array(array)) = self.cell_mut(target.at) else {
            return Ok(());
        };
        array.insert(position, value);
        self.undo.push(Undo::Inserted(target.at, position));
        self.rehang(target.at, child, None);
        Ok(())
    }

    /// Replaces an element of an array.
    pub(super) fn set_element(
        &mut self,
        target: Target<'_>,
        index: u32,
        value: Scalar,
    ) -> Result<(), Reason> {
        let len = self.array_len(target)?;
        let Some(Cell::Array(array)) = self.cell(target.at) else {
            return Ok(());
        };
        let Some(old) = array.items().get(index as usize) else {
            return Err(Reason::NoSuchPosition {
                at: target.place(),
                index,
                len,
            });
        };
        if *old == value {
            return Ok(());
        }
        let (text, child) = (old.text_bytes(), value.node());
        self.check(target, child)?;
        self.charge(0, value.text_bytes(), text)?;
        let track = self.track(target.at);
        let Some(Cell::Array(array)) = self.cell_mut(target.at) else {
            return Ok(());
        };
        let Some((old, first)) = array.set(index as usize, value, track) else {
            return Ok(());
        };
        let parent = old.node();
        self.undo.push(match first {
            true => Undo::FirstReplaced(target.at, index as usize),
            false => Undo::Replaced(target.at, index as usize, old),
        });
        self.rehang(target.at, child, parent);
        Ok(())
    }

    /// Removes an element of an array.
    pub(super) fn remove_element(&mut self, target: Target<'_>, index: u32) -> Result<(), Reason> {
        let len = self.array_len(target)?;
        let position = index as usize;
        if position >= len {
            return Err(Reason::NoSuchPosition {
                at: target.place(),
                index,
                len,
            });
        }
        self.spend((len - position) as u64)?;
        self.track_moving(target.at, position);
        let Some(Cell::Array(array)) = self.cell_mut(target.at) else {
            return Ok(());
        };
        let Some(old) = array.remove(position) else {
            return Ok(());
        };
        self.refund(1, old.text_bytes());
        let parent = old.node();
        self.undo.push(Undo::Removed(target.at, position, old));
        self.rehang(target.at, None, parent);
        Ok(())
    }

    /// Adds to a set or a collection, whatever is there.
    pub(super) fn add_member(&mut self, target: Target<'_>, value: Scalar) -> Result<(), Reason> {
        let child = value.node();
        self.check(target, child)?;
        self.charge(1, value.text_bytes(), 0)?;
        let track = self.track(target.at);
        let Some(Cell::Members(members)) = self.cell_mut(target.at) else {
            return Ok(());
        };
        let rank = members.add(value, track);
        self.undo.push(Undo::Added(target.at, rank));
        self.rehang(target.at, child, None);
        Ok(())
    }

    /// Takes the member of this rank out of a set or collection.
    pub(super) fn remove_member(&mut self, target: Target<'_>, rank: u64) {
        let track = self.track(target.at);
        let Some(Cell::Members(members)) = self.cell_mut(target.at) else {
            return;
        };
        let Some(old) = members.remove(rank, track) else {
            return;
        };
        self.refund(1, old.text_bytes());
        let parent = old.node();
        self.undo.push(Undo::TakenOut(target.at, rank, old));
        self.rehang(target.at, None, parent);
    }

    /// Empties a collection of any kind.
    pub(super) fn clear(&mut self, target: Target<'_>) -> Result<(), Reason> {
        match self.cell(target.at) {
            Some(Cell::Map(map)) => {
                let keys: Vec<_> = map.iter().map(|(key, _)| Arc::clone(key)).collect();
                keys.iter().try_for_each(|key| self.remove_entry(target, key))
            }
            Some(Cell::Members(members)) => {
                let ranks: Vec<_> = members.ranked().map(|(rank, _)| rank).collect();
                ranks
                    .into_iter()
                    .for_each(|rank| self.remove_member(target, rank));
                Ok(())
            }
            Some(Cell::Array(array)) if array.items().is_empty() => Ok(()),
            Some(Cell::Array(_)) => {
                self.track_moving(target.at, 0);
                let Some(Cell::Array(array)) = self.cell_mut(target.at) else {
                    return Ok(());
                };
                let items = array.clear();
                self.refund(items.len() as u64, items.iter().map(Scalar::text_bytes).sum());
                let children: Vec<_> = items.iter().filter_map(Scalar::node).collect();
                self.undo.push(Undo::Emptied(target.at, items));
                children
                    .into_iter()
                    .for_each(|child| self.rehang(target.at, None, Some(child)));
                Ok(())
            }
            _ => Err(target.wrong_kind("a map, an array, a set or a collection")),
        }
    }
}
