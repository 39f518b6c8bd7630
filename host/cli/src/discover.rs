//! From a folder to what is in it: a host's configuration, or one room package.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::host_file::{HOST_FILE, HostConfig};
use crate::config::room_file::{Package, ROOM_FILE};
use crate::config::room_types::Origin;
use crate::config::source::ConfigError;

/// What a folder turned out to be.
#[derive(Debug)]
pub struct Found {
    /// The file that was found.
    pub file: PathBuf,
    /// What it says; made up for a lone package.
    pub config: HostConfig,
}

/// Why nothing usable was found.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The folder does not exist.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// Neither file is there.
    #[error(transparent)]
    Nothing(NothingFound),
    /// A file was found and is faulty.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Lists the places where one of the files could have been.
#[derive(Debug)]
pub struct NothingFound {
    tried: Vec<PathBuf>,
}

impl fmt::Display for NothingFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nothing to serve or build here; looked for")?;
        for place in &self.tried {
            writeln!(f, "  {}", place.display())?;
        }
        write!(
            f,
            "`parlor new NAME` makes a room package; docs/configuration.md shows a {HOST_FILE}"
        )
    }
}

impl std::error::Error for NothingFound {}

/// Looks for `parlor.toml` in the folder, then in its `rooms` folder, then for a `room.toml`
/// in the folder.
///
/// # Errors
/// What was looked for, or what is wrong in what was found.
pub fn discover(folder: &Path) -> Result<Found, DiscoverError> {
    if !folder.is_dir() {
        return Err(DiscoverError::NoFolder(folder.to_owned()));
    }
    let hosts = [folder.join(HOST_FILE), folder.join("rooms").join(HOST_FILE)];
    for file in &hosts {
        if file.is_file() {
            return Ok(Found {
                file: file.clone(),
                config: HostConfig::read(file)?,
            });
        }
    }
    let room = folder.join(ROOM_FILE);
    if room.is_file() {
        return Ok(Found {
            file: room,
            config: HostConfig::of_package(Package::read(folder)?)?,
        });
    }
    let tried = hosts.into_iter().chain([room]).collect();
    Err(DiscoverError::Nothing(NothingFound { tried }))
}

/// The packages that a configuration names, each once, in the order of the types' names.
pub fn packages(config: &HostConfig) -> Vec<&Package> {
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut packages = Vec::new();
    for room in &config.rooms {
        if let Origin::Package(package) = &room.origin {
            let folder = package
                .folder
                .canonicalize()
                .unwrap_or_else(|_| package.folder.clone());
            if !seen.contains(&folder) {
                seen.push(folder);
                packages.push(package);
            }
        }
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn package(folder: &Path, name: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(ROOM_FILE), format!("name = \"{name}\"\n")).unwrap();
    }

    #[test]
    fn the_nearest_host_file_wins_over_rooms_and_a_package() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        package(root, "alone");
        assert!(discover(root).unwrap().file.ends_with("room.toml"));

        fs::create_dir(root.join("rooms")).unwrap();
        fs::write(root.join("rooms/parlor.toml"), "").unwrap();
        assert!(discover(root).unwrap().file.ends_with("rooms/parlor.toml"));

        fs::write(root.join("parlor.toml"), "").unwrap();
        assert_eq!(discover(root).unwrap().file, root.join("parlor.toml"));
    }

    #[test]
    fn an_empty_folder_says_what_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let message = discover(folder.path()).unwrap_err().to_string();
        for part in ["rooms/parlor.toml", "room.toml", "parlor new"] {
            assert!(message.contains(part), "{message}");
        }
        let gone = discover(&folder.path().join("gone")).unwrap_err().to_string();
        assert!(gone.contains("gone"), "{gone}");
    }

    #[test]
    fn a_package_behind_two_types_is_built_once() {
        let folder = tempfile::tempdir().unwrap();
        package(&folder.path().join("a"), "a");
        package(&folder.path().join("b"), "b");
        let text = "[rooms.x]\npackage = \"a\"\n[rooms.y]\npackage = \"./a\"\n[rooms.z]\npackage = \"b\"\n\
                    [rooms.w]\ncomponent = \"w.wasm\"\n";
        fs::write(folder.path().join(HOST_FILE), text).unwrap();
        let found = discover(folder.path()).unwrap();
        let names: Vec<_> = packages(&found.config)
            .iter()
            .map(|package| package.name.to_string())
            .collect();
        assert_eq!(names, ["a", "b"]);
    }
}
