//! Build `a` of the room that goes on while its code is replaced.

const VERSION: &str = "a";

include!("../../shared/room.rs");
