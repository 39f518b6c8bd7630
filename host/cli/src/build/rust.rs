//! Packages with `kind = "rust"`: Cargo, one call per workspace.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::config::{Package, Purpose};

use super::environment::clean_command;
use super::process::{self, Line};
use super::target::{self, Compiler, Distribution, TARGET};
use super::{BuildError, Failure, LockFile, Outcome, artifact};
use crate::terminal::{Progress, Step, human_size};

/// What the caller decides.
#[derive(Debug, Clone, Copy)]
pub struct RustOptions {
    /// Whether `Cargo.lock` may change.
    pub lock_file: LockFile,
}

/// One package as Cargo knows it.
struct Member<'a> {
    package: &'a Package,
    manifest: PathBuf,
    cargo_name: String,
}

/// Builds all, adding to `outcome`.
pub fn build(packages: &[&Package], options: RustOptions, progress: Progress, outcome: &mut Outcome) {
    let mut workspaces: BTreeMap<(PathBuf, Purpose), Vec<Member<'_>>> = BTreeMap::new();
    for &package in packages {
        match look_up(package) {
            Ok((root, member)) => workspaces
                .entry((root, package.purpose))
                .or_default()
                .push(member),
            Err(error) => outcome.failed.push(Failure {
                names: vec![package.name.clone()],
                error,
            }),
        }
    }
    for ((root, purpose), members) in workspaces {
        if let Err(error) = build_workspace(&root, purpose, &members, options, progress, outcome) {
            let names = members.iter().map(|member| member.package.name.clone()).collect();
            outcome.failed.push(Failure { names, error });
        }
    }
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    packages: Vec<MetadataPackage>,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<MetadataTarget>,
}

#[derive(Deserialize)]
struct MetadataTarget {
    crate_types: Vec<String>,
}

/// Asks Cargo for the package's workspace and name.
fn look_up(package: &Package) -> Result<(PathBuf, Member<'_>), BuildError> {
    let manifest = package.folder.join("Cargo.toml");
    let manifest = manifest
        .canonicalize()
        .map_err(|_| BuildError::NoManifest(package.folder.clone()))?;
    let mut command = clean_command("cargo", &package.folder);
    command.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let (mut json, mut complaints) = (String::new(), Vec::new());
    let ended = process::run(&mut command, None, |line| match line {
        Line::Out(line) => json.push_str(&line),
        Line::Err(line) => complaints.push(line),
    })?;
    if !ended.well() {
        let what = format!("`cargo metadata` in {}", package.folder.display());
        return Err(BuildError::Failed {
            what,
            output: complaints.join("\n"),
        });
    }
    let unexpected = |detail: String| BuildError::Unexpected {
        program: "cargo metadata",
        detail,
    };
    let metadata: Metadata = serde_json::from_str(&json).map_err(|error| unexpected(error.to_string()))?;
    let found = metadata
        .packages
        .into_iter()
        .find(|candidate| candidate.manifest_path == manifest)
        .ok_or_else(|| unexpected(format!("no package with the manifest {}", manifest.display())))?;
    if !found
        .targets
        .iter()
        .any(|target| target.crate_types.iter().any(|kind| kind == "cdylib"))
    {
        return Err(BuildError::NoCdylib(package.folder.join("Cargo.toml")));
    }
    Ok((
        metadata.workspace_root,
        Member {
            package,
            manifest,
            cargo_name: found.name,
        },
    ))
}

fn build_workspace(
    root: &Path,
    purpose: Purpose,
    members: &[Member<'_>],
    options: RustOptions,
    progress: Progress,
    outcome: &mut Outcome,
) -> Result<(), BuildError> {
    let compiler = target::find(root, progress)?;
    let names: Vec<&str> = members
        .iter()
        .map(|member| member.package.name.as_str())
        .collect();
    let step = progress.step(format!("{}: compiling", names.join(", ")));
    let result = compile(root, purpose, members, options, &compiler, &step).and_then(|(made, _lock)| {
        members
            .iter()
            .map(|member| {
                let file = made.get(&member.manifest).cloned();
                artifact::put_in_place(
                    member.package,
                    &file.unwrap_or_else(|| member.package.component()),
                )
            })
            .collect::<Result<Vec<_>, _>>()
    });
    match result {
        Ok(built) => {
            let sizes: Vec<String> = built
                .iter()
                .map(|one| format!("{} ({})", one.component.display(), human_size(one.size)))
                .collect();
            step.done(sizes.join(", "));
            outcome.built.extend(built);
            Ok(())
        }
        Err(error) => {
            step.failed();
            Err(error)
        }
    }
}

/// Calls Cargo. Returns each member's component by manifest, and the lock that keeps other
/// builds out of the shared target folder until the components are copied.
fn compile(
    root: &Path,
    purpose: Purpose,
    members: &[Member<'_>],
    options: RustOptions,
    compiler: &Compiler,
    step: &Step,
) -> Result<(BTreeMap<PathBuf, PathBuf>, Option<File>), BuildError> {
    let mut command = clean_command("cargo", root);
    command.args([
        "build",
        "--profile",
        profile(purpose),
        "--target",
        TARGET,
        "--message-format",
    ]);
    command
        .arg(step.message_format())
        .env("CARGO_TERM_COLOR", "never");
    for member in members {
        command.args(["-p", &member.cargo_name]);
    }
    if options.lock_file == LockFile::MustFit {
        command.arg("--locked");
    }
    let lock = match compiler {
        Compiler::Toolchain => None,
        Compiler::Distribution(distribution) => Some(prepare(&mut command, distribution, step)?),
    };
    let mut report = Report::default();
    let ended = process::run(&mut command, None, |line| match line {
        Line::Out(line) => report.message(&line),
        Line::Err(line) => report.progress(line, step),
    })?;
    if !ended.well() {
        let what = format!("`cargo build` in {}", root.display());
        return Err(BuildError::Failed {
            what,
            output: report.complaint(),
        });
    }
    if let Compiler::Distribution(distribution) = compiler {
        let fault = |source| BuildError::File {
            path: distribution.target_folder.clone(),
            source,
        };
        distribution.mark_warm().map_err(fault)?;
    }
    for warning in &report.diagnostics {
        step.tell(warning.trim_end());
    }
    Ok((report.components, lock))
}

/// Cargo's name for it. Its `dev` profile goes on from what it compiled before.
fn profile(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Play => "release",
        Purpose::Edit => "dev",
    }
}

/// Adds what the distribution's compiler needs, and locks the shared target folder: two
/// workspaces may have packages of one name, whose files would overwrite each other.
fn prepare(command: &mut Command, distribution: &Distribution, step: &Step) -> Result<File, BuildError> {
    let folder = &distribution.target_folder;
    let fault = |source| BuildError::File {
        path: folder.clone(),
        source,
    };
    fs::create_dir_all(folder).map_err(fault)?;
    let lock = File::create(folder.join(".lock")).map_err(fault)?;
    if lock.try_lock().is_err() {
        step.tell("waiting for another `parlor build` on this machine …");
        lock.lock().map_err(fault)?;
    }
    if !distribution.is_warm() {
        step.tell(format_args!(
            "the Rust toolchain has no {TARGET}: using {} and compiling the standard library once, about two minutes",
            distribution.rustc.display()
        ));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(distribution.linker_folder.clone()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).map_err(|error| fault(std::io::Error::other(error)))?;
    command
        .arg("-Zbuild-std=std,panic_abort")
        .arg("--target-dir")
        .arg(folder)
        .env("PATH", path)
        .env("RUSTC", &distribution.rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .env(
            "RUSTFLAGS",
            format!("-L native={}", distribution.libraries.display()),
        );
    Ok(lock)
}

/// What Cargo printed, sorted.
#[derive(Default)]
struct Report {
    components: BTreeMap<PathBuf, PathBuf>,
    diagnostics: Vec<String>,
    other_lines: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum CargoMessage {
    CompilerArtifact {
        manifest_path: PathBuf,
        filenames: Vec<PathBuf>,
    },
    CompilerMessage {
        message: Diagnostic,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Diagnostic {
    rendered: Option<String>,
}

impl Report {
    /// A line of standard output: JSON, unless a build script let something slip.
    fn message(&mut self, line: &str) {
        match serde_json::from_str(line) {
            Ok(CargoMessage::CompilerArtifact {
                manifest_path,
                filenames,
            }) => {
                let component = filenames
                    .into_iter()
                    .find(|file| file.extension().is_some_and(|ext| ext == "wasm"));
                if let Some(component) = component {
                    self.components.insert(manifest_path, component);
                }
            }
            Ok(CargoMessage::CompilerMessage { message }) => self.diagnostics.extend(message.rendered),
            Ok(CargoMessage::Other) => {}
            Err(_) => self.other_lines.push(line.to_owned()),
        }
    }

    /// A line of standard error: `   Compiling x` is shown and forgotten, the rest is kept.
    fn progress(&mut self, line: String, step: &Step) {
        let first_word = line.trim_start().split(' ').next().unwrap_or_default();
        let is_status = line.starts_with(' ') && first_word.starts_with(|c: char| c.is_ascii_uppercase());
        step.note(line.trim_start());
        if !is_status {
            self.other_lines.push(line);
        }
    }

    /// Everything that may explain a failure.
    fn complaint(&self) -> String {
        let lines = self.other_lines.iter().filter(|line| !line.is_empty());
        self.diagnostics
            .iter()
            .map(|text| text.trim_end())
            .chain(lines.map(String::as_str))
            .collect::<Vec<_>>()
            .join("\n")
    }
}
