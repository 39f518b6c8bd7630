//! Where things are on this machine.

use std::env;
use std::path::PathBuf;

/// The folder for what can be made again: `$XDG_CACHE_HOME/parlor`, or `~/.cache/parlor`.
pub fn cache_folder() -> Option<PathBuf> {
    let named = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
    Some(base.join("parlor"))
}

/// The first file of this name in the folders of `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
