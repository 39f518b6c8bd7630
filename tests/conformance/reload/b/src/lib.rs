//! Build `b` of the room that goes on while its code is replaced.

const VERSION: &str = "b";
const BREAKS_ON_ORDERS: bool = false;

include!("../../shared/room.rs");
