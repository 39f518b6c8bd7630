//! The synchronised state: plain structs whose changes reach every client.
//!
//! Structs derive [`State`](derive@crate::State) and hold plain fields and the collections of this
//! module. Reading and writing needs no ceremony; after each hook the SDK compares what was
//! handed out for writing with what the host last heard, and reports the differences in one call.
//!
//! What that costs: the fields of the root and of structs nested in it are compared after every
//! hook (about a nanosecond each), elements of collections only if they were handed out by
//! `get_mut`, `iter_mut` and the like. An element nobody touched is never looked at.

mod bag;
mod list;
mod map;
mod primitive;
mod recorder;
mod schema;
mod serial;
mod set;
mod shared;
mod sync;
#[cfg(test)]
mod tests;
mod touched;
pub mod tracking;
mod visible;

pub use bag::Bag;
pub use list::List;
pub use map::Map;
pub(crate) use recorder::Batch;
#[doc(hidden)]
pub use serial::is_saving;
pub(crate) use serial::{restoring, saving};
pub use set::Set;
pub use shared::Shared;
pub(crate) use sync::{Handover, Numbering, Sync};
pub use tracking::Element;
pub(crate) use visible::{Change as ViewChange, Look};
pub use visible::{InstanceId, Visible};
