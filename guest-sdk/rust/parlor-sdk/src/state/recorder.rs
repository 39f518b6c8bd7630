//! Collects the changes of one hook, numbers new instances.

use super::schema::Schema;
use super::tracking::{FieldType, State};
use crate::bindings::parlor::room::state::{
    ArrayIndex, ArraySlot, Change, Container, FieldValue, MapEntry, MapKey, Member, NewNode, PackedNumbers,
    Value,
};
use rustc_hash::FxHashSet;

/// Number of an instance.
pub type Node = u32;

/// A field of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The instance.
    pub node: Node,
    /// The field's position, inherited fields first.
    pub field: u8,
}

/// Integers up to here, either side of zero, are exact in an f64.
const EXACT: u64 = 1 << 53;

/// Collects the changes of one hook.
#[derive(Debug)]
pub struct Recorder {
    changes: Vec<Change>,
    /// What fields of numbers are set to when all of that is done: any number of them costs little.
    numbers: PackedNumbers,
    schema: Schema,
    next: Node,
    adopted: Option<Adopted>,
}

/// Numbers from a saved room, handed out instead of new ones while its state is taken over.
#[derive(Debug)]
struct Adopted {
    numbers: std::vec::IntoIter<Node>,
    missing: usize,
}

/// The changes of one hook, for the host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch<'a> {
    pub changes: &'a [Change],
    /// Set when all changes are made.
    pub numbers: &'a PackedNumbers,
}

impl Batch<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.numbers.values.is_empty()
    }

    /// All as single changes.
    #[cfg(test)]
    pub(crate) fn to_vec(self) -> Vec<Change> {
        let PackedNumbers {
            nodes,
            fields,
            values,
        } = self.numbers;
        let mut changes = self.changes.to_vec();
        let mut values = values.iter();
        for (node, fields) in nodes.iter().zip(fields) {
            for field in (0..64).filter(|field| fields >> field & 1 == 1) {
                changes.push(Change::Set(FieldValue {
                    node: *node,
                    field,
                    value: Value::Float(*values.next().unwrap()),
                }));
            }
        }
        assert_eq!((nodes.len(), values.next()), (fields.len(), None));
        changes
    }
}

impl Recorder {
    pub(crate) fn new(schema: Schema) -> Self {
        Self {
            changes: Vec::new(),
            numbers: PackedNumbers {
                nodes: Vec::new(),
                fields: Vec::new(),
                values: Vec::new(),
            },
            schema,
            next: 1,
            adopted: None,
        }
    }

    /// Goes on counting where a saved room stopped. Until `finish_adoption`, instances get the
    /// numbers that they had and nothing is recorded, because the host knows it all.
    pub(crate) fn adopt(&mut self, next: Node, numbers: Vec<Node>) {
        self.next = next;
        self.adopted = Some(Adopted {
            numbers: numbers.into_iter(),
            missing: 0,
        });
    }

    /// Empties the state that the host has, and goes on counting where the saved room stopped.
    pub(crate) fn begin_again(&mut self, next: Node) {
        self.next = next;
        for (field, kind) in (0..).zip(self.schema.fields_of_root()) {
            let place = Place { node: 0, field };
            match kind {
                FieldType::Primitive(_) | FieldType::Struct(_) => self.set(place, Value::Null),
                FieldType::Map(_) | FieldType::Array(_) | FieldType::Set(_) | FieldType::Collection(_) => {
                    self.clear_container(place);
                }
            }
        }
    }

    /// Ends the adoption; the error says how many numbers were missing or left over.
    pub(crate) fn finish_adoption(&mut self) -> Result<(), String> {
        match self.adopted.take() {
            Some(adopted) if adopted.missing > 0 => Err(format!(
                "the saved state has {} instances fewer than this room expects",
                adopted.missing
            )),
            Some(adopted) if adopted.numbers.len() > 0 => Err(format!(
                "the saved state has {} instances more than this room expects",
                adopted.numbers.len()
            )),
            _ => Ok(()),
        }
    }

    /// The number that the next new instance gets.
    pub(crate) fn next(&self) -> Node {
        self.next
    }

    pub(crate) fn batch(&self) -> Batch<'_> {
        Batch {
            changes: &self.changes,
            numbers: &self.numbers,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.changes.clear();
        self.numbers.nodes.clear();
        self.numbers.fields.clear();
        self.numbers.values.clear();
    }

    /// Numbers a new instance.
    pub fn create<T: State>(&mut self) -> Node {
        if let Some(adopted) = &mut self.adopted {
            if let Some(node) = adopted.numbers.next() {
                return node;
            }
            adopted.missing += 1;
        }
        let node = self.next;
        self.next += 1;
        let struct_ = self.schema.index_of::<T>();
        self.push(Change::Create(NewNode { node, struct_ }));
        node
    }

    /// A field that holds a primitive or an instance.
    pub fn set(&mut self, place: Place, value: Value) {
        match value {
            Value::Float(number) => self.set_number(place, number),
            Value::Integer(number) if number.unsigned_abs() <= EXACT => self.set_number(place, number as f64),
            value => self.push(Change::Set(FieldValue {
                node: place.node,
                field: place.field,
                value,
            })),
        }
    }

    fn set_number(&mut self, place: Place, number: f64) {
        if self.adopted.is_some() {
            return;
        }
        let PackedNumbers {
            nodes,
            fields,
            values,
        } = &mut self.numbers;
        let field = 1 << place.field;
        match (nodes.last(), fields.last_mut()) {
            // Values stand in the order of fields.
            (Some(node), Some(fields)) if *node == place.node && *fields < field => *fields |= field,
            _ => {
                nodes.push(place.node);
                fields.push(field);
            }
        }
        values.push(number);
    }

    pub(super) fn map_set(&mut self, place: Place, key: &str, value: Value) {
        self.push(Change::MapSet(MapEntry {
            node: place.node,
            field: place.field,
            key: key.to_owned(),
            value,
        }));
    }

    pub(super) fn map_remove(&mut self, place: Place, key: String) {
        self.push(Change::MapRemove(MapKey {
            node: place.node,
            field: place.field,
            key,
        }));
    }

    pub(super) fn array_insert(&mut self, place: Place, index: usize, value: Value) {
        self.push(Change::ArrayInsert(array_slot(place, index, value)));
    }

    pub(super) fn array_set(&mut self, place: Place, index: usize, value: Value) {
        self.push(Change::ArraySet(array_slot(place, index, value)));
    }

    pub(super) fn array_remove(&mut self, place: Place, index: usize) {
        self.push(Change::ArrayRemove(ArrayIndex {
            node: place.node,
            field: place.field,
            index: position(index),
        }));
    }

    pub(super) fn set_add(&mut self, place: Place, value: Value) {
        self.push(Change::SetAdd(Member {
            node: place.node,
            field: place.field,
            value,
        }));
    }

    pub(super) fn set_remove(&mut self, place: Place, value: Value) {
        self.push(Change::SetRemove(Member {
            node: place.node,
            field: place.field,
            value,
        }));
    }

    pub(super) fn clear_container(&mut self, place: Place) {
        self.push(Change::Clear(Container {
            node: place.node,
            field: place.field,
        }));
    }

    fn push(&mut self, change: Change) {
        if self.adopted.is_none() {
            self.changes.push(change);
        }
    }
}

fn array_slot(place: Place, index: usize, value: Value) -> ArraySlot {
    ArraySlot {
        node: place.node,
        field: place.field,
        index: position(index),
        value,
    }
}

/// A room's memory ends long before a list gets so long.
fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The numbers of all instances, in the order in which attaching the state would make them.
#[derive(Debug, Default)]
pub struct Numbers {
    list: Vec<Node>,
    shared: FxHashSet<Node>,
}

impl Numbers {
    /// Takes down an instance that hangs at one place only.
    pub fn push(&mut self, node: Node) {
        self.list.push(node);
    }

    /// Takes down a shared instance; false if that was done before.
    pub(super) fn push_shared(&mut self, node: Node) -> bool {
        let first = self.shared.insert(node);
        if first {
            self.list.push(node);
        }
        first
    }

    pub(crate) fn into_list(self) -> Vec<Node> {
        self.list
    }
}
