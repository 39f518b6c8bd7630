//! Room packages to components: `parlor build`, and the first half of `parlor dev`.

mod artifact;
mod command;
mod environment;
mod process;
mod rust;
pub mod target;

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use parlor_protocol::ids::RoomTypeName;

use crate::config::Package;
use crate::config::room_file::BuildKind;

use crate::terminal::Progress;
use rust::RustOptions;

/// Why a package did not become a component.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A tool could not be started at all.
    #[error("cannot run `{program}`: {source}")]
    Start {
        /// What was to be run.
        program: String,
        /// From the operating system.
        source: std::io::Error,
    },
    /// A tool ran and said no; `output` is what it had to say.
    #[error("{what} failed\n{output}")]
    Failed {
        /// The step, as a person would name it.
        what: String,
        /// Its own words, cleaned of progress lines.
        output: String,
    },
    /// The folder is no Cargo package.
    #[error("{} has no Cargo.toml, so `kind = \"rust\"` cannot build it", .0.display())]
    NoManifest(PathBuf),
    /// Rust only makes components of `cdylib` targets.
    #[error("{} does not make a component; add to it:\n[lib]\ncrate-type = [\"cdylib\"]", .0.display())]
    NoCdylib(PathBuf),
    /// Something was not as documented in what a tool printed.
    #[error("`{program}` printed something unexpected: {detail}")]
    Unexpected {
        /// Which tool.
        program: &'static str,
        /// What was looked for.
        detail: String,
    },
    /// The build went through and left nothing behind.
    #[error("the build ended well but left no component at {}", .0.display())]
    NoOutput(PathBuf),
    /// The build made a file of another kind.
    #[error("{} is not a component: {fault}", path.display())]
    NotAComponent {
        /// The file.
        path: PathBuf,
        /// What it is instead, and what to do.
        fault: &'static str,
    },
    /// No compiler for `wasm32-wasip2`.
    #[error(transparent)]
    Target(#[from] target::TargetError),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// From the operating system.
        source: std::io::Error,
    },
}

/// A component that now stands at its place.
#[derive(Debug, Clone)]
pub struct Built {
    /// Where the component is.
    pub component: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// How a whole run ended: some packages may be built and others not.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was built, in the order of building.
    pub built: Vec<Built>,
    /// What was not, and why. Packages that share a Cargo workspace fail together.
    pub failed: Vec<Failure>,
}

/// Packages that were not built.
#[derive(Debug)]
pub struct Failure {
    /// Their names.
    pub names: Vec<RoomTypeName>,
    /// Why.
    pub error: BuildError,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names.iter().map(RoomTypeName::as_str).collect();
        write!(f, "{}: {}", names.join(", "), self.error)
    }
}

/// What the user may ask of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LockFile {
    /// Cargo may complete `Cargo.lock`.
    #[default]
    MayChange,
    /// A `Cargo.lock` that does not fit is an error, as in continuous integration.
    MustFit,
}

/// Builds the packages, Rust ones that share a workspace in one call of Cargo.
/// Blocking: minutes, if a standard library has to be compiled first.
pub fn build(packages: &[&Package], lock_file: LockFile, progress: Progress) -> Outcome {
    let mut outcome = Outcome::default();
    let (rust, command): (Vec<&Package>, Vec<&Package>) = packages
        .iter()
        .partition(|package| package.build == BuildKind::Rust);
    rust::build(&rust, RustOptions { lock_file }, progress, &mut outcome);
    for package in command {
        match command::build(package, progress) {
            Ok(built) => outcome.built.push(built),
            Err(error) => outcome.failed.push(Failure {
                names: vec![package.name.clone()],
                error,
            }),
        }
    }
    outcome
}

/// The first line of what a tool says to `--version`, if it is there at all.
pub fn version_of(command: &mut Command) -> Option<String> {
    process::read(command)?.lines().next().map(str::to_owned)
}
