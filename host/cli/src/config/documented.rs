//! The TOML that the documentation shows is read as it stands there.

use std::fs;
use std::path::Path;

use super::host_file::HostConfig;
use super::room_file::Package;

fn page(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::read_to_string(docs.join(name)).unwrap()
}

/// The blocks between "```toml" and "```".
fn blocks(page: &str) -> Vec<&str> {
    page.split("```toml\n")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("\n```")?.0))
        .collect()
}

/// The texts that follow `key = "`, up to the next quotation mark.
fn values<'a>(toml: &'a str, key: &str) -> Vec<&'a str> {
    toml.split(&format!("{key} = \""))
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0))
        .collect()
}

/// Reads a block as the file it is: a package's own begins with its name. Without any table it is part of a room type.
fn check(toml: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    if toml.starts_with("name = ") {
        fs::write(folder.path().join("room.toml"), toml).unwrap();
        return Package::read(folder.path())
            .map(drop)
            .map_err(|error| error.to_string());
    }
    let is_whole = toml.lines().any(|line| line.starts_with('['));
    let toml = if is_whole {
        toml.to_owned()
    } else {
        format!("[rooms.part]\npackage = \"part\"\n{toml}")
    };
    for package in values(&toml, "package") {
        let folder = folder.path().join(package);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("room.toml"), format!("name = \"{package}\"\n")).unwrap();
    }
    for component in values(&toml, "component") {
        let component = folder.path().join(component);
        fs::create_dir_all(component.parent().unwrap()).unwrap();
        fs::write(component, "").unwrap();
    }
    let file = folder.path().join("parlor.toml");
    fs::write(&file, toml).unwrap();
    HostConfig::read(&file)
        .map(drop)
        .map_err(|error| error.to_string())
}

#[test]
fn every_file_in_the_documentation_is_one_that_the_host_reads() {
    for (name, least) in [
        ("built-in-rooms.md", 1),
        ("configuration.md", 4),
        ("migrating-from-colyseus.md", 4),
    ] {
        let page = page(name);
        let blocks = blocks(&page);
        assert!(
            blocks.len() >= least,
            "{name} has {} blocks of TOML",
            blocks.len()
        );
        for toml in blocks {
            assert_eq!(check(toml), Ok(()), "{name}:\n{toml}");
        }
    }
}
