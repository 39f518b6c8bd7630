//! Tests that cross crates. What plays in here:
//!
//! - `tests/house.rs` — the rules of the house: file length, documentation, direction of dependencies;
//! - `benches/` — what a message, a patch and a room cost (`cargo bench -p parlor-tests`); `examples/room_memory.rs`: what
//!   a room takes of memory;
//! - `sdk/` (Node) — the official SDKs against a running host;
//! - `conformance/` and `guests/` — the rooms that they play in, in Rust and in other languages;
//! - `fuzz/` — fuzz targets of the codecs.
