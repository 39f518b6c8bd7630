//! `parlor build`, with packages that are built by a command.

use crate::tools::{Place, component};

const ROOM: &str = "name = \"still\"\n[build]\nkind = \"command\"\noutput = \"out.wasm\"\n";

fn room(command: &str) -> Vec<u8> {
    format!("{ROOM}command = {command:?}\n").into_bytes()
}

#[test]
fn the_component_ends_up_at_its_place() {
    let wasm = component("1");
    let place = Place::new(&[("room.toml", &room("cp in.wasm out.wasm")), ("in.wasm", &wasm)]);
    place.run(&["build"]).fine();
    let built = std::fs::read(place.path().join("target/parlor/still.wasm")).unwrap();
    assert_eq!(built, wasm);
}

#[test]
fn packages_of_a_host_are_built_and_one_failure_stops_no_other() {
    let wasm = component("1");
    let place = Place::new(&[
        (
            "rooms/parlor.toml",
            b"[rooms.a]\npackage = \"a\"\n[rooms.b]\npackage = \"b\"\n",
        ),
        ("rooms/a/room.toml", &room("echo 'here is why' >&2; exit 3")),
        ("rooms/b/room.toml", &room("cp in.wasm out.wasm")),
        ("rooms/b/in.wasm", &wasm),
    ]);
    place
        .run(&["build"])
        .refused(&["here is why", "exit 3", "not built: still"]);
    assert!(place.path().join("rooms/b/target/parlor/still.wasm").is_file());
}

#[test]
fn what_is_no_component_is_refused_and_the_old_one_stays() {
    let wasm = component("1");
    let place = Place::new(&[("room.toml", &room("cp in.wasm out.wasm")), ("in.wasm", &wasm)]);
    place.run(&["build"]).fine();
    for (content, part) in [
        (b"\0asm\x01\0\0\0".as_slice(), "core module"),
        (b"hello", "WebAssembly"),
    ] {
        place.write("in.wasm", content);
        place
            .run(&["build"])
            .refused(&["out.wasm is not a component", part]);
    }
    assert_eq!(
        std::fs::read(place.path().join("target/parlor/still.wasm")).unwrap(),
        wasm
    );
}

#[test]
fn an_output_that_is_not_there_and_a_tool_that_is_not_there_are_named() {
    let place = Place::new(&[("room.toml", &room("true"))]);
    place
        .run(&["build"])
        .refused(&["left no component at", "out.wasm"]);
    let missing = format!("{ROOM}command = [\"no-such-tool\", \"x\"]\n");
    place.write("room.toml", missing.as_bytes());
    place.run(&["build"]).refused(&["cannot run `no-such-tool`"]);
}

#[test]
fn nothing_of_an_outer_cargo_reaches_the_build() {
    let wasm = component("1");
    let place = Place::new(&[
        ("room.toml", &room("env > seen; cp in.wasm out.wasm")),
        ("in.wasm", &wasm),
    ]);
    let status = place
        .command(&["build"])
        .env("CARGO_TARGET_DIR", "/outer")
        .env("RUSTFLAGS", "--outer")
        .env("CARGO_NET_OFFLINE", "true")
        .status();
    assert!(status.unwrap().success());
    let seen = place.read("seen");
    assert!(
        !seen.contains("outer") && !seen.contains("CARGO_MANIFEST_DIR"),
        "{seen}"
    );
    assert!(seen.contains("CARGO_NET_OFFLINE=true"), "{seen}");
}

#[test]
fn rust_packages_without_what_they_need_are_told_what() {
    let place = Place::new(&[("room.toml", b"name = \"x\"\n")]);
    place.run(&["build"]).refused(&["has no Cargo.toml"]);
    place.write(
        "Cargo.toml",
        b"[package]\nname = \"x\"\nedition = \"2024\"\n[workspace]\n",
    );
    place.write("src/lib.rs", b"");
    place.run(&["build"]).refused(&["crate-type = [\"cdylib\"]"]);
    place.write("Cargo.toml", b"[package\n");
    place
        .run(&["build"])
        .refused(&["`cargo metadata`", "Cargo.toml:1"]);
}

#[test]
fn a_folder_without_anything_says_what_was_looked_for() {
    let place = Place::new(&[]);
    place
        .run(&["build"])
        .refused(&["parlor.toml", "rooms/parlor.toml", "room.toml", "parlor new"]);
    place.run(&["build", "gone"]).refused(&["no folder gone"]);
    place.write("parlor.toml", b"[rooms.a]\ncomponent = \"a.wasm\"\n");
    place.run(&["build"]).fine();
}
