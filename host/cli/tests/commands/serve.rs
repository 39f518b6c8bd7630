//! `parlor serve`.

use std::net::TcpListener;

use crate::tools::{Place, component, http, join_or_create};

#[test]
fn a_host_says_when_it_is_ready_and_gives_seats() {
    let host = b"[rooms.one]\npackage = \"still\"\n[rooms.two]\ncomponent = \"two.wasm\"\n";
    let place = Place::new(&[
        ("host/parlor.toml", host),
        ("host/still/room.toml", b"name = \"still\"\n"),
        ("host/still/target/parlor/still.wasm", &component("1")),
        ("host/two.wasm", &component("2")),
    ]);
    let running = place.start(&["serve", "--config", "host/parlor.toml", "--listen", "127.0.0.1:0"]);
    let address = running.ready();
    let get = |path: &str| {
        http(
            address,
            &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        )
    };
    assert_eq!(get("/__healthcheck").0, 200);
    for name in ["one", "two"] {
        let (status, body) = join_or_create(address, name);
        assert!(status == 200 && body.contains("sessionId"), "{name}: {body}");
    }
    let (status, body) = join_or_create(address, "three");
    assert!(status != 200 && body.contains("three"), "{body}");
    assert_eq!(running.terminate(), Some(0));
}

#[test]
fn what_cannot_be_served_is_told_at_the_start() {
    let place = Place::new(&[
        (
            "parlor.toml",
            b"listen = \"127.0.0.1:0\"\n[rooms.a]\npackage = \"a\"\n[rooms.b]\ncomponent = \"b.wasm\"\n",
        ),
        ("a/room.toml", b"name = \"a\"\n"),
        ("b.wasm", b"\0asm\x01\0\0\0"),
    ]);
    place.run(&["serve"]).refused(&[
        "`a`: there is no",
        "a/target/parlor/a.wasm; build it first: parlor build",
        "`b` is a core WebAssembly module",
        "2 of 2 room types",
    ]);
}

#[test]
fn bad_words_are_refused_before_anything_starts() {
    let place = Place::new(&[
        ("parlor.toml", b"listen = \"127.0.0.1:0\"\n"),
        ("bad.toml", b"lisen = 1\n"),
    ]);
    place
        .run(&["serve"])
        .refused(&["parlor.toml names no room types", "[rooms.NAME]"]);
    place
        .run(&["serve", "--config", "gone.toml"])
        .refused(&["cannot read gone.toml"]);
    place
        .run(&["serve", "--config", "bad.toml"])
        .refused(&["bad.toml:1:1", "`lisen`"]);
    let ran = place
        .command(&["serve"])
        .env("PARLOR_SEAT_RESERVATION_TIME", "15")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(
        said.contains("PARLOR_SEAT_RESERVATION_TIME") && said.contains("`15` is not a time"),
        "{said}"
    );
    let ran = place.command(&["serve", "--listen", "here"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("127.0.0.1:2567"));
    let ran = place
        .command(&["serve"])
        .env("PARLOR_LOG", "=[")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&ran.stderr).contains("PARLOR_LOG"));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new(&[("parlor.toml", b"[rooms.a]\ncomponent = \"a.wasm\"\n")]);
    place
        .run(&["serve", "--listen", &address])
        .refused(&[&address, "in use"]);
}
