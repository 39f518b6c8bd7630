//! `room.toml`: a room package, and how it becomes a component.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use parlor_protocol::ids::RoomTypeName;
use serde::Deserialize;
use toml::Spanned;

use super::settings::Behaviour;
use super::source::{ConfigError, Source};

/// The file that makes a folder a room package.
pub const ROOM_FILE: &str = "room.toml";

/// A folder with a `room.toml`.
#[derive(Debug, Clone)]
pub struct Package {
    /// The room type's name unless `parlor.toml` gives another; also the component's file name.
    pub name: RoomTypeName,
    /// The package's folder, as reached from where the user stands.
    pub folder: PathBuf,
    /// How its component is made.
    pub build: BuildKind,
    /// Which files make a rebuild necessary.
    pub watch: Watch,
    /// What the author sets.
    pub settings: Behaviour,
    /// For whom it is built.
    pub purpose: Purpose,
}

/// What a component is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Players: it takes its time to build, and is as fast as can be.
    Play,
    /// Its author, who has just saved a file and wants to see what comes of it.
    Edit,
}

/// How a component is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildKind {
    /// A Cargo package with a `cdylib` target.
    Rust,
    /// Anything that leaves a component behind.
    Command {
        /// What is run, in the package's folder.
        command: CommandLine,
        /// Where the component is afterwards; inside the package's folder.
        output: PathBuf,
    },
}

/// A command as written in `room.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "a command line, as one text for the shell or as a list of arguments"
)]
pub enum CommandLine {
    /// Handed to `sh -c`.
    Shell(String),
    /// Run as it is: the program, then its arguments.
    Arguments(Vec<String>),
}

/// The sources of a package, relative to its folder.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Files, and folders with all that is below them; may lead out of the package.
    pub folders: Vec<PathBuf>,
    /// Patterns for paths inside the package.
    pub globs: GlobSet,
    /// For each pattern the folder from which on it has wildcards.
    pub glob_bases: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RoomDocument {
    name: Spanned<String>,
    #[serde(default)]
    build: BuildSection,
    #[serde(default)]
    settings: Behaviour,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BuildSection {
    kind: Option<Spanned<KindName>>,
    command: Option<Spanned<CommandLine>>,
    output: Option<Spanned<PathBuf>>,
    watch: Option<Vec<Spanned<String>>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum KindName {
    Rust,
    Command,
}

impl Package {
    /// Reads `folder/room.toml`.
    ///
    /// # Errors
    /// What is wrong in the file, and where.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let source = Source::read(&folder.join(ROOM_FILE))?;
        let document: RoomDocument = source.parse()?;
        Ok(Self {
            name: check_name(&source, &document.name)?,
            folder: folder.to_owned(),
            watch: read_watch(&source, document.build.watch.as_deref())?,
            build: read_build(&source, document.build)?,
            settings: document.settings,
            purpose: Purpose::Play,
        })
    }

    /// Where `parlor build` leaves the component, and `parlor serve` looks for it:
    /// `target/parlor/NAME.wasm` in the package's folder, whatever it is written in. What is built to be edited lies in
    /// a folder beside it, so that nobody serves it by accident.
    pub fn component(&self) -> PathBuf {
        let folder = self.folder.join("target").join("parlor");
        let folder = match self.purpose {
            Purpose::Play => folder,
            Purpose::Edit => folder.join("edited"),
        };
        folder.join(format!("{}.wasm", self.name))
    }
}

/// What names may look like: they stand in URLs, file names and TOML keys.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_name(name: &str) -> Result<RoomTypeName, String> {
    match RoomTypeName::parse(name) {
        // As an argument it would look like an option.
        Ok(_) if name.starts_with('-') => Err(format!("`{name}` begins with `-`")),
        Ok(name) => Ok(name),
        Err(error) => Err(format!("`{name}` is not a name: {error}")),
    }
}

pub(super) fn check_name(source: &Source, name: &Spanned<String>) -> Result<RoomTypeName, ConfigError> {
    parse_name(name.get_ref()).map_err(|fault| source.complaint(name.span(), fault))
}

fn read_build(source: &Source, section: BuildSection) -> Result<BuildKind, ConfigError> {
    let kind = section
        .kind
        .as_ref()
        .map_or(KindName::Rust, |kind| *kind.get_ref());
    match (kind, section.command, section.output) {
        (KindName::Rust, None, None) => Ok(BuildKind::Rust),
        (KindName::Rust, Some(extra), _) => {
            Err(source.complaint(extra.span(), "only goes with `kind = \"command\"`"))
        }
        (KindName::Rust, None, Some(extra)) => {
            Err(source.complaint(extra.span(), "only goes with `kind = \"command\"`"))
        }
        (KindName::Command, Some(command), Some(output)) => {
            let empty = match command.get_ref() {
                CommandLine::Shell(line) => line.trim().is_empty(),
                CommandLine::Arguments(words) => words.first().is_none_or(|program| program.is_empty()),
            };
            if empty {
                return Err(source.complaint(command.span(), "the command is empty"));
            }
            inside_package(source, &output)?;
            Ok(BuildKind::Command {
                command: command.into_inner(),
                output: output.into_inner(),
            })
        }
        (KindName::Command, command, _) => {
            let missing = if command.is_none() { "command" } else { "output" };
            let span = section.kind.map_or(0..0, |kind| kind.span());
            Err(source.complaint(span, format!("`kind = \"command\"` needs `{missing}` beside it")))
        }
    }
}

fn inside_package(source: &Source, path: &Spanned<PathBuf>) -> Result<(), ConfigError> {
    use std::path::Component;
    let stays = path
        .get_ref()
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if stays && path.get_ref() != Path::new("") {
        return Ok(());
    }
    Err(source.complaint(
        path.span(),
        "must be a path inside the package's folder, without `..`",
    ))
}

fn read_watch(source: &Source, patterns: Option<&[Spanned<String>]>) -> Result<Watch, ConfigError> {
    // Whatever else is watched: these decide how the package is built.
    let mut folders = vec![PathBuf::from(ROOM_FILE), PathBuf::from("Cargo.toml")];
    let mut globs = GlobSetBuilder::new();
    let mut glob_bases = Vec::new();
    if patterns.is_none() {
        folders.push(PathBuf::from("src"));
    }
    for pattern in patterns.unwrap_or_default() {
        let text = pattern.get_ref().trim_start_matches("./");
        let refuse = |message: String| source.complaint(pattern.span(), message);
        let Some(wildcard) = text.find(['*', '?', '[', '{']) else {
            if text.is_empty() || text.starts_with('/') {
                return Err(refuse(
                    "must be a folder, file or glob, relative to the package's folder".to_owned(),
                ));
            }
            folders.push(PathBuf::from(text.trim_end_matches('/')));
            continue;
        };
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            return Err(refuse(
                "a glob must stay inside the package's folder, without `..`".to_owned(),
            ));
        }
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        globs.add(glob.map_err(|error| refuse(error.to_string()))?);
        let literal = text.get(..wildcard).unwrap_or_default();
        glob_bases.push(PathBuf::from(
            literal.rsplit_once('/').map_or("", |(folder, _)| folder),
        ));
    }
    let globs = globs
        .build()
        .map_err(|error| source.complaint(0..0, error.to_string()))?;
    Ok(Watch {
        folders,
        globs,
        glob_bases,
    })
}
