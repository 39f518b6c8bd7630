//! `parlor.toml`: what a host serves and how.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use parlor_plugin::{EngineError, PluginSettings};
use serde::Deserialize;
use toml::Spanned;

use super::room_file::Package;
use super::room_types::{RoomTypeConfig, RoomTypeDocument};
use super::settings::{CacheSection, LimitsSection, key_of_plugin_setting};
use super::source::{ConfigError, Source};
use super::units::{ByteSize, TimeSpan};

/// The file that makes a folder a host's.
pub const HOST_FILE: &str = "parlor.toml";

/// Where a host listens unless told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:2567";

/// A whole `parlor.toml`, checked.
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// `listen`, or none where the file says nothing.
    pub listen: Option<SocketAddr>,
    /// `[server]`
    pub server: ServerSection,
    /// `[limits]` and `[cache]`, as the engine takes them.
    pub engine: PluginSettings,
    /// `[log]`
    pub log: LogSection,
    /// `[rooms.…]`, by name.
    pub rooms: Vec<RoomTypeConfig>,
}

/// `[server]`: connections.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServerSection {
    /// For clients whose SDK cannot be told apart.
    pub flat_dialect: Option<FlatDialect>,
    /// The longest frame a client may send.
    pub max_frame_bytes: Option<ByteSize>,
    /// What may wait to be written to one client.
    pub outbound_queue_bytes: Option<ByteSize>,
    /// How long a connection may take to acknowledge its JOIN.
    pub join_timeout: Option<TimeSpan>,
}

/// The dialect of JOIN for clients whose SDK cannot be told apart (protocol §4.3, §11.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum FlatDialect {
    /// Read by every SDK.
    #[serde(rename = "polyglot")]
    Polyglot,
    /// The form of SDK 0.18.
    #[serde(rename = "0.18")]
    V018,
    /// The form of SDK 0.17.
    #[serde(rename = "0.17")]
    V017,
}

/// `[log]`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogSection {
    /// For people or for machines.
    pub format: Option<LogFormat>,
    /// `tracing`'s filter syntax, like `info,parlor_server=debug`.
    pub filter: Option<String>,
}

/// For people or for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// One readable line per event.
    Text,
    /// One JSON object per line.
    Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HostDocument {
    listen: Option<Spanned<String>>,
    #[serde(default)]
    server: ServerSection,
    #[serde(default)]
    limits: LimitsSection,
    #[serde(default)]
    cache: CacheSection,
    #[serde(default)]
    log: LogDocument,
    #[serde(default)]
    rooms: BTreeMap<Spanned<String>, Spanned<RoomTypeDocument>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LogDocument {
    format: Option<LogFormat>,
    filter: Option<Spanned<String>>,
}

impl HostConfig {
    /// Reads a `parlor.toml` and the `room.toml` of every package in it.
    ///
    /// # Errors
    /// What is wrong in which file, and where.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let source = Source::read(path)?;
        let document: HostDocument = source.parse()?;
        let listen = document.listen.as_ref().map(|text| read_address(&source, text)).transpose()?;
        let bounds = document.limits.room_bounds();
        let engine = engine_settings(&source, &document.limits, document.cache)?;
        let mut rooms: Vec<RoomTypeConfig> = Vec::new();
        for (name, room) in document.rooms {
            rooms.push(RoomTypeConfig::read(&source, &name, room, &bounds)?);
        }
        Ok(Self { listen, server: document.server, engine, log: document.log.check(&source)?, rooms })
    }

    /// What `parlor dev` serves where there is only one package and no `parlor.toml`.
    pub fn of_package(package: Package) -> Self {
        Self {
            listen: None,
            server: ServerSection::default(),
            engine: LimitsSection::default().plugin_settings(&CacheSection::in_user_cache()),
            log: LogSection::default(),
            rooms: vec![RoomTypeConfig::of_package(package)],
        }
    }
}

impl LogDocument {
    fn check(self, source: &Source) -> Result<LogSection, ConfigError> {
        if let Some(filter) = &self.filter
            && let Err(error) = filter.get_ref().parse::<tracing_subscriber::EnvFilter>()
        {
            let message = format!("{error}; write something like \"info,parlor_server=debug\"");
            return Err(source.complaint(filter.span(), message));
        }
        Ok(LogSection { format: self.format, filter: self.filter.map(Spanned::into_inner) })
    }
}

/// The engine's settings; what it refuses is blamed on the key that says so.
fn engine_settings(
    source: &Source,
    limits: &LimitsSection,
    cache: CacheSection,
) -> Result<PluginSettings, ConfigError> {
    let cache = CacheSection {
        folder: cache.folder.map(|folder| source.folder().join(folder)).or_else(CacheSection::users_folder),
        ..cache
    };
    let settings = limits.plugin_settings(&cache);
    settings.check().map(|()| settings).map_err(|error| match error {
        EngineError::Setting { setting, problem } => {
            source.complaint_about(&key_of_plugin_setting(setting), problem)
        }
        other => source.complaint(0..0, other.to_string()),
    })
}

fn read_address(source: &Source, text: &Spanned<String>) -> Result<SocketAddr, ConfigError> {
    parse_address(text.get_ref()).map_err(|fault| source.complaint(text.span(), fault))
}

/// Reads `127.0.0.1:2567`.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn parse_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is not an address; write an IP and a port, like \"{DEFAULT_LISTEN}\" or \"[::1]:2567\"")
    })
}
