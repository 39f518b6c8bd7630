//! The synchronised state of a room, and how it goes over the wire.
#![doc = include_str!("../README.md")]

mod change;
mod definition;
mod encode;
mod error;
mod kinship;
mod limits;
mod numbers;
mod plain;
mod reach;
pub mod reflection;
mod scalar;
mod schema;
mod store;
mod tree;
mod view;
mod wire;

pub use change::{Change, FieldIndex, NodeId, PackedNumbers, Value};
pub use definition::{Element, Field, FieldType, Primitive, StructDefinition, StructIndex, ViewTag};
pub use encode::{Decoders, Patch, PatchV2};
pub use error::{Place, Reason, StateError};
pub use kinship::{Kinship, Succession};
pub use limits::TreeLimits;
pub use plain::Plain;
pub use schema::{MAX_FIELDS, MAX_STRUCTS, Schema, SchemaError};
pub use tree::{Checkpoint, MAX_NESTING, StateTree, Twins};
pub use view::{Has, ViewError, ViewId};
