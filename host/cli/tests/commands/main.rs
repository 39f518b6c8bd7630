//! The real binary, command by command.

// Clippy knows test functions only; the tools that they share may fail loudly, too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod build;
mod check;
mod dev;
mod loadtest;
mod new;
mod serve;
mod tools;
