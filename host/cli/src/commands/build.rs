//! `parlor build [folder]`: packages to components.

use std::path::PathBuf;

use anyhow::{Result, bail};
use parlor_protocol::ids::RoomTypeName;

use crate::build::{self, LockFile, Outcome};
use crate::discover::{discover, packages};
use crate::terminal::{Progress, say};

/// Builds every room package of a folder.
///
/// Looks for `parlor.toml` in the folder, then in its `rooms` folder, then for a single
/// `room.toml`. Each component is left at `target/parlor/NAME.wasm` in its package's folder.
#[derive(Debug, clap::Args)]
pub struct BuildArguments {
    /// Where to look
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Refuse to change Cargo.lock
    #[arg(long)]
    locked: bool,
}

/// Runs the command.
pub fn run(arguments: &BuildArguments) -> Result<()> {
    let lock_file = if arguments.locked {
        LockFile::MustFit
    } else {
        LockFile::MayChange
    };
    let found = discover(&arguments.folder)?;
    let packages = packages(&found.config);
    if packages.is_empty() {
        say(format_args!(
            "{} names no package, so there is nothing to build",
            found.file.display()
        ));
        return Ok(());
    }
    let outcome = build::build(&packages, lock_file, Progress::detect());
    report(&outcome)
}

/// Shows what failed; an error if anything did.
pub fn report(outcome: &Outcome) -> Result<()> {
    for failure in &outcome.failed {
        say(format_args!("\n{failure}\n"));
    }
    let failed: Vec<&str> = outcome
        .failed
        .iter()
        .flat_map(|failure| failure.names.iter().map(RoomTypeName::as_str))
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    bail!("not built: {}", failed.join(", "))
}
