//! The rules of the house that no linter knows.

use std::fs;
use std::path::{Path, PathBuf};

/// A file has one reason to change; one of this length has several.
const MAX_LINES: usize = 700;

/// Crates in the order in which they may look at each other: each only at those before it.
const ORDER: [&str; 8] = [
    "schema",
    "protocol",
    "plugin",
    "room",
    "builtin",
    "matchmaker",
    "server",
    "cli",
];

const SOURCES: [&str; 9] = ["rs", "wit", "js", "mjs", "ts", "py", "c", "h", "sh"];

/// Folders that hold what was not written here.
const FOREIGN: [&str; 8] = [
    ".git",
    "target",
    "node_modules",
    "out",
    "bindings",
    "__pycache__",
    ".venv",
    "corpus",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_symlink() || FOREIGN.contains(&name.as_str()) {
            continue;
        }
        visit(&path);
        if path.is_dir() {
            walk(&path, visit);
        }
    }
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    walk(&root(), &mut |path| {
        let is_source = path
            .extension()
            .is_some_and(|extension| SOURCES.iter().any(|known| extension == *known));
        if path.is_file() && is_source {
            let lines = fs::read_to_string(path).unwrap().lines().count();
            if lines > MAX_LINES {
                long.push(format!("{} has {lines} lines", relative(path)));
            }
        }
    });
    assert!(
        long.is_empty(),
        "over {MAX_LINES} lines; split them by reason to change: {long:#?}"
    );
}

/// A folder explains itself by a README, or by the module documentation of its crate.
#[test]
fn every_public_folder_says_what_it_is() {
    let mut silent = Vec::new();
    let mut check = |folder: &Path| {
        let module_doc = ["lib.rs", "main.rs"].iter().any(|file| {
            fs::read_to_string(folder.join("src").join(file)).is_ok_and(|text| text.starts_with("//!"))
        });
        if !module_doc && !folder.join("README.md").is_file() {
            silent.push(relative(folder));
        }
    };
    for top in ["bench", "host", "guest-sdk", "rooms", "tests", "wit"] {
        let top = root().join(top);
        check(&top);
        for entry in fs::read_dir(&top).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let inside = ["src", "tests", "benches", "examples", "lib", "results"].contains(&name.as_str());
            if path.is_dir() && !inside && !FOREIGN.contains(&name.as_str()) {
                check(&path);
            }
        }
    }
    assert!(
        silent.is_empty(),
        "no README.md and no module documentation: {silent:#?}"
    );
}

#[test]
fn dependencies_point_one_way() {
    for (place, name) in ORDER.iter().enumerate() {
        let manifest = fs::read_to_string(root().join("host").join(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for later in ORDER.iter().skip(place + 1) {
            assert!(
                !dependencies.contains(&format!("parlor-{later}")),
                "host/{name} must not depend on host/{later}: what it needs from there is in the wrong place"
            );
        }
    }
    let schema = fs::read_to_string(root().join("host/schema/Cargo.toml")).unwrap();
    let protocol = fs::read_to_string(root().join("host/protocol/Cargo.toml")).unwrap();
    for pure in [schema, protocol] {
        let dependencies = pure.split("[dev-dependencies]").next().unwrap();
        for forbidden in ["tokio", "wasmtime", "axum"] {
            assert!(
                !dependencies.contains(forbidden),
                "schema and protocol are pure: no {forbidden}"
            );
        }
    }
}

#[test]
fn lock_files_name_no_registry_address() {
    walk(&root(), &mut |path| {
        if path.file_name().is_some_and(|name| name == "package-lock.json") {
            let text = fs::read_to_string(path).unwrap();
            assert!(
                !text.contains("\"resolved\": \"http"),
                "{} names download addresses",
                relative(path)
            );
        }
    });
}
