//! The built-in types as rooms: what clients get to see.

// Clippy knows test functions only; what they share may fail loudly, too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod lobby;
mod queue;
mod relay;
mod stage;
