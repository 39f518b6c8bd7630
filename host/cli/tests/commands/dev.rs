//! `parlor dev`: builds, serves, rebuilds.

use std::fs;

use crate::tools::{Place, component, join_or_create};

const ROOM: &[u8] = b"name = \"still\"\n[build]\nkind = \"command\"\ncommand = \"cp in.wasm out.wasm\"\n\
    output = \"out.wasm\"\nwatch = [\"in.wasm\"]\n";

#[test]
fn a_change_reloads_the_type_and_a_failure_leaves_it() {
    let place = Place::new(&[
        (
            "rooms/parlor.toml",
            b"listen = \"127.0.0.1:0\"\n[rooms.calm]\npackage = \"still\"\n",
        ),
        ("rooms/still/room.toml", ROOM),
        ("rooms/still/in.wasm", &component("1")),
    ]);
    let running = place.start(&["dev"]);
    let address = running.ready();
    assert_eq!(join_or_create(address, "calm").0, 200);

    place.write("rooms/still/in.wasm", b"broken");
    running.says("is not a component");
    assert_eq!(join_or_create(address, "calm").0, 200);

    // As editors save: beside it, then over it.
    place.write("rooms/still/.in.wasm.new", &component("2"));
    let still = place.path().join("rooms/still");
    fs::rename(still.join(".in.wasm.new"), still.join("in.wasm")).unwrap();
    running.says("calm: new rooms get the new code; 1 room goes on with it");
    assert_eq!(join_or_create(address, "calm").0, 200);

    place.write("rooms/still/room.toml", b"name = \"still\"\n[biuld]\n");
    running.says("`biuld`");
    place.write(
        "rooms/still/room.toml",
        &[ROOM, b"\n[settings]\nmax-clients = 2\n"].concat(),
    );
    running.says("calm: the same code; new rooms get its settings");
    assert_eq!(running.terminate(), Some(0));
}

#[test]
fn a_type_that_does_not_build_at_first_comes_when_it_does() {
    let place = Place::new(&[
        (
            "parlor.toml",
            b"listen = \"127.0.0.1:0\"\n[rooms.calm]\npackage = \"still\"\n",
        ),
        ("still/room.toml", ROOM),
    ]);
    let running = place.start(&["dev"]);
    running.says("in.wasm");
    let address = running.ready();
    assert_ne!(join_or_create(address, "calm").0, 200);
    place.write("still/in.wasm", &component("1"));
    running.says("calm: served from now on");
    assert_eq!(join_or_create(address, "calm").0, 200);
}

#[test]
fn nothing_to_serve_is_an_error() {
    Place::new(&[])
        .run(&["dev"])
        .refused(&["room.toml", "parlor new"]);
    Place::new(&[("parlor.toml", b"")])
        .run(&["dev"])
        .refused(&["names no room types"]);
}
