//! `[rooms.NAME]` of `parlor.toml`: a room type as it is served.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Spanned;

use super::room_file::{Package, ROOM_FILE, check_name};
use super::settings::{Behaviour, RoomLimits, RoomTypeSection};
use super::source::{ConfigError, Source};

/// One room type, whole.
#[derive(Debug, Clone)]
pub struct RoomTypeConfig {
    /// What clients ask for.
    pub name: String,
    /// Where its component comes from.
    pub origin: Origin,
    /// Laid over the options of the client that creates a room.
    pub options: Map<String, Value>,
    /// Client options that must equal the room's for it to be found.
    pub filter_by: Vec<String>,
    /// In which order rooms are offered; the first that fits is taken.
    pub sort_by: Vec<SortKey>,
    /// Whether lobbies hear of its rooms.
    pub listing: Listing,
    /// The operator's word before the author's.
    pub settings: Behaviour,
    /// This type's limits before the host's.
    pub limits: RoomLimits,
}

/// Where a component comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Built by `parlor build`.
    Package(Package),
    /// A file that somebody else made.
    Component(PathBuf),
}

impl Origin {
    /// The component's file.
    pub fn component(&self) -> PathBuf {
        match self {
            Self::Package(package) => package.component(),
            Self::Component(path) => path.clone(),
        }
    }
}

/// Whether lobbies hear of a type's rooms as they change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Listing {
    /// Only when they ask.
    #[default]
    OnDemand,
    /// At once.
    Realtime,
}

/// One key of the order in which rooms are offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// What is compared.
    pub field: SortField,
    /// Smallest or largest first.
    pub order: SortOrder,
}

/// What rooms are ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortField {
    /// How many clients sit there.
    Clients,
    /// How many may.
    MaxClients,
    /// When the room was created.
    CreatedAt,
    /// A member of the room's metadata.
    Metadata(String),
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortOrder {
    /// Smallest, or oldest, first.
    Ascending,
    /// Largest, or newest, first.
    Descending,
}

/// Filter names that the matchmaker ignores (protocol §2, "reserved").
const RESERVED_FILTERS: [&str; 7] =
    ["clients", "locked", "private", "metadata", "name", "processId", "roomId"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RoomTypeDocument {
    package: Option<Spanned<PathBuf>>,
    component: Option<Spanned<PathBuf>>,
    #[serde(default)]
    options: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    filter_by: Vec<Spanned<String>>,
    #[serde(default)]
    sort_by: Vec<Spanned<String>>,
    #[serde(default)]
    listing: Listing,
    #[serde(default)]
    settings: RoomTypeSection,
}

impl RoomTypeConfig {
    pub(super) fn read(
        source: &Source,
        name: &Spanned<String>,
        document: Spanned<RoomTypeDocument>,
        host_limits: &RoomLimits,
    ) -> Result<Self, ConfigError> {
        check_name(source, name)?;
        let document = document.into_inner();
        let origin = match (document.package, document.component) {
            (Some(folder), None) => {
                let path = source.folder().join(folder.get_ref());
                if !path.join(ROOM_FILE).is_file() {
                    let message = format!("there is no {} in {}", ROOM_FILE, path.display());
                    return Err(source.complaint(folder.span(), message));
                }
                Origin::Package(Package::read(&path)?)
            }
            (None, Some(file)) => Origin::Component(source.folder().join(file.get_ref())),
            (Some(_), Some(second)) => {
                return Err(source.complaint(second.span(), "`package` is given already; only one of the two"));
            }
            (None, None) => {
                let message = "needs `package = \"folder\"` or `component = \"file.wasm\"`";
                return Err(source.complaint(name.span(), message));
            }
        };
        let (settings, limits) = document.settings.split();
        let authors = match &origin {
            Origin::Package(package) => package.settings.clone(),
            Origin::Component(_) => Behaviour::default(),
        };
        Ok(Self {
            name: name.get_ref().clone(),
            origin,
            options: read_options(source, document.options)?,
            filter_by: read_filters(source, document.filter_by)?,
            sort_by: document.sort_by.iter().map(|key| read_sort_key(source, key)).collect::<Result<_, _>>()?,
            listing: document.listing,
            settings: settings.or(&authors),
            limits: limits.or(host_limits),
        })
    }

    /// A package served alone, under its own name, as `parlor dev` does without a `parlor.toml`.
    pub fn of_package(package: Package) -> Self {
        Self {
            name: package.name.clone(),
            settings: package.settings.clone(),
            origin: Origin::Package(package),
            options: Map::new(),
            filter_by: Vec::new(),
            sort_by: Vec::new(),
            listing: Listing::default(),
            limits: RoomLimits::default(),
        }
    }
}

fn read_filters(source: &Source, filters: Vec<Spanned<String>>) -> Result<Vec<String>, ConfigError> {
    let mut names: Vec<String> = Vec::new();
    for filter in filters {
        let name = filter.get_ref();
        if name.is_empty() || RESERVED_FILTERS.contains(&name.as_str()) {
            let message = format!(
                "`{name}` cannot be a filter; it may be any name of a client's option but {}",
                RESERVED_FILTERS.join(", ")
            );
            return Err(source.complaint(filter.span(), message));
        }
        if names.contains(name) {
            return Err(source.complaint(filter.span(), format!("`{name}` stands here twice")));
        }
        names.push(filter.into_inner());
    }
    Ok(names)
}

fn read_sort_key(source: &Source, key: &Spanned<String>) -> Result<SortKey, ConfigError> {
    let text = key.get_ref().as_str();
    let (order, name) = match text.strip_prefix('-') {
        Some(name) => (SortOrder::Descending, name),
        None => (SortOrder::Ascending, text),
    };
    let field = match name {
        "clients" => SortField::Clients,
        "max-clients" => SortField::MaxClients,
        "created-at" => SortField::CreatedAt,
        _ => match name.strip_prefix("metadata.") {
            Some(member) if !member.is_empty() => SortField::Metadata(member.to_owned()),
            _ => {
                let message = format!(
                    "unknown sort key `{name}`; allowed are clients, max-clients, created-at and \
                     metadata.NAME, with `-` in front for the largest first"
                );
                return Err(source.complaint(key.span(), message));
            }
        },
    };
    Ok(SortKey { field, order })
}

fn read_options(
    source: &Source,
    options: BTreeMap<String, Spanned<toml::Value>>,
) -> Result<Map<String, Value>, ConfigError> {
    options
        .into_iter()
        .map(|(name, value)| {
            let span = value.span();
            let value = read_option(value.into_inner()).map_err(|fault| source.complaint(span, fault))?;
            Ok((name, value))
        })
        .collect()
}

/// Options travel as MessagePack or JSON, so what neither has is refused.
fn read_option(value: toml::Value) -> Result<Value, &'static str> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Float(number) => {
            Value::from(serde_json::Number::from_f64(number).ok_or("options cannot hold `nan` or `inf`")?)
        }
        toml::Value::Datetime(_) => return Err("options cannot hold a date; write it as text"),
        toml::Value::Array(items) => {
            Value::Array(items.into_iter().map(read_option).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(entries) => Value::Object(
            entries
                .into_iter()
                .map(|(name, value)| Ok((name, read_option(value)?)))
                .collect::<Result<_, &'static str>>()?,
        ),
    })
}
