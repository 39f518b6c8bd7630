//! The environment in which guests are built. The host itself may run below `cargo run` or
//! `cargo test`, whose variables (target folder, flags, toolchain) are not meant for guests.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Variables of Cargo that are about the user's machine, not about one build.
const KEPT: [&str; 7] = [
    "CARGO_HOME",
    "CARGO_NET_",
    "CARGO_HTTP_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
    "CARGO_TERM_",
    "CARGO_BUILD_JOBS",
];

/// Variables outside Cargo's own prefix that change what a build does.
const DROPPED: [&str; 8] = [
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_BOOTSTRAP",
    "RUSTFLAGS",
    "RUSTDOC",
    "RUSTDOCFLAGS",
    "MAKEFLAGS",
    "OUT_DIR",
];

fn leaks(name: &str) -> bool {
    let of_cargo = name == "CARGO" || name.starts_with("CARGO_");
    (of_cargo && !KEPT.iter().any(|kept| name.starts_with(kept))) || DROPPED.contains(&name)
}

/// A command that knows nothing of a Cargo above us.
pub fn clean_command(program: impl Into<OsString>, folder: &Path) -> Command {
    let mut command = Command::new(program.into());
    command.current_dir(folder);
    let below_cargo = env::var_os("CARGO").is_some() && env::var_os("CARGO_MANIFEST_DIR").is_some();
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(leaks) {
            command.env_remove(&name);
        }
    }
    if below_cargo {
        // Set by rustup for the outer toolchain; the guest's folder may name another.
        command.env_remove("RUSTUP_TOOLCHAIN");
        clean_library_path(&mut command);
    }
    command
}

/// `cargo run` puts its toolchain's and its target folder's libraries first, where another
/// compiler would find the wrong ones.
fn clean_library_path(command: &mut Command) {
    const VARIABLE: &str = "LD_LIBRARY_PATH";
    let Some(value) = env::var_os(VARIABLE) else {
        return;
    };
    let own_folder = env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(Path::to_owned));
    let theirs = |entry: &PathBuf| {
        let of_toolchain = entry.components().any(|part| part.as_os_str() == "rustlib")
            || entry.components().any(|part| part.as_os_str() == "toolchains");
        let of_target = own_folder.as_ref().is_some_and(|own| entry.starts_with(own));
        of_toolchain || of_target
    };
    let kept: Vec<PathBuf> = env::split_paths(&value).filter(|entry| !theirs(entry)).collect();
    match env::join_paths(&kept) {
        Ok(joined) if !kept.is_empty() => command.env(VARIABLE, joined),
        _ => command.env_remove(VARIABLE),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_one_build_leaks_and_the_rest_does_not() {
        for name in [
            "CARGO",
            "CARGO_TARGET_DIR",
            "CARGO_MANIFEST_DIR",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_PROFILE_RELEASE_LTO",
            "RUSTFLAGS",
            "RUSTC",
        ] {
            assert!(leaks(name), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_X_INDEX",
            "RUSTC_WRAPPER",
            "PATH",
            "HOME",
        ] {
            assert!(!leaks(name), "{name}");
        }
    }
}
