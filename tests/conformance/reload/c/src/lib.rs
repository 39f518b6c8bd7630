//! Build `c` of the room that goes on while its code is replaced: the one that breaks when told to.

const VERSION: &str = "c";
const BREAKS_ON_ORDERS: bool = true;

include!("../../shared/room.rs");
