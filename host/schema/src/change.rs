//! Changes to a state tree: the plain data of `state.wit`.

use crate::StructIndex;

/// A struct instance, as the room numbers it. 0 is the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The root, present from the start.
    pub const ROOT: Self = Self(0);
}

/// Position of a field in its struct, inherited fields first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldIndex(pub u8);

/// What a field or an element is set to.
///
/// Numbers may come in any of the three forms whatever the field's type, as long as the type can hold
/// them. `float32` rounds. The sign of a zero is not kept: clients compare with `===`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Unsets a field. Never an element.
    Null,
    /// For `boolean`.
    Boolean(bool),
    /// Any number that fits 64 signed bits.
    Integer(i64),
    /// For `uint64` and `biguint64` above 2^63.
    Unsigned(u64),
    /// Any number; whole and in range for an integer type.
    Float(f64),
    /// For `string`.
    Text(String),
    /// An instance, for fields and elements of a struct type.
    Node(NodeId),
}

/// Numbers for fields of many instances, packed (`state.wit`, `record packed-numbers`): instance after instance, and
/// for each of them its fields in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PackedNumbers {
    /// The instances, by their numbers.
    pub nodes: Vec<u32>,
    /// For each of them one bit for each field that is set, from the lowest.
    pub fields: Vec<u64>,
    /// One for each of these bits.
    pub values: Vec<f64>,
}

/// One step of a batch (`state.wit`, `variant change`).
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A new instance: fields unset, collections empty. Must hang somewhere when the batch ends.
    Create {
        /// Its number, never used before in this tree.
        node: NodeId,
        /// Its struct.
        definition: StructIndex,
    },
    /// Sets a field that holds a primitive or a struct.
    Set {
        /// Owner of the field.
        node: NodeId,
        /// The field.
        field: FieldIndex,
        /// Its new value; `Null` unsets it.
        value: Value,
    },
    /// Adds an entry at the end of a map, or replaces the one under the key.
    MapSet {
        /// Owner of the map.
        node: NodeId,
        /// The map.
        field: FieldIndex,
        /// Key of the entry.
        key: String,
        /// Its new value.
        value: Value,
    },
    /// Removes an entry of a map; a key that is not there is no error.
    MapRemove {
        /// Owner of the map.
        node: NodeId,
        /// The map.
        field: FieldIndex,
        /// Key of the entry.
        key: String,
    },
    /// Inserts into an array; what follows moves up by one.
    ArrayInsert {
        /// Owner of the array.
        node: NodeId,
        /// The array.
        field: FieldIndex,
        /// Position, at most the array's length.
        index: u32,
        /// The new element.
        value: Value,
    },
    /// Replaces an element of an array.
    ArraySet {
        /// Owner of the array.
        node: NodeId,
        /// The array.
        field: FieldIndex,
        /// Position, less than the array's length.
        index: u32,
        /// The new element.
        value: Value,
    },
    /// Removes an element of an array; what follows moves down by one.
    ArrayRemove {
        /// Owner of the array.
        node: NodeId,
        /// The array.
        field: FieldIndex,
        /// Position, less than the array's length.
        index: u32,
    },
    /// Adds to a set (no change if it is there) or to a collection.
    SetAdd {
        /// Owner of the set or collection.
        node: NodeId,
        /// The set or collection.
        field: FieldIndex,
        /// What is added.
        value: Value,
    },
    /// Takes the first occurrence out of a set or a collection; one that is not there is no error.
    SetRemove {
        /// Owner of the set or collection.
        node: NodeId,
        /// The set or collection.
        field: FieldIndex,
        /// What is taken out.
        value: Value,
    },
    /// Empties a map, array, set or collection.
    Clear {
        /// Owner of the collection.
        node: NodeId,
        /// The collection.
        field: FieldIndex,
    },
}
