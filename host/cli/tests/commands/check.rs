//! `parlor check`.

use crate::tools::{Place, component};

#[test]
fn a_room_type_is_described() {
    let place = Place::new(&[("still.wasm", &component("1")), ("1 2.wasm", &component("1"))]);
    let said = place.run(&["check", "still.wasm"]).fine();
    for part in [
        "fits, as room type `still`",
        "message-pack",
        "  Still\n    x: float64\n    tags: map<string>\n",
        "KiB",
    ] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
    place.run(&["check", "1 2.wasm"]).refused(&["--name"]);
    let said = place.run(&["check", "1 2.wasm", "--name", "calm"]).fine();
    assert!(said.contains("`calm`"), "{said}");
}

#[test]
fn what_is_no_room_type_is_refused_clearly() {
    let place = Place::new(&[
        ("text.wasm", b"hello"),
        ("core.wasm", b"\0asm\x01\0\0\0"),
        ("empty.wasm", b"\0asm\x0d\0\x01\0"),
        ("still.wasm", &component("1")),
        ("small.toml", b"[limits]\nstack = \"1KiB\"\n"),
    ]);
    place.run(&["check", "text.wasm"]).refused(&["not WebAssembly"]);
    place
        .run(&["check", "core.wasm"])
        .refused(&["core WebAssembly module"]);
    place
        .run(&["check", "empty.wasm"])
        .refused(&["missing export", "parlor:room/hooks@0.1.0"]);
    place
        .run(&["check", "gone.wasm"])
        .refused(&["cannot read gone.wasm"]);
    place
        .run(&["check", "still.wasm", "--config", "small.toml"])
        .refused(&["small.toml:2:9", "limits.stack"]);
}
