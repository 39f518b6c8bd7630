//! The two files that people write: `parlor.toml` and `room.toml` (documented in
//! `docs/configuration.md`). Reading, checking, and errors that point at a place.

pub mod built_in;
mod continuity;
pub mod host_file;
mod matching;
mod presence_section;
pub mod room_file;
pub mod room_types;
mod server_section;
pub mod settings;
pub mod source;
pub mod units;

pub use room_file::{Package, Purpose};

#[cfg(test)]
mod documented;
#[cfg(test)]
mod tests;
