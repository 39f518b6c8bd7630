//! Fields that a client sees in part: they hold what was shown of their elements. A field without any is
//! not there.

use std::collections::{BTreeMap, BTreeSet};

use super::full::Entries;
use super::view::Telling;
use super::{Adds, Purpose, element, op};
use crate::Element;
use crate::scalar::{Scalar, Slot};
use crate::schema::FieldShape;
use crate::store::{Array, Cell, Map, Members, Node};
use crate::view::{Known, Partial, is_passed};

/// One field of an instance.
#[derive(Clone, Copy)]
struct Field<'a> {
    node: &'a Node,
    at: (Slot, u8),
    shape: &'a FieldShape,
}

impl Field<'_> {
    fn element(&self) -> Element {
        element(self.shape)
    }

    /// Reference of the collection.
    fn wire(&self) -> u32 {
        self.node.wire + self.shape.ref_offset
    }

    fn is_touched(&self) -> bool {
        self.node.touched >> self.at.1 & 1 == 1
    }
}

impl Telling<'_> {
    /// Brings what the client has of these fields of an instance up to date.
    pub(super) fn parts(&mut self, slot: Slot, fields: u64, known: &mut Known) {
        let Some((node, shape)) = self.encoder.node(slot) else {
            return;
        };
        for (index, (shape, cell)) in (0..).zip(shape.fields.iter().zip(&node.cells)) {
            let at = (slot, index);
            let field = Field { node, at, shape };
            let due = self.stirred.contains_key(&at) || (field.is_touched() && known.has_part(index));
            if fields >> index & 1 == 0 || !due {
                continue;
            }
            let had = known.take_part(index);
            if let Some(part) = self.part(field, cell, had) {
                known.put_part(index, part);
            }
        }
    }

    /// What can be seen of a field that is not seen as a whole.
    pub(super) fn passed(&self, cell: &Cell) -> Option<Partial> {
        let part = match cell {
            Cell::Single(value) => return self.part_of(value),
            Cell::Map(map) => {
                let seen = map
                    .iter()
                    .filter_map(|(_, entry)| Some((entry.index, self.wire_of(&entry.value)?)));
                Partial::Map(seen.collect())
            }
            Cell::Array(array) => Partial::Array(
                array
                    .items()
                    .iter()
                    .filter_map(|value| self.wire_of(value))
                    .collect(),
            ),
            Cell::Members(members) => {
                let seen = members
                    .ranked()
                    .filter_map(|(rank, value)| Some((rank, self.wire_of(value)?)));
                Partial::Members(seen.collect())
            }
        };
        (!part.is_empty()).then_some(part)
    }

    /// The same of a single value.
    pub(super) fn part_of(&self, value: &Scalar) -> Option<Partial> {
        self.wire_of(value).map(Partial::Single)
    }

    /// The reference of an element, if it can be seen where not everything can.
    fn wire_of(&self, value: &Scalar) -> Option<u32> {
        let slot = value.node()?;
        let (node, _) = self.encoder.node(slot)?;
        is_passed(self.marks, slot, node).then_some(node.wire)
    }

    fn part(&mut self, field: Field<'_>, cell: &Cell, had: Option<Partial>) -> Option<Partial> {
        match (cell, had) {
            (Cell::Single(value), had) => {
                let part = self.part_of(value);
                if part == had {
                    return part;
                }
                let operation = match (&had, &part) {
                    (None, _) => op::ADD,
                    (_, None) => op::DELETE,
                    _ => op::DELETE_AND_ADD,
                };
                self.encoder.switch(field.node.wire);
                self.encoder.field_op(operation, field.at.1);
                if part.is_some() {
                    self.encoder.value(field.element(), value, Adds::Yes);
                }
                part
            }
            (Cell::Map(map), Some(Partial::Map(had))) => Some(Partial::Map(self.map_part(field, map, had))),
            (Cell::Array(array), Some(Partial::Array(had))) => Some(self.array_part(field, array, &had)),
            (Cell::Members(members), Some(Partial::Members(had))) => {
                Some(self.members_part(field, members, had))
            }
            (Cell::Map(map), _) => {
                let part = Partial::Map(self.stirred_entries(field, map));
                Some(self.appear(field, cell, part))
            }
            (Cell::Members(members), _) => {
                let part = Partial::Members(self.stirred_members(field, members, BTreeMap::new()));
                Some(self.appear(field, cell, part))
            }
            (Cell::Array(_), _) => {
                let part = self.passed(cell)?;
                Some(self.appear(field, cell, part))
            }
        }
    }

    /// A collection of which the client had nothing.
    fn appear(&mut self, field: Field<'_>, cell: &Cell, part: Partial) -> Partial {
        if part.is_empty() {
            return part;
        }
        self.encoder.switch(field.node.wire);
        self.encoder.field_op(op::ADD, field.at.1);
        self.encoder.wire.count(u64::from(field.wire()));
        self.encoder.switch(field.wire());
        let entries = if self.encoder.purpose == Purpose::Resync {
            self.encoder.wire.u8(op::CLEAR);
            Entries::Counted
        } else {
            Entries::First
        };
        self.full_part(cell, &part, field.at, field.element(), entries);
        part
    }

    /// A collection of which nothing is seen any more.
    fn disappear(&mut self, field: Field<'_>) {
        self.encoder.switch(field.node.wire);
        self.encoder.field_op(op::DELETE, field.at.1);
    }

    /// All that is seen of a collection, which the client has without any entry.
    pub(super) fn full_part(
        &mut self,
        cell: &Cell,
        part: &Partial,
        at: (Slot, u8),
        element: Element,
        entries: Entries,
    ) {
        match (cell, part) {
            (Cell::Map(map), Partial::Map(part)) => {
                let mut seen: Vec<_> = map
                    .iter()
                    .filter(|(_, entry)| part.contains_key(&entry.index))
                    .collect();
                seen.sort_unstable_by_key(|(_, entry)| entry.index);
                for (key, entry) in seen {
                    self.encoder.entry_op(op::ADD, entry.index);
                    self.encoder.wire.text(key);
                    self.encoder.value(element, &entry.value, Adds::Yes);
                }
            }
            (Cell::Array(array), Partial::Array(_)) => {
                let seen: Vec<_> = array
                    .items()
                    .iter()
                    .filter(|value| self.wire_of(value).is_some())
                    .collect();
                for (index, value) in (0..).zip(seen) {
                    self.encoder.entry_op(op::ADD, index);
                    self.encoder.value(element, value, Adds::Yes);
                }
            }
            (Cell::Members(members), Partial::Members(part)) => {
                let mut next = match entries {
                    Entries::First => 0,
                    Entries::Counted => members.next_index,
                };
                for value in part.keys().filter_map(|rank| members.get(*rank)) {
                    self.encoder.entry_op(op::ADD, next);
                    self.encoder.value(element, value, Adds::Yes);
                    next += 1;
                }
                self.encoder.indexes.push((at.0, at.1, next));
            }
            _ => {}
        }
    }

    fn stirred(&self, at: (Slot, u8)) -> Vec<Slot> {
        self.stirred.get(&at).cloned().unwrap_or_default()
    }

    /// What of a map is seen by a client that has nothing of it.
    fn stirred_entries(&self, field: Field<'_>, map: &Map) -> rustc_hash::FxHashMap<u64, u32> {
        let stirred = self.stirred(field.at);
        let seen = stirred
            .into_iter()
            .filter_map(|slot| Some((slot, self.wire_of(&Scalar::Node(slot))?)));
        seen.flat_map(|(slot, wire)| map.holding(slot).map(move |(index, _)| (index, wire)))
            .collect()
    }

    fn map_part(
        &mut self,
        field: Field<'_>,
        map: &Map,
        mut had: rustc_hash::FxHashMap<u64, u32>,
    ) -> rustc_hash::FxHashMap<u64, u32> {
        // Entries that may be others now, by index.
        let mut looked_at: BTreeMap<u64, Option<(&str, Slot)>> = BTreeMap::new();
        for (key, old) in map.before().into_iter().flat_map(|before| &before.touched) {
            if let Some(old) = old {
                looked_at.insert(old.index, None);
            }
            if let Some(new) = map.get(key) {
                looked_at.insert(new.index, new.value.node().map(|slot| (&**key, slot)));
            }
        }
        for slot in self.stirred(field.at) {
            looked_at.extend(
                map.holding(slot)
                    .map(|(index, key)| (index, Some((&**key, slot)))),
            );
        }
        let (mut removed, mut replaced, mut added) = (Vec::new(), Vec::new(), Vec::new());
        for (index, entry) in looked_at {
            let seen = entry.and_then(|(key, slot)| Some((key, slot, self.wire_of(&Scalar::Node(slot))?)));
            match (had.get(&index).copied(), seen) {
                (None, None) => {}
                (Some(_), None) => {
                    had.remove(&index);
                    removed.push(index);
                }
                (Some(old), Some((_, _, new))) if old == new => {}
                (old, Some((key, slot, new))) => {
                    had.insert(index, new);
                    let list = if old.is_some() { &mut replaced } else { &mut added };
                    list.push((index, key, slot));
                }
            }
        }
        if had.is_empty() {
            self.disappear(field);
            return had;
        }
        if !(removed.is_empty() && replaced.is_empty() && added.is_empty()) {
            self.encoder.switch(field.wire());
        }
        for index in removed {
            self.encoder.entry_op(op::DELETE, index);
        }
        let replaced = replaced.into_iter().map(|entry| (op::DELETE_AND_ADD, entry));
        for (operation, (index, key, slot)) in replaced.chain(added.into_iter().map(|entry| (op::ADD, entry)))
        {
            self.encoder.entry_op(operation, index);
            self.encoder.wire.text(key);
            self.encoder
                .value(field.element(), &Scalar::Node(slot), Adds::Yes);
        }
        had
    }

    fn array_part(&mut self, field: Field<'_>, array: &Array, had: &[u32]) -> Partial {
        let seen = array
            .items()
            .iter()
            .filter_map(|value| Some((self.wire_of(value)?, value.clone())));
        let (now, values): (Vec<u32>, Vec<Scalar>) = seen.unzip();
        if now.is_empty() {
            self.disappear(field);
        } else if twice(had) || twice(&now) {
            if now != had {
                self.encoder.switch(field.wire());
                self.encoder.wire.u8(op::CLEAR);
                for (index, value) in (0..).zip(&values) {
                    self.encoder.entry_op(op::ADD, index);
                    self.encoder.value(field.element(), value, Adds::Yes);
                }
            }
        } else if now != had {
            self.encoder
                .instances(field.wire(), had, &now, &values, field.element());
        }
        Partial::Array(now)
    }

    /// What of a set or collection is seen, by rank, if `had` is what the client has.
    fn stirred_members(
        &self,
        field: Field<'_>,
        members: &Members,
        mut had: BTreeMap<u64, u32>,
    ) -> BTreeMap<u64, u32> {
        for slot in self.stirred(field.at) {
            let value = Scalar::Node(slot);
            let wire = self.wire_of(&value);
            for rank in members.ranks(&value) {
                match wire {
                    Some(wire) => had.insert(rank, wire),
                    None => had.remove(&rank),
                };
            }
        }
        had
    }

    fn members_part(&mut self, field: Field<'_>, members: &Members, had: BTreeMap<u64, u32>) -> Partial {
        let mut now = had.clone();
        if let Some(before) = members.before() {
            if before.missing > 0 {
                now.retain(|rank, _| members.get(*rank).is_some());
            }
            let younger = members.since(before.rank);
            now.extend(younger.filter_map(|(rank, value)| Some((rank, self.wire_of(value)?))));
        }
        let now = self.stirred_members(field, members, now);
        let last = had.last_key_value().map(|(rank, _)| *rank);
        let appended: Vec<u64> = now.keys().copied().filter(|rank| Some(*rank) > last).collect();
        if now.is_empty() {
            self.disappear(field);
        } else if now.len() == had.len() + appended.len()
            && had.iter().all(|(rank, wire)| now.get(rank) == Some(wire))
        {
            let mut next = members.next_index;
            for value in appended.into_iter().filter_map(|rank| members.get(rank)) {
                self.encoder.switch(field.wire());
                self.encoder.entry_op(op::ADD, next);
                self.encoder.value(field.element(), value, Adds::Yes);
                next += 1;
            }
            self.encoder.indexes.push((field.at.0, field.at.1, next));
        } else {
            // As for all clients: none can be removed or inserted by its index.
            self.encoder.switch(field.wire());
            self.encoder.wire.u8(op::CLEAR);
            let (part, element) = (Partial::Members(now), field.element());
            if let Some(cell) = field.node.cell(field.at.1) {
                self.full_part(cell, &part, field.at, element, Entries::Counted);
            }
            return part;
        }
        Partial::Members(now)
    }
}

fn twice(names: &[u32]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() < names.len()
}
