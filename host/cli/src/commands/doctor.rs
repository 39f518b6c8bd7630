//! `parlor doctor`: what is there for building and serving, what is not, and what to do.

use std::fmt;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use parlor_server::ServerSettings;

use crate::build::target::{self, DEBIAN_PACKAGES, LINKER, TARGET};
use crate::build::version_of;
use crate::places::cache_folder;
use crate::terminal::print;

/// Tells what building and serving rooms needs and what is missing.
///
/// Changes nothing. Ends with an error if something is missing that rooms in Rust need.
#[derive(Debug, clap::Args)]
pub struct DoctorArguments {}

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    /// Only some need it.
    Optional,
    /// Nothing goes without.
    Missing,
}

/// One line of the answer.
struct Finding {
    health: Health,
    what: &'static str,
    detail: String,
}

impl Finding {
    fn good(what: &'static str, detail: impl Into<String>) -> Self {
        Self {
            health: Health::Good,
            what,
            detail: detail.into(),
        }
    }

    fn missing(what: &'static str, detail: impl Into<String>) -> Self {
        Self {
            health: Health::Missing,
            what,
            detail: detail.into(),
        }
    }

    fn optional(what: &'static str, detail: impl Into<String>) -> Self {
        Self {
            health: Health::Optional,
            what,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.health {
            Health::Good => "ok",
            Health::Optional => "no",
            Health::Missing => "MISSING",
        };
        write!(f, "{mark:<8}{:<20}{}", self.what, self.detail)
    }
}

/// Runs the command.
pub fn run(_arguments: &DoctorArguments) -> Result<()> {
    let findings = [
        tool("rustc", Health::Missing, "install Rust: https://rustup.rs"),
        tool("cargo", Health::Missing, "install Rust: https://rustup.rs"),
        compiler(),
        linker(),
        tool(
            "node",
            Health::Optional,
            "only needed for rooms in JavaScript and for clients: https://nodejs.org",
        ),
        tool("python3", Health::Optional, "only needed for rooms in Python"),
        port(),
        cache(),
    ];
    for finding in &findings {
        print(finding);
    }
    let missing = findings
        .iter()
        .filter(|finding| finding.health == Health::Missing)
        .count();
    match missing {
        0 => Ok(()),
        1 => bail!("one thing is missing"),
        _ => bail!("{missing} things are missing"),
    }
}

fn tool(name: &'static str, otherwise: Health, advice: &str) -> Finding {
    match version_of(Command::new(name).arg("--version")) {
        Some(version) => Finding::good(name, version),
        None => Finding {
            health: otherwise,
            what: name,
            detail: advice.to_owned(),
        },
    }
}

fn compiler() -> Finding {
    if target::toolchain_has_target(Path::new(".")) {
        return Finding::good(TARGET, "the Rust toolchain has it");
    }
    match target::distribution() {
        Ok(found) if found.is_warm() => Finding::good(
            TARGET,
            format!("by {} and a standard library from source", found.rustc.display()),
        ),
        Ok(found) => Finding::good(
            TARGET,
            format!(
                "by {}; the first build compiles the standard library, about two minutes",
                found.rustc.display()
            ),
        ),
        Err(lack) => Finding::missing(
            TARGET,
            format!(
                "rustup target add {TARGET} (or, where rustup cannot, Debian's {}: {})",
                DEBIAN_PACKAGES.join(", "),
                target::describe(&lack)
            ),
        ),
    }
}

fn linker() -> Finding {
    match target::linker() {
        Some(folder) => Finding::good(LINKER, folder.display().to_string()),
        None => Finding::missing(
            LINKER,
            format!("comes with rustup's toolchains, or: cargo install {LINKER}"),
        ),
    }
}

fn port() -> Finding {
    const WHAT: &str = "port";
    let address = ServerSettings::default().listen;
    match TcpListener::bind(address) {
        Ok(_) => Finding::good(WHAT, format!("{address} is free")),
        Err(error) => {
            let advice = format!("{address}: {error}; use `--listen` or `listen` in parlor.toml for another");
            Finding::optional(WHAT, advice)
        }
    }
}

fn cache() -> Finding {
    const WHAT: &str = "cache folder";
    let Some(folder) = cache_folder() else {
        return Finding::missing(WHAT, "set HOME or XDG_CACHE_HOME");
    };
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    let tried = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&probe, ""))
        .and_then(|()| fs::remove_file(&probe));
    match tried {
        Ok(()) => Finding::good(WHAT, folder.display().to_string()),
        Err(error) => Finding::missing(WHAT, format!("{}: {error}; make it writable", folder.display())),
    }
}
