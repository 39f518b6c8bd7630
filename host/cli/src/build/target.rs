//! Finding a Rust compiler that makes components: the toolchain's own target, the same got
//! through rustup, or the distribution's compiler with a standard library from source.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::places::{cache_folder, on_path};

use super::environment::clean_command;
use super::process::{self, Line};
use crate::terminal::{Progress, Step};

/// What guests are compiled for.
pub const TARGET: &str = "wasm32-wasip2";

/// The linker behind `wasm32-wasip2`.
pub const LINKER: &str = "wasm-component-ld";

/// Debian's packages of compiler, sources and C library.
pub const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "wasi-libc"];

const DISTRIBUTION_RUSTC: &str = "/usr/bin/rustc";
const WASI_LIBRARIES: &str = "/usr/lib/wasm32-wasi";
/// The first release with `wasm32-wasip2` as a target of the second tier.
const OLDEST_MINOR: u32 = 82;
/// A download of some 30 MB; beyond this the network is as good as none.
const RUSTUP_BOUND: Duration = Duration::from_secs(180);

/// How guests are compiled on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// The toolchain has the target.
    Toolchain,
    /// The distribution's compiler builds the standard library along.
    Distribution(Distribution),
}

/// A compiler, and what it lacks to make components by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// The compiler.
    pub rustc: PathBuf,
    /// The folder with `libc.a` for WASI.
    pub libraries: PathBuf,
    /// The folder with [`LINKER`].
    pub linker_folder: PathBuf,
    /// Shared by all packages, so that the standard library is compiled once.
    pub target_folder: PathBuf,
}

/// Left in the target folder by the first build that went through.
const WARM_MARKER: &str = ".built";

impl Distribution {
    /// Whether the standard library has been compiled before.
    pub fn is_warm(&self) -> bool {
        self.target_folder.join(WARM_MARKER).is_file()
    }

    /// Remembers that it has.
    pub fn mark_warm(&self) -> io::Result<()> {
        fs::write(self.target_folder.join(WARM_MARKER), "")
    }
}

/// Why there is no compiler for guests.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not even a host compiler.
    #[error("there is no `rustc`; install Rust (https://rustup.rs), then try again")]
    NoRust,
    /// All ways are closed.
    #[error(
        "no Rust compiler here can make components ({TARGET}).\n\
         rustup: {rustup}\n\
         distribution: {distribution}"
    )]
    NoWay {
        /// What rustup said.
        rustup: String,
        /// What is missing for the other way, and how to get it.
        distribution: String,
    },
}

/// What is missing for the distribution's compiler to be of use.
#[derive(Debug, PartialEq, Eq)]
pub enum Lack {
    /// Packages of the distribution.
    Packages(Vec<&'static str>),
    /// [`LINKER`], which comes with rustup's toolchains.
    Linker,
    /// Neither `XDG_CACHE_HOME` nor `HOME` says where to build.
    CacheFolder,
}

/// Finds a compiler for the packages below `folder`, whose `rust-toolchain.toml` counts.
/// May install the target or the distribution's packages, and then says so.
pub fn find(folder: &Path, progress: Progress) -> Result<Compiler, TargetError> {
    let sysroot = sysroot(folder, "rustc".as_ref()).ok_or(TargetError::NoRust)?;
    if has_target(&sysroot) {
        return Ok(Compiler::Toolchain);
    }
    let ready = distribution();
    if let Ok(found) = &ready
        && found.is_warm()
    {
        // It has been used before: asking the network again at each build would be a delay.
        return Ok(Compiler::Distribution(found.clone()));
    }
    let rustup = match add_by_rustup(folder, progress) {
        Ok(()) if toolchain_has_target(folder) => return Ok(Compiler::Toolchain),
        Ok(()) => format!(
            "`rustup target add` ended well, yet {} has no {TARGET}",
            sysroot.display()
        ),
        Err(fault) => fault,
    };
    let found = match ready {
        Err(Lack::Packages(packages)) => {
            install(&packages, progress).and_then(|()| distribution().map_err(|lack| describe(&lack)))
        }
        ready => ready.map_err(|lack| describe(&lack)),
    };
    found
        .map(Compiler::Distribution)
        .map_err(|distribution| TargetError::NoWay { rustup, distribution })
}

/// Whether the toolchain that counts in `folder` has the target. Looks, changes nothing.
pub fn toolchain_has_target(folder: &Path) -> bool {
    sysroot(folder, "rustc".as_ref()).is_some_and(|sysroot| has_target(&sysroot))
}

fn sysroot(folder: &Path, rustc: &Path) -> Option<PathBuf> {
    process::read(clean_command(rustc, folder).args(["--print", "sysroot"])).map(PathBuf::from)
}

fn has_target(sysroot: &Path) -> bool {
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    libraries
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
}

fn add_by_rustup(folder: &Path, progress: Progress) -> Result<(), String> {
    if on_path("rustup").is_none() {
        return Err("not installed".to_owned());
    }
    let step = progress.step(format!("rustup target add {TARGET}"));
    let mut command = clean_command("rustup", folder);
    match run_quietly(command.args(["target", "add", TARGET]), Some(RUSTUP_BOUND), &step) {
        Ok(()) => {
            step.done("");
            Ok(())
        }
        Err(output) => {
            let reason = output.lines().find(|line| line.starts_with("error"));
            step.tell(reason.unwrap_or(&output));
            step.failed();
            Err(format!("`rustup target add {TARGET}` failed: {output}"))
        }
    }
}

/// The distribution's way, if everything for it is there. Looks, changes nothing.
pub fn distribution() -> Result<Distribution, Lack> {
    let rustc = PathBuf::from(DISTRIBUTION_RUSTC);
    let sysroot = sysroot(Path::new("/"), &rustc);
    let usable = sysroot.is_some() && version_of(&rustc).is_some_and(|minor| minor >= OLDEST_MINOR);
    let sources = sysroot
        .unwrap_or_else(|| PathBuf::from("/usr"))
        .join("lib/rustlib/src/rust/library/Cargo.toml");
    let libraries = PathBuf::from(WASI_LIBRARIES);
    let present = [usable, sources.is_file(), libraries.join("libc.a").is_file()];
    let missing: Vec<&str> = DEBIAN_PACKAGES
        .iter()
        .zip(present)
        .filter(|(_, present)| !present)
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        return Err(Lack::Packages(missing));
    }
    let linker_folder = linker().ok_or(Lack::Linker)?;
    let target_folder = cache_folder().ok_or(Lack::CacheFolder)?.join("guest-target");
    Ok(Distribution {
        rustc,
        libraries,
        linker_folder,
        target_folder,
    })
}

/// The minor version of a `rustc 1.N`.
fn version_of(rustc: &Path) -> Option<u32> {
    let version = process::read(Command::new(rustc).arg("--version"))?;
    version.strip_prefix("rustc 1.")?.split('.').next()?.parse().ok()
}

/// The folder of the linker: on the `PATH`, or inside a toolchain of rustup's.
pub fn linker() -> Option<PathBuf> {
    if let Some(file) = on_path(LINKER) {
        return file.parent().map(Path::to_owned);
    }
    let active = sysroot(Path::new("/"), "rustc".as_ref());
    let home = process::read(Command::new("rustup").args(["show", "home"])).map(PathBuf::from);
    let others = home
        .and_then(|home| home.join("toolchains").read_dir().ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()));
    active.into_iter().chain(others).find_map(|sysroot| {
        let hosts = sysroot.join("lib/rustlib").read_dir().ok()?;
        hosts
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .find(|folder| folder.join(LINKER).is_file())
    })
}

/// What is missing, and what to do about it.
pub fn describe(lack: &Lack) -> String {
    match lack {
        Lack::Packages(packages) if on_path("apt-get").is_some() => {
            format!(
                "as root: apt-get update && apt-get install {}",
                packages.join(" ")
            )
        }
        Lack::Packages(_) => format!(
            "needs rustc 1.{OLDEST_MINOR} or newer in {DISTRIBUTION_RUSTC} with its sources, and wasi-libc in \
             {WASI_LIBRARIES} (on Debian: {})",
            DEBIAN_PACKAGES.join(", ")
        ),
        Lack::Linker => format!("`{LINKER}` is missing: cargo install {LINKER}"),
        Lack::CacheFolder => {
            "neither XDG_CACHE_HOME nor HOME is set, so there is no place to build in".to_owned()
        }
    }
}

/// Installs packages, where that is possible without asking anybody.
fn install(packages: &[&'static str], progress: Progress) -> Result<(), String> {
    let is_root = process::read(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    if on_path("apt-get").is_none() || !is_root {
        return Err(describe(&Lack::Packages(packages.to_vec())));
    }
    let step = progress.step(format!("apt-get install {}", packages.join(" ")));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        run_quietly(&mut command, None, &step)
            .map_err(|output| format!("`apt-get {}` failed: {output}", arguments.join(" ")))
    };
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    match apt(&["update"]).and_then(|()| apt(&install)) {
        Ok(()) => {
            step.done("");
            Ok(())
        }
        Err(fault) => {
            step.failed();
            Err(fault)
        }
    }
}

/// Runs a tool whose words matter only if it fails; they are the error.
fn run_quietly(command: &mut Command, bound: Option<Duration>, step: &Step) -> Result<(), String> {
    let mut printed = Vec::new();
    let ended = process::run(command, bound, |line| {
        let (Line::Out(line) | Line::Err(line)) = line;
        step.note(line.clone());
        printed.push(line);
    });
    match ended {
        Ok(ended) if ended.well() => Ok(()),
        Ok(process::Ended::OutOfTime) => {
            Err(format!("no end after {} s", bound.unwrap_or_default().as_secs()))
        }
        Ok(process::Ended::With(_)) => Err(printed.join("\n")),
        Err(error) => Err(error.to_string()),
    }
}
