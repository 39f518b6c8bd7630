//! `parlor new`.

use std::path::Path;
use std::process::Command;

use crate::tools::Place;

fn sdk(place: &Place) {
    place.write(
        "sdk/Cargo.toml",
        b"[package]\nname = \"parlor-sdk\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    place.write("sdk/src/lib.rs", b"");
}

#[test]
fn the_package_is_one_to_cargo_rustfmt_and_parlor() {
    let place = Place::new(&[]);
    sdk(&place);
    let said = place.run(&["new", "battle", "--sdk-path", "sdk"]).fine();
    assert!(said.contains("parlor dev battle"), "{said}");

    let cargo = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let metadata = Command::new("cargo")
        .args(cargo)
        .current_dir(place.path().join("battle"))
        .output()
        .unwrap();
    assert!(
        metadata.status.success(),
        "{}",
        String::from_utf8_lossy(&metadata.stderr)
    );
    let metadata = String::from_utf8(metadata.stdout).unwrap();
    assert!(
        metadata.contains("room-battle") && metadata.contains("cdylib"),
        "{metadata}"
    );

    let format = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .arg(place.path().join("battle/src/lib.rs"))
        .output()
        .unwrap();
    assert!(
        format.status.success(),
        "{}",
        String::from_utf8_lossy(&format.stdout)
    );

    assert!(
        place
            .read("battle/Cargo.toml")
            .contains(&format!("{:?}", place.path().join("sdk").canonicalize().unwrap()))
    );
    assert!(
        place
            .read("battle/README.md")
            .contains("joinOrCreate(\"battle\")")
    );
    // Only its Cargo part is not built here.
    place.write("parlor.toml", b"[rooms.battle]\npackage = \"battle\"\n");
    place
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .refused(&["parlor build", "battle"]);
}

#[test]
fn the_room_takes_at_most_forty_lines_of_code() {
    let template = include_str!("../../templates/lib.rs");
    let code = template
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim().starts_with("//"));
    assert!(code.count() <= 40);
}

#[test]
fn bad_names_and_existing_folders_are_refused() {
    let place = Place::new(&[("there/file", b"")]);
    place.run(&["new", "there"]).refused(&["exists already"]);
    assert_eq!(std::fs::read_dir(place.path().join("there")).unwrap().count(), 1);
    for name in ["a b", "../x", "", "ä"] {
        place.run(&["new", name]).refused(&["not a name"]);
    }
    place
        .run(&["new", "x", "--sdk-path", "gone"])
        .refused(&["no Cargo.toml in gone"]);
    assert!(!Path::new(place.path()).join("x").exists());
}
