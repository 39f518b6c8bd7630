//! What a room type says about itself.

use std::sync::Arc;

use parlor_schema::Schema;

use crate::vocabulary::Encoding;

/// What a room type is: the answer of `define`, checked.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Of the room's own code, as its author numbers it.
    pub version: String,
    /// The form in which documents are to be handed to the room.
    pub encoding: Encoding,
    /// The shape of the synchronised state; none: a room without.
    pub schema: Option<Arc<Schema>>,
    /// Hooks that are called only if asked for.
    pub optional_hooks: OptionalHooks,
}

/// Hooks that cost something even where they do nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OptionalHooks {
    /// Whether `on-before-patch` is to be called at each patch interval.
    pub before_patch: bool,
}
