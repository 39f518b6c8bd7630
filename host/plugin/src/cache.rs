//! Compiled components on disk, so that a component is compiled once per machine and not at each start.
//!
//! A file of compiled code is a program that will run with all the host's rights: only what this host
//! wrote is ever read. The folder must belong to the user that runs the host and be writable by nobody
//! else. Each file is named by what it was made from and carries a checksum of its content; what does
//! not match is ignored and written anew.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use crate::error::EngineError;

/// First bytes of every file; changes when the layout of the files does.
const MAGIC: &[u8; 16] = b"parlor-compiled1";
const CHECKSUM: usize = 32;
const EXTENSION: &str = "compiled";
const TEMPORARY: &str = "tmp";
/// Nobody writes one file for so long.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The folder of compiled components.
#[derive(Debug)]
pub(crate) struct CodeCache {
    folder: PathBuf,
    files: usize,
}

impl CodeCache {
    /// Creates the folder if it is not there, and makes sure that nobody else can write into it.
    pub(crate) fn open(folder: &Path, files: usize) -> Result<Self, EngineError> {
        let refuse = |problem| EngineError::CacheFolder {
            folder: folder.to_owned(),
            problem,
        };
        create_private(folder).map_err(|error| refuse(format!("cannot be created: {error}")))?;
        check_private(folder).map_err(refuse)?;
        Ok(Self {
            folder: folder.to_owned(),
            files,
        })
    }

    /// The compiled form of `component`, from the folder, or from `compile` and then into the folder.
    /// A folder that cannot be written to costs time, not the component.
    pub(crate) fn get_or_compile(
        &self,
        engine: &wasmtime::Engine,
        component: &[u8],
        compile: impl FnOnce() -> wasmtime::Result<Component>,
    ) -> wasmtime::Result<Component> {
        let path = self.path(engine, component);
        if let Some(component) = read(&path).and_then(|code| deserialize(engine, &code)) {
            // Marks it as used, for `prune`. No harm if that fails.
            let _ = File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
            return Ok(component);
        }
        let component = compile()?;
        let written = component
            .serialize()
            .map_err(io::Error::other)
            .and_then(|code| self.write(&path, &code));
        if let Err(error) = written {
            tracing::warn!(path = %path.display(), %error, "compiled code could not be kept");
        }
        Ok(component)
    }

    fn path(&self, engine: &wasmtime::Engine, component: &[u8]) -> PathBuf {
        let mut name = HashWriter(Sha256::new_with_prefix(Sha256::digest(component)));
        engine.precompile_compatibility_hash().hash(&mut name);
        let mut file = String::with_capacity(64);
        for byte in name.0.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(file, "{byte:02x}");
        }
        self.folder.join(file).with_extension(EXTENSION)
    }

    /// Through a temporary file, so that a reader never finds half of one.
    fn write(&self, path: &Path, code: &[u8]) -> io::Result<()> {
        let temporary = path.with_extension(unique_temporary());
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(MAGIC)?;
            file.write_all(&Sha256::digest(code))?;
            file.write_all(code)?;
            file.sync_all()
        });
        let kept = written.and_then(|()| fs::rename(&temporary, path));
        if kept.is_err() {
            // It may not even have been created.
            let _ = fs::remove_file(&temporary);
        }
        kept.and_then(|()| self.prune())
    }

    /// Removes the files that were not used for the longest time, down to the bound, and what writers
    /// that were stopped half way left behind.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let (path, modified) = (entry.path(), entry.metadata()?.modified()?);
            let extension = path.extension().unwrap_or_default();
            if extension == EXTENSION {
                files.push((modified, path));
            } else if extension == TEMPORARY && modified.elapsed().is_ok_and(|age| age > ABANDONED) {
                fs::remove_file(path)?;
            }
        }
        files.sort();
        let surplus = files.len().saturating_sub(self.files);
        for (_, path) in files.iter().take(surplus) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// An extension that no other process and no other thread uses now.
fn unique_temporary() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!(
        "{}-{}.{TEMPORARY}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The code in a file, if the file is whole and of this layout.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut content = fs::read(path).ok()?;
    let body = content.strip_prefix(MAGIC)?;
    let (checksum, code) = body.split_at_checked(CHECKSUM)?;
    if checksum != Sha256::digest(code).as_slice() {
        tracing::warn!(path = %path.display(), "compiled code is damaged; compiling anew");
        return None;
    }
    content.drain(..MAGIC.len() + CHECKSUM);
    Some(content)
}

#[allow(unsafe_code)]
fn deserialize(engine: &wasmtime::Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: `deserialize` trusts its input to be the unmodified output of `Component::serialize`. `code` comes
    // from `read`, out of a folder into which only this user can write, from a file under a
    // name that only `write` gives and with the checksum that `write` put there; and `write` gets nothing but such
    // output. Who can forge all that already runs code as this user.
    let component = unsafe { Component::deserialize(engine, code) };
    component
        .inspect_err(|error| tracing::warn!(%error, "compiled code does not fit; compiling anew"))
        .ok()
}

/// Feeds what is hashed to a cryptographic hash: sixty-four bits would be too few for a name.
struct HashWriter(Sha256);

impl Hasher for HashWriter {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        // Nothing that is hashed here reads it back; the name comes from the whole digest.
        0
    }
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn check_private(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let describe = |error: io::Error| format!("cannot be used: {error}");
    let metadata = fs::metadata(folder).map_err(describe)?;
    if metadata.mode() & 0o022 != 0 {
        return Err(
            "others can write into it, and what lies there is run; `chmod go-w` it, or name another".into(),
        );
    }
    // Whoever runs this owns the files it makes; std has no shorter way to ask who that is.
    let probe = folder.join("probe").with_extension(unique_temporary());
    let own = File::create(&probe)
        .and_then(|file| file.metadata())
        .map_err(describe)?
        .uid();
    fs::remove_file(&probe).map_err(describe)?;
    if metadata.uid() != own {
        return Err("belongs to another user, and what lies there is run; name another".into());
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_folder: &Path) -> Result<(), String> {
    Ok(())
}
