//! `parlor.toml`: what a host serves and how.

use std::collections::BTreeMap;
use std::env;
use std::net::SocketAddr;
use std::path::Path;

use parlor_matchmaker::{MatchmakerSettings, PresenceSettings};
use parlor_plugin::{EngineError, PluginSettings};
use parlor_server::ServerSettings;
use serde::Deserialize;
use toml::Spanned;

use super::presence_section::PresenceSection;
use super::room_file::Package;
use super::room_types::{RoomTypeConfig, RoomTypeDocument};
use super::server_section::ServerSection;
use super::settings::{Behaviour, CacheSection, LimitsSection, key_of_plugin_setting};
use super::source::{ConfigError, Source};
use super::units::TimeSpan;

/// How long seats wait, for all room types that say nothing of their own.
const SEAT_RESERVATION_TIME: &str = "PARLOR_SEAT_RESERVATION_TIME";

/// The file that makes a folder a host's.
pub const HOST_FILE: &str = "parlor.toml";

/// A whole `parlor.toml`, checked.
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// `listen` and `[server]`, as the front takes them.
    pub server: ServerSettings,
    /// `[limits]` and `[cache]`, as the engine takes them.
    pub engine: PluginSettings,
    /// The part of `[limits]` that is about rooms among each other; `[presence]`, and `presence` of room types.
    pub matchmaker: MatchmakerSettings,
    /// `[log]`
    pub log: LogSection,
    /// When `parlor serve` looks for new versions.
    pub reload: ReloadWhen,
    /// `[rooms.…]`, by name.
    pub rooms: Vec<RoomTypeConfig>,
}

/// When `parlor serve` reads components again that are another file by then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReloadWhen {
    /// On SIGHUP.
    #[default]
    Signal,
    /// On SIGHUP, and when a component's file changes.
    Change,
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
    reload: ReloadWhen,
    #[serde(default)]
    server: ServerSection,
    #[serde(default)]
    limits: LimitsSection,
    #[serde(default)]
    settings: Behaviour,
    #[serde(default)]
    cache: CacheSection,
    #[serde(default)]
    presence: PresenceSection,
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
        let mut server = document.server.settings(&source)?;
        if let Some(text) = &document.listen {
            server.listen = read_address(&source, text)?;
        }
        let bounds = document.limits.room_bounds();
        let behaviour = from_environment()?.or(&document.settings);
        let engine = engine_settings(&source, &document.limits, document.cache)?;
        let mut matchmaker = document.limits.matchmaker_settings(&source)?;
        let names: Vec<String> = document.rooms.keys().map(|name| name.get_ref().clone()).collect();
        let mut rooms: Vec<RoomTypeConfig> = Vec::new();
        for (name, room) in document.rooms {
            rooms.push(RoomTypeConfig::read(
                &source, &name, room, &behaviour, &bounds, &names,
            )?);
        }
        matchmaker.presence = PresenceSettings {
            limits: document.presence.limits(),
            shared: rooms.iter().filter_map(RoomTypeConfig::shares).collect(),
        };
        Ok(Self {
            server,
            engine,
            matchmaker,
            log: document.log.check(&source)?,
            reload: document.reload,
            rooms,
        })
    }

    /// What `parlor dev` serves where there is only one package and no `parlor.toml`.
    ///
    /// # Errors
    /// What is wrong in the environment.
    pub fn of_package(package: Package) -> Result<Self, ConfigError> {
        Ok(Self {
            server: ServerSettings::default(),
            engine: LimitsSection::default().plugin_settings(&CacheSection::in_user_cache()),
            matchmaker: MatchmakerSettings::default(),
            log: LogSection::default(),
            reload: ReloadWhen::default(),
            rooms: vec![RoomTypeConfig::of_package(package, &from_environment()?)],
        })
    }
}

/// How rooms behave as far as variables say so.
fn from_environment() -> Result<Behaviour, ConfigError> {
    let Some(value) = env::var_os(SEAT_RESERVATION_TIME) else {
        return Ok(Behaviour::default());
    };
    let text = value.to_string_lossy();
    let time = TimeSpan::parse(&text).map_err(|fault| ConfigError::Variable {
        name: SEAT_RESERVATION_TIME,
        fault,
    })?;
    Ok(Behaviour {
        seat_reservation_time: Some(time),
        ..Behaviour::default()
    })
}

impl LogDocument {
    fn check(self, source: &Source) -> Result<LogSection, ConfigError> {
        if let Some(filter) = &self.filter
            && let Err(error) = filter.get_ref().parse::<tracing_subscriber::EnvFilter>()
        {
            let message = format!("{error}; write something like \"info,parlor_server=debug\"");
            return Err(source.complaint(filter.span(), message));
        }
        Ok(LogSection {
            format: self.format,
            filter: self.filter.map(Spanned::into_inner),
        })
    }
}

/// The engine's settings; what it refuses is blamed on the key that says so.
fn engine_settings(
    source: &Source,
    limits: &LimitsSection,
    cache: CacheSection,
) -> Result<PluginSettings, ConfigError> {
    let cache = CacheSection {
        folder: cache
            .folder
            .map(|folder| source.folder().join(folder))
            .or_else(CacheSection::users_folder),
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
        format!(
            "`{text}` is not an address; write an IP and a port, like \"127.0.0.1:2567\" or \"[::1]:2567\""
        )
    })
}
