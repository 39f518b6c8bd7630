//! The page for those who come from Colyseus names what is there. (Its examples are tests of the Rust SDK, its TOML
//! is read by the host's own tests.)

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// All of the SDK's sources in one text.
fn sdk() -> String {
    let mut text = String::new();
    let mut folders = vec![root().join("guest-sdk/rust/parlor-sdk/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    text
}

/// What stands in backticks and is ours: the first column of a table is theirs, and examples are compiled.
fn our_code(page: &str) -> Vec<String> {
    let mut spans = Vec::new();
    let mut fenced = false;
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if fenced || line.starts_with("```") {
            continue;
        }
        let ours = match line.strip_prefix("| ") {
            Some(row) => row.split_once(" | ").map_or("", |(_, ours)| ours),
            None => line,
        };
        spans.extend(ours.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    spans
}

/// The names in a piece of code that are called or taken from something: `ctx.name()`, `.name(…)`.
fn members(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices('.').filter_map(|(at, _)| {
        let name = code[at + 1..]
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()?;
        name.starts_with(|c: char| c.is_ascii_lowercase()).then_some(name)
    })
}

#[test]
fn methods_and_hooks_are_those_of_the_sdk() {
    let sdk = sdk();
    let page = read("docs/migrating-from-colyseus.md");
    let is_there = |name: &str| {
        [
            format!("fn {name}("),
            format!("fn {name}<"),
            format!("pub {name}:"),
        ]
        .iter()
        .any(|declared| sdk.contains(declared))
    };
    let mut looked_up = BTreeSet::new();
    let mut missing = Vec::new();
    for code in our_code(&page) {
        let is_ours = ["ctx.", "client.", "request.", "."]
            .iter()
            .any(|start| code.starts_with(start));
        let is_hook = code.starts_with("on_") || code == "create" || code == "authenticate";
        let names = if is_hook {
            vec![code.as_str()]
        } else if is_ours {
            members(&code).collect()
        } else {
            Vec::new()
        };
        for name in names {
            looked_up.insert(name.to_owned());
            if !is_there(name) {
                missing.push(format!("`{code}`: the SDK has no `{name}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(
        looked_up.len() > 40,
        "the page or this test has changed its form: {looked_up:?}"
    );
}
