//! From the file that a tool left behind to the component at its place.

use std::fs;
use std::io::Read;
use std::path::Path;

use crate::config::Package;

use super::{BuildError, Built};

/// The eight bytes that begin a component, and those of a core module
/// (component model, `Binary.md`).
const COMPONENT: [u8; 8] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const CORE_MODULE: [u8; 8] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/// Copies `made` to the package's place. A host that reads at this moment sees the old
/// file or the new one, never half of it.
pub fn put_in_place(package: &Package, made: &Path) -> Result<Built, BuildError> {
    if !made.is_file() {
        return Err(BuildError::NoOutput(made.to_owned()));
    }
    check_kind(made)?;
    let component = package.component();
    let fault = |source| BuildError::File {
        path: component.clone(),
        source,
    };
    if let Some(folder) = component.parent() {
        fs::create_dir_all(folder).map_err(fault)?;
    }
    let fresh = component.with_extension("wasm.new");
    let size = fs::copy(made, &fresh).map_err(fault)?;
    fs::rename(&fresh, &component).map_err(fault)?;
    Ok(Built { component, size })
}

fn check_kind(path: &Path) -> Result<(), BuildError> {
    let fault = |source| BuildError::File {
        path: path.to_owned(),
        source,
    };
    let mut start = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(8).read_to_end(&mut start))
        .map_err(fault)?;
    let refuse = |fault| {
        Err(BuildError::NotAComponent {
            path: path.to_owned(),
            fault,
        })
    };
    if start == COMPONENT {
        Ok(())
    } else if start == CORE_MODULE {
        refuse(
            "it is a core module; the build needs a last step that wraps it (like `wasm-tools component new`)",
        )
    } else {
        refuse("it does not begin like WebAssembly at all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_components_pass() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.wasm");
        for (bytes, complaint) in [
            (COMPONENT.as_slice(), None),
            (CORE_MODULE.as_slice(), Some("core module")),
            (b"<html>".as_slice(), Some("WebAssembly")),
            (b"".as_slice(), Some("WebAssembly")),
        ] {
            fs::write(&path, bytes).unwrap();
            let got = check_kind(&path).err().map(|error| error.to_string());
            assert_eq!(got.is_some(), complaint.is_some());
            if let (Some(got), Some(part)) = (got, complaint) {
                assert!(got.contains(part) && got.contains("x.wasm"), "{got}");
            }
        }
    }
}
