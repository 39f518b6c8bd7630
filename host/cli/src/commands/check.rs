//! `parlor check FILE.wasm`: whether a file is a room type, and what it says of itself.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use parlor_plugin::{Definition, Encoding, Engine, PluginSettings};
use parlor_protocol::ids::RoomTypeName;
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use wasmparser::{Parser, Payload};

use crate::config::host_file::{HostConfig, LogFormat, LogSection};
use crate::config::room_file::parse_name;
use crate::config::settings::{CacheSection, LimitsSection};
use crate::terminal::{human_size, print};
use crate::{hosting, logging, schema_tree};

/// Loads a component as a host would, and prints what it is.
#[derive(Debug, clap::Args)]
pub struct CheckArguments {
    /// The component
    file: PathBuf,
    /// The room type to ask it about; the file's name unless given
    #[arg(long)]
    name: Option<String>,
    /// A parlor.toml whose limits are to hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &CheckArguments, log_format: Option<LogFormat>) -> Result<()> {
    logging::start(log_format, &LogSection::default())?;
    let file = &arguments.file;
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = type_name(file, arguments.name.as_deref())?;
    let settings = match &arguments.config {
        Some(config) => HostConfig::read(config)?.engine,
        None => LimitsSection::default().plugin_settings(&CacheSection::in_user_cache()),
    };
    // Enough for one to be asked.
    let engine = Engine::new(PluginSettings {
        max_rooms: 2,
        ..settings
    })?;
    let size = bytes.len() as u64;
    let loading = RoomType::load(&engine, name.clone(), bytes.clone(), RoomSettings::default());
    let room_type = hosting::runtime()?.block_on(loading)?;
    print(format_args!("{}: fits, as room type `{name}`", file.display()));
    print(format_args!("size      {}", human_size(size)));
    describe(&room_type.definition);
    print("imports");
    for import in imports(&bytes)? {
        print(format_args!("  {import}"));
    }
    Ok(())
}

fn type_name(file: &Path, asked: Option<&str>) -> Result<RoomTypeName> {
    if let Some(name) = asked {
        return parse_name(name).map_err(|fault| anyhow!("--name: {fault}"));
    }
    let stem = file
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    match parse_name(stem) {
        Ok(name) => Ok(name),
        Err(_) => bail!("the file's name is no room type's; give one with --name"),
    }
}

fn describe(definition: &Definition) {
    let encoding = match definition.encoding {
        Encoding::MessagePack => "message-pack",
        Encoding::Json => "json",
    };
    print(format_args!("encoding  {encoding}"));
    if definition.optional_hooks.before_patch {
        print("hooks     on-before-patch is asked for");
    }
    match &definition.schema {
        None => print("state     none"),
        Some(schema) => {
            print("state");
            for line in schema_tree::lines(schema) {
                print(format_args!("  {line}"));
            }
        }
    }
}

/// The names of what the component imports, outermost level only.
fn imports(bytes: &[u8]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.push(import?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    names.sort();
    Ok(names)
}
