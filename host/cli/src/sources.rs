//! The sources of a package on the disk: which paths belong to it, where to look for
//! changes, and whether anything really changed.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::config::Package;
use crate::config::room_file::{BuildKind, Watch};

/// A package's sources, with absolute paths.
#[derive(Debug, Clone)]
pub struct Sources {
    root: PathBuf,
    folders: Vec<PathBuf>,
    watch: Watch,
    output: Option<PathBuf>,
}

/// How deep a place is to be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The folder's own entries.
    Shallow,
    /// All that is below.
    Deep,
}

/// Stands for the content of all sources: equal as long as nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u64);

/// Folders that hold what was made, not what is written.
fn is_made(name: &str) -> bool {
    name == "target" || name == "node_modules" || (name.starts_with('.') && name != "." && name != "..")
}

/// Whether a path below `base` leads through such a folder.
fn leads_through_made(base: &Path, path: &Path) -> bool {
    let below = path.strip_prefix(base).unwrap_or(path);
    below.iter().any(|part| part.to_str().is_some_and(is_made))
}

impl Sources {
    /// The sources of a package. Resolves links once, because changes are told with links resolved.
    pub fn of(package: &Package) -> Self {
        let root = package
            .folder
            .canonicalize()
            .unwrap_or_else(|_| package.folder.clone());
        let resolve = |relative: &PathBuf| {
            let path = root.join(relative);
            // A folder that does not exist yet may come; its parent tells.
            path.canonicalize().unwrap_or(path)
        };
        let output = match &package.build {
            BuildKind::Rust => None,
            BuildKind::Command { output, .. } => Some(root.join(output)),
        };
        let folders = package.watch.folders.iter().map(resolve).collect();
        Self {
            root,
            folders,
            watch: package.watch.clone(),
            output,
        }
    }

    /// Whether a change of this file makes a rebuild necessary.
    pub fn cover(&self, path: &Path) -> bool {
        if self.output.as_deref() == Some(path) {
            return false;
        }
        let named = self
            .folders
            .iter()
            .any(|folder| path.starts_with(folder) && !leads_through_made(folder, path));
        let matched = path.strip_prefix(&self.root).is_ok_and(|relative| {
            !leads_through_made(&self.root, path) && self.watch.globs.is_match(relative)
        });
        named || matched
    }

    /// Where changes have to be listened for. Folders only: editors replace files, and a watch
    /// on a file would stay with the one that was replaced.
    pub fn places(&self) -> BTreeSet<(PathBuf, Depth)> {
        let mut places = BTreeSet::from([(self.root.clone(), Depth::Shallow)]);
        for folder in &self.folders {
            if folder.is_dir() {
                places.insert((folder.clone(), Depth::Deep));
            } else if let Some(parent) = folder.parent().filter(|parent| parent.is_dir()) {
                places.insert((parent.to_owned(), Depth::Shallow));
            }
        }
        for base in &self.watch.glob_bases {
            let base = self.root.join(base);
            places.insert((base.clone(), Depth::Shallow));
            // Not the base as a whole: `target` below it may be huge and never still.
            for entry in visible_entries(&base).into_iter().filter(|entry| entry.is_dir()) {
                places.insert((entry, Depth::Deep));
            }
        }
        places.retain(|(place, _)| place.is_dir());
        places
    }

    /// Reads all sources. They are small next to what building them costs.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut files = BTreeSet::new();
        for start in self
            .folders
            .iter()
            .cloned()
            .chain(self.watch.glob_bases.iter().map(|base| self.root.join(base)))
        {
            collect(&start, &mut files);
        }
        let mut hasher = DefaultHasher::new();
        for file in files.iter().filter(|file| self.cover(file)) {
            file.hash(&mut hasher);
            // A file that is gone by now will be told of as a change.
            fs::read(file).unwrap_or_default().hash(&mut hasher);
        }
        Fingerprint(hasher.finish())
    }
}

fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) {
    if path.is_dir() {
        for entry in visible_entries(path) {
            collect(&entry, files);
        }
    } else if path.is_file() {
        files.insert(path.to_owned());
    }
}

/// What is in a folder and not made. Links to folders are left out: they may lead in circles.
fn visible_entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let kept = entries.filter(|entry| {
        let made = entry.file_name().to_str().is_some_and(is_made);
        let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        !(made || link && entry.path().is_dir())
    });
    kept.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "name = \"x\"\n[build]\nkind = \"command\"\ncommand = \"make\"\noutput = \"src/x.wasm\"\n\
                        watch = [\"src\", \"../shared\", \"*.wit\", \"lib/**/*.py\"]\n";

    fn sources(folder: &Path) -> Sources {
        for below in [
            "room/src/deep",
            "room/lib",
            "room/target",
            "room/node_modules",
            "room/.git",
            "shared",
        ] {
            fs::create_dir_all(folder.join(below)).unwrap();
        }
        fs::write(folder.join("room/room.toml"), ROOM).unwrap();
        Sources::of(&Package::read(&folder.join("room")).unwrap())
    }

    #[test]
    fn what_is_written_is_covered_and_what_is_made_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(folder.path());
        let root = folder.path().canonicalize().unwrap();
        for (path, covered) in [
            ("room/src/lib.rs", true),
            ("room/src/deep/er.rs", true),
            ("room/room.toml", true),
            ("room/room.wit", true),
            ("room/lib/a/b.py", true),
            ("shared/util.rs", true),
            ("room/src/x.wasm", false),
            ("room/src/target/x.rs", false),
            ("room/src/.lib.rs.swp", false),
            ("room/deep/room.wit", false),
            ("room/lib/b.txt", false),
            ("room/srcs/lib.rs", false),
            ("room/target/parlor/x.wasm", false),
            ("elsewhere/lib.rs", false),
        ] {
            assert_eq!(sources.cover(&root.join(path)), covered, "{path}");
        }
    }

    #[test]
    fn made_folders_are_not_watched() {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(folder.path());
        let root = folder.path().canonicalize().unwrap();
        let places: Vec<_> = sources
            .places()
            .into_iter()
            .map(|(place, depth)| (place.strip_prefix(&root).unwrap().display().to_string(), depth))
            .collect();
        let wanted = [
            ("room", Depth::Shallow),
            ("room/lib", Depth::Shallow),
            ("room/lib", Depth::Deep),
            ("room/src", Depth::Deep),
            ("shared", Depth::Deep),
        ];
        assert_eq!(places, wanted.map(|(place, depth)| (place.to_owned(), depth)));
    }

    #[test]
    fn the_fingerprint_follows_the_content() {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(folder.path());
        let room = folder.path().join("room");
        let mut last = sources.fingerprint();
        let mut changed = |what: &str| {
            let now = sources.fingerprint();
            let changed = now != last;
            last = now;
            (what.to_owned(), changed)
        };
        fs::write(room.join("src/lib.rs"), "1").unwrap();
        let made = changed("made");
        fs::write(room.join("src/lib.rs"), "1").unwrap();
        let same = changed("written again");
        fs::write(room.join("src/lib.rs"), "2").unwrap();
        let edited = changed("edited");
        fs::write(room.join("src/x.wasm"), "3").unwrap();
        let output = changed("output");
        fs::rename(room.join("src/lib.rs"), room.join("src/main.rs")).unwrap();
        let renamed = changed("renamed");
        let got = [made, same, edited, output, renamed].map(|(_, changed)| changed);
        assert_eq!(got, [true, false, true, false, true]);
    }
}
