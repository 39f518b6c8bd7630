//! Why a batch is refused.

use std::sync::Arc;

use thiserror::Error;

/// A refused batch: nothing of it was applied.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("change {at}: {reason}")]
pub struct StateError {
    /// Which change of the batch was refused, from 0; packed numbers count on from the last change. Always 0 for
    /// `replace`.
    pub at: u32,
    /// What was wrong with it.
    pub reason: Reason,
}

/// What was wrong with a change. Names struct and field where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// The room has no synchronised state.
    #[error("this room type has no state: its `define` gave no schema")]
    NoState,
    /// The document given to `replace` is no valid value.
    #[error("the document cannot be read: {problem}")]
    Unreadable {
        /// What is wrong with it.
        problem: String,
    },
    /// The node was never created.
    #[error("node {node} was never created")]
    UnknownNode {
        /// Its number.
        node: u32,
    },
    /// The node hung nowhere at the end of an earlier batch.
    #[error("node {node} is gone: it hung nowhere in the tree when an earlier batch ended")]
    GoneNode {
        /// Its number.
        node: u32,
    },
    /// A number is used for the second time.
    #[error("node number {node} was used before; every instance needs a number of its own")]
    NumberUsed {
        /// The number.
        node: u32,
    },
    /// Numbers are strewn so widely that remembering them would cost too much.
    #[error(
        "node number {node} is too far from the others: {strewn} numbers are strewn already; count up from 1"
    )]
    NumbersStrewn {
        /// The number.
        node: u32,
        /// How many such numbers there are.
        strewn: usize,
    },
    /// More instances were created than the wire can number.
    #[error("the room has created as many instances as the wire can number (2^32, collections counted)")]
    RefsExhausted,
    /// There is no such struct.
    #[error("there is no struct {definition}; the schema has {count} (counted from 0)")]
    UnknownStruct {
        /// Its index.
        definition: u16,
        /// How many structs there are.
        count: usize,
    },
    /// There is no such field.
    #[error("struct `{name}` has no field {field}; it has {count} (counted from 0)")]
    UnknownField {
        /// The struct.
        name: Arc<str>,
        /// The field's index.
        field: u8,
        /// How many fields there are.
        count: usize,
    },
    /// The change is for another kind of field.
    #[error("`{at}` is {found}, but the change is for {wanted}")]
    WrongKind {
        /// Struct and field.
        at: Place,
        /// What the field is.
        found: &'static str,
        /// What the change needs.
        wanted: &'static str,
    },
    /// Packed numbers whose lists do not fit each other.
    #[error(
        "packed numbers do not fit each other: {nodes} nodes, {fields} sets of fields with {bits} in all, {values} values"
    )]
    Uneven {
        /// How many nodes there are.
        nodes: usize,
        /// How many sets of fields.
        fields: usize,
        /// How many fields in these sets.
        bits: usize,
        /// How many values.
        values: usize,
    },
    /// The value does not have the field's type.
    #[error("`{at}` holds {wanted}, but was given {given}")]
    WrongType {
        /// Struct and field.
        at: Place,
        /// The declared type.
        wanted: Arc<str>,
        /// What was given.
        given: Arc<str>,
    },
    /// The number cannot be held by the field's type.
    #[error("`{at}` is of type {wanted}, which cannot hold {given}")]
    OutOfRange {
        /// Struct and field.
        at: Place,
        /// The declared type.
        wanted: &'static str,
        /// The number.
        given: Arc<str>,
    },
    /// Null as an element of a collection.
    #[error("an element of `{at}` cannot be null; remove it instead")]
    NullElement {
        /// Struct and field.
        at: Place,
    },
    /// A position outside of an array.
    #[error("position {index} is outside of `{at}`, which has {len} elements")]
    NoSuchPosition {
        /// Struct and field.
        at: Place,
        /// The position.
        index: u32,
        /// Length of the array.
        len: usize,
    },
    /// An instance would hang below itself.
    #[error("the instance given to `{at}` would hang below itself")]
    Circular {
        /// Struct and field.
        at: Place,
    },
    /// Structs that contain one another are nested too deep.
    #[error("`{at}` would nest structs that contain one another more than {limit} deep")]
    TooDeep {
        /// Struct and field.
        at: Place,
        /// The bound.
        limit: u32,
    },
    /// The bound on values.
    #[error("the state would grow beyond its bound of {limit} values")]
    TooManyValues {
        /// The bound.
        limit: u64,
    },
    /// The bound on text.
    #[error("the texts of the state would grow beyond their bound of {limit} bytes")]
    TooMuchText {
        /// The bound.
        limit: u64,
    },
    /// The bound on work.
    #[error(
        "the batch moves more than {limit} elements; change long arrays at their end, or in smaller batches"
    )]
    TooManySteps {
        /// The bound.
        limit: u64,
    },
    /// `replace` was given something else than a map for an instance.
    #[error("{at} must be a map, but {given} was given")]
    NotAMap {
        /// What needs a map: a struct, or struct and field.
        at: Arc<str>,
        /// What was given.
        given: &'static str,
    },
    /// `replace` was given a member that the struct does not have.
    #[error("struct `{name}` has no field `{member}`")]
    UnknownMember {
        /// The struct.
        name: Arc<str>,
        /// The member.
        member: String,
    },
    /// `replace` was given a `"$struct"` that cannot stand there.
    #[error("`{at}` cannot hold a struct named `{given}`; it takes `{declared}` and what extends it")]
    UnknownStructName {
        /// Struct and field.
        at: Place,
        /// The name in `"$struct"`.
        given: String,
        /// The declared struct.
        declared: Arc<str>,
    },
}

/// A field, by names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the struct.
    pub name: Arc<str>,
    /// Name of the field.
    pub field: Arc<str>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}", self.name, self.field)
    }
}
