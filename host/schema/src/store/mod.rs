//! How instances and collections lie in memory, and what each remembers of its last boundary.
//!
//! A structure that clients know keeps, for what changed since the last patch, how it was then. A patch
//! compares the two, so its cost grows with what was touched. What was never sent remembers nothing.

mod array;
mod map;
mod members;
mod places;

pub(crate) use array::{Array, ArrayBefore};
pub(crate) use map::{Entry, Map};
pub(crate) use members::Members;
pub(crate) use places::Places;

use crate::scalar::{Scalar, Slot};
use crate::schema::Shape;
use crate::{FieldType, StructIndex};

/// Whether clients have an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Created since the last boundary.
    Fresh,
    /// Sent in a patch or a snapshot.
    Known,
}

/// Who comes upon an instance, as of the last boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Every client: fields without a view tag lead to it.
    Everyone,
    /// Clients to whom something is shown: a view tag is on every way to it. So it is with a new instance
    /// until the first boundary.
    Viewers,
}

/// One instance.
#[derive(Debug)]
pub(crate) struct Node {
    /// The room's number for it; none if `replace` made it.
    pub number: Option<u32>,
    pub definition: StructIndex,
    pub stage: Stage,
    pub audience: Audience,
    /// The reference that it got first, which no other instance ever has.
    pub origin: u32,
    /// Its reference on the wire; its collections have the ones that follow (`FieldShape::ref_offset`).
    pub wire: u32,
    /// One bit for each field touched since the last boundary. Only for known instances.
    pub touched: u64,
    /// How touched single values were at the boundary, by field.
    pub before: Vec<(u8, Scalar)>,
    /// Where it hangs.
    pub places: Places,
    /// How many views have a mark on it.
    pub marks: u32,
    pub cells: Box<[Cell]>,
}

/// What a field holds.
#[derive(Debug)]
pub(crate) enum Cell {
    Single(Scalar),
    Map(Box<Map>),
    Array(Box<Array>),
    /// A set or a collection.
    Members(Box<Members>),
}

impl Node {
    pub(crate) fn new(
        number: Option<u32>,
        definition: StructIndex,
        shape: &Shape,
        wire: u32,
        audience: Audience,
    ) -> Self {
        let cells = shape.fields.iter().map(|field| match field.kind {
            FieldType::Primitive(_) | FieldType::Struct(_) => Cell::Single(Scalar::Unset),
            FieldType::Map(_) => Cell::Map(Box::default()),
            FieldType::Array(_) => Cell::Array(Box::default()),
            FieldType::Set(_) | FieldType::Collection(_) => Cell::Members(Box::default()),
        });
        Self {
            number,
            definition,
            stage: Stage::Fresh,
            audience,
            origin: wire,
            wire,
            touched: 0,
            before: Vec::new(),
            places: Places::default(),
            marks: 0,
            cells: cells.collect(),
        }
    }

    pub(crate) fn cell(&self, field: u8) -> Option<&Cell> {
        self.cells.get(usize::from(field))
    }

    pub(crate) fn cell_mut(&mut self, field: u8) -> Option<&mut Cell> {
        self.cells.get_mut(usize::from(field))
    }

    /// Notes how a single value was at the boundary. Only for the first touch since.
    pub(crate) fn remember(&mut self, field: u8, old: Scalar) {
        let place = self.before.partition_point(|(earlier, _)| *earlier < field);
        self.before.insert(place, (field, old));
    }

    /// Forgets how the instance was: the boundary is now.
    pub(crate) fn settle(&mut self) {
        self.before.clear();
        while self.touched != 0 {
            let field = self.touched.trailing_zeros() as u8;
            self.touched &= self.touched - 1;
            if let Some(cell) = self.cell_mut(field) {
                cell.settle();
            }
        }
    }

    /// Takes the first touch of a field back: it is what it was at the boundary, and nothing is remembered of it.
    pub(crate) fn untouch(&mut self, field: u8) {
        self.touched &= !(1 << field);
        let remembered = self.before.iter().position(|(known, _)| *known == field);
        let old = remembered.map(|place| self.before.remove(place).1);
        match (self.cell_mut(field), old) {
            (Some(Cell::Single(value)), Some(old)) => *value = old,
            (Some(Cell::Map(map)), _) => map.untouch(),
            (Some(Cell::Array(array)), _) => array.untouch(),
            (Some(Cell::Members(members)), _) => members.untouch(),
            _ => {}
        }
    }

    /// Whether a field that holds an instance may have held it at the boundary.
    pub(crate) fn held(&self, field: u8, slot: Slot) -> bool {
        if self.touched >> field & 1 == 0 {
            return true;
        }
        match self.cell(field) {
            Some(Cell::Single(_)) => self
                .before
                .iter()
                .any(|(touched, old)| *touched == field && old.node() == Some(slot)),
            Some(Cell::Map(map)) => map.held(slot),
            Some(Cell::Array(array)) => array.held(slot),
            Some(Cell::Members(members)) => members.held(slot),
            None => false,
        }
    }

    /// Values in the instance, for the bound: itself, its fields, its entries.
    pub(crate) fn values(&self) -> u64 {
        1 + self.cells.len() as u64 + self.cells.iter().map(Cell::entries).sum::<u64>()
    }
}

impl Cell {
    /// Entries of a collection.
    pub(crate) fn entries(&self) -> u64 {
        match self {
            Self::Single(_) => 0,
            Self::Map(map) => map.len() as u64,
            Self::Array(array) => array.items().len() as u64,
            Self::Members(members) => members.len() as u64,
        }
    }

    /// Bytes of text in the field.
    pub(crate) fn text_bytes(&self) -> u64 {
        match self {
            Self::Single(scalar) => scalar.text_bytes(),
            Self::Map(map) => map
                .iter()
                .map(|(key, entry)| key.len() as u64 + entry.value.text_bytes())
                .sum(),
            Self::Array(array) => array.items().iter().map(Scalar::text_bytes).sum(),
            Self::Members(members) => members.iter().map(Scalar::text_bytes).sum(),
        }
    }

    /// Calls `visit` with every instance that the field holds, once for each place.
    pub(crate) fn each_node(&self, mut visit: impl FnMut(Slot)) {
        match self {
            Self::Single(scalar) => scalar.node().into_iter().for_each(&mut visit),
            Self::Map(map) => map
                .iter()
                .filter_map(|(_, entry)| entry.value.node())
                .for_each(&mut visit),
            Self::Array(array) => array.items().iter().filter_map(Scalar::node).for_each(&mut visit),
            Self::Members(members) => members.iter().filter_map(Scalar::node).for_each(&mut visit),
        }
    }

    /// Forgets how the collection was: the boundary is now.
    pub(crate) fn settle(&mut self) {
        match self {
            Self::Single(_) => {}
            Self::Map(map) => map.settle(),
            Self::Array(array) => array.settle(),
            Self::Members(members) => members.settle(),
        }
    }
}
