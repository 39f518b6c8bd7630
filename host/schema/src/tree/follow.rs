//! A tree that tells clients, by the schema that they know, of a state that obeys another.

use std::collections::{HashMap, HashSet};

use super::dump::{STRUCT, plain};
use super::{ROOT, StateTree};
use crate::kinship::Kinship;
use crate::scalar::{Scalar, Slot};
use crate::store::Cell;
use crate::{Element, Plain, StateError, StructIndex, ViewId, ViewTag};

/// Which instance of a followed tree is which of the tree that follows.
#[derive(Debug, Default)]
pub struct Twins(HashMap<Slot, Slot>);

impl StateTree {
    /// Makes this state equal to that of `now`, as far as its own schema has words for it. Fields that only this schema has are
    /// unset. Costs in proportion to the state; what its clients are told is what has changed.
    ///
    /// # Errors
    /// The state does not keep the limits of this tree, which is as it was then.
    pub fn follow(&mut self, now: &Self, kinship: &Kinship) -> Result<(), StateError> {
        let mut telling = Telling {
            now,
            told: self,
            kinship,
            left: now.limits.max_values.saturating_mul(4),
        };
        let whole = telling.instance(ROOT, self.schema.root());
        self.replace(whole.unwrap_or(Plain::Map(Vec::new())))
    }

    /// Pairs the instances of this tree with those of `now`, which it has followed, by their places.
    pub fn twins(&self, now: &Self, kinship: &Kinship) -> Twins {
        let mut pairing = Pairing {
            now,
            told: self,
            kinship,
            twins: Twins::default(),
        };
        pairing.instance(ROOT, ROOT);
        pairing.twins
    }

    /// Shows in a view of this tree what is shown in a view of the tree that it follows, and nothing else.
    pub fn show_like(&mut self, view: ViewId, now: &Self, like: ViewId, twins: &Twins) {
        let shown = now.shown_in(like);
        let wanted = shown.filter_map(|(slot, tag)| Some((*twins.0.get(&slot)?, tag)));
        self.show_exactly(view, wanted.collect());
    }

    /// The reverse: shows in a view of this tree what is shown in a view of one that follows it.
    pub fn show_as_told(&mut self, view: ViewId, told: &Self, like: ViewId, twins: &Twins) {
        let shown: HashSet<(Slot, ViewTag)> = told.shown_in(like).collect();
        let tags = shown.iter().map(|(_, tag)| *tag).collect::<HashSet<_>>();
        let wanted = twins.0.iter().flat_map(|(ours, theirs)| {
            let tags = tags.iter().filter(|tag| shown.contains(&(*theirs, **tag)));
            tags.map(|tag| (*ours, *tag))
        });
        self.show_exactly(view, wanted.collect());
    }
}

/// Writes a state out in the words of another schema.
struct Telling<'a> {
    now: &'a StateTree,
    told: &'a StateTree,
    kinship: &'a Kinship,
    /// Values that may still be written: what hangs at several places is written at each.
    left: u64,
}

// Recursion is bounded: nesting of structs that contain one another is, and so is the number of structs.
impl Telling<'_> {
    /// None if clients do not know the instance's struct, nor one that it extends, under `declared`.
    fn instance(&mut self, slot: Slot, declared: StructIndex) -> Option<Plain> {
        let node = self.now.node(slot)?;
        self.left = self.left.checked_sub(node.values())?;
        let known = known_as(self.now, self.told, self.kinship, node.definition, declared)?;
        let (now, told) = (
            self.now.schema.shape(node.definition)?,
            self.told.schema.shape(known)?,
        );
        let mut members = Vec::with_capacity(told.fields.len() + 1);
        if known != declared {
            members.push((STRUCT.to_owned(), Plain::Text(told.name.as_ref().to_owned())));
        }
        for field in &told.fields {
            let Some((position, _)) = self.kinship.field(field, now) else {
                continue;
            };
            let element = field.kind.element();
            let member = match node.cell(position) {
                None | Some(Cell::Single(Scalar::Unset)) => continue,
                Some(Cell::Single(value)) => match self.value(value, element) {
                    Some(value) => value,
                    None => continue,
                },
                Some(Cell::Array(array)) => self.list(array.items(), element),
                Some(Cell::Members(members)) => self.list(members.iter(), element),
                Some(Cell::Map(map)) => {
                    let entries = map.in_order().into_iter();
                    let told = entries.filter_map(|(key, entry)| {
                        Some((key.to_string(), self.value(&entry.value, element)?))
                    });
                    Plain::Map(told.collect())
                }
            };
            members.push((field.name.as_ref().to_owned(), member));
        }
        Some(Plain::Map(members))
    }

    fn list<'v>(&mut self, values: impl IntoIterator<Item = &'v Scalar>, element: Element) -> Plain {
        Plain::List(
            values
                .into_iter()
                .filter_map(|value| self.value(value, element))
                .collect(),
        )
    }

    fn value(&mut self, value: &Scalar, element: Element) -> Option<Plain> {
        match (value, element) {
            (Scalar::Node(slot), Element::Struct(declared)) => self.instance(*slot, declared),
            (value, Element::Primitive(primitive)) => Some(plain(value, primitive)),
            (_, Element::Struct(_)) => None,
        }
    }
}

/// The struct by which clients know one that they may not know: it or the nearest that it extends.
fn known_as(
    now: &StateTree,
    told: &StateTree,
    kinship: &Kinship,
    definition: StructIndex,
    declared: StructIndex,
) -> Option<StructIndex> {
    let mut chain = std::iter::successors(Some(definition), |index| now.schema.parent(*index));
    chain.find_map(|index| {
        kinship
            .told(index)
            .filter(|known| told.schema.extends(*known, declared))
    })
}

/// Walks two trees side by side.
struct Pairing<'a> {
    now: &'a StateTree,
    told: &'a StateTree,
    kinship: &'a Kinship,
    twins: Twins,
}

// Recursion is bounded as that of `Telling` is; what hangs at several places is looked at once.
impl Pairing<'_> {
    fn instance(&mut self, now: Slot, told: Slot) {
        let (Some(ours), Some(theirs)) = (self.now.node(now), self.told.node(told)) else {
            return;
        };
        if self.twins.0.insert(now, told).is_some() {
            return;
        }
        let (Some(shape), Some(told_shape)) = (
            self.now.schema.shape(ours.definition),
            self.told.schema.shape(theirs.definition),
        ) else {
            return;
        };
        for (field, told_cell) in told_shape.fields.iter().zip(&theirs.cells) {
            let found = self.kinship.field(field, shape);
            let Some(cell) = found.and_then(|(position, _)| ours.cell(position)) else {
                continue;
            };
            let Element::Struct(declared) = field.kind.element() else {
                continue;
            };
            match (cell, told_cell) {
                (Cell::Single(value), Cell::Single(told)) => self.pair(value, told),
                (Cell::Map(map), Cell::Map(told)) => {
                    for (key, entry) in map.iter() {
                        if let Some(told) = told.get(key) {
                            self.pair(&entry.value, &told.value);
                        }
                    }
                }
                (Cell::Array(array), Cell::Array(told)) => {
                    self.sequence(array.items().iter(), told.items().iter(), declared);
                }
                (Cell::Members(members), Cell::Members(told)) => {
                    self.sequence(members.iter(), told.iter(), declared);
                }
                _ => {}
            }
        }
    }

    fn sequence<'v>(
        &mut self,
        values: impl Iterator<Item = &'v Scalar>,
        told: impl Iterator<Item = &'v Scalar>,
        declared: StructIndex,
    ) {
        let known: Vec<&Scalar> = values.filter(|value| self.is_told(value, declared)).collect();
        for (value, told) in known.into_iter().zip(told) {
            self.pair(value, told);
        }
    }

    fn is_told(&self, value: &Scalar, declared: StructIndex) -> bool {
        let node = value.node().and_then(|slot| self.now.node(slot));
        node.is_some_and(|node| {
            known_as(self.now, self.told, self.kinship, node.definition, declared).is_some()
        })
    }

    fn pair(&mut self, value: &Scalar, told: &Scalar) {
        if let (Some(now), Some(told)) = (value.node(), told.node()) {
            self.instance(now, told);
        }
    }
}
