//! The generated side of `parlor:room@0.1.0`. Nothing outside this crate sees it: rooms
//! are driven through the types of [`vocabulary`](crate::vocabulary), so that a later
//! version of the package can live beside this one in a module of its own.

#![allow(missing_docs, unsafe_code)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "room-type",
    imports: {
        "parlor:room/matchmaker": async | trappable,
        "parlor:room/presence": async | trappable,
        "parlor:room/room.set-id": async | trappable,
        default: trappable,
    },
    exports: { default: async },
});
