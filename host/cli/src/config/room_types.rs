//! `[rooms.NAME]` of `parlor.toml`: a room type as it is served.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use parlor_matchmaker::{Matching, Reach, Realtime};
use parlor_protocol::ids::RoomTypeName;
use parlor_protocol::msgpack;
use parlor_room::settings::RoomSettings;
use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Spanned;

use super::built_in::{BuiltIn, BuiltInName, QueueSection};
use super::continuity::{RecoverySection, ReloadSection};
use super::matching::{CreatedByName, FilterDocument, read_filters, read_reach, read_sort_key};
use super::room_file::{Package, ROOM_FILE, check_name, parse_name};
use super::settings::{Behaviour, MaxRooms, RoomBounds, RoomTypeSection, room_settings};
use super::source::{ConfigError, Source, plain_value};

/// One room type, whole.
#[derive(Debug, Clone)]
pub struct RoomTypeConfig {
    /// What clients ask for.
    pub name: RoomTypeName,
    /// Where its code comes from.
    pub origin: Origin,
    /// How rooms are found and made, and whom they may reach, as the matchmaker takes it.
    pub matching: Matching,
    /// The name of the presence space that it shares with other types; none: it has its own.
    pub presence: Option<String>,
    /// How its rooms behave: the operator's word for this type before the author's, and that before the operator's for
    /// all; and what they may use:
    /// this type's word before the host's.
    pub settings: RoomSettings,
}

/// Where the code of a room type comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Built by `parlor build`.
    Package(Package),
    /// A component's file that somebody else made.
    Component(PathBuf),
    /// The host itself.
    BuiltIn(BuiltIn),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RoomTypeDocument {
    package: Option<Spanned<PathBuf>>,
    component: Option<Spanned<PathBuf>>,
    built_in: Option<Spanned<BuiltInName>>,
    queue: Option<Spanned<QueueSection>>,
    #[serde(default)]
    options: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    filter_by: Vec<Spanned<FilterDocument>>,
    #[serde(default)]
    sort_by: Vec<Spanned<String>>,
    #[serde(default)]
    realtime_listing: bool,
    max_rooms: Option<MaxRooms>,
    #[serde(default)]
    created_by: CreatedByName,
    #[serde(default)]
    may_reach: Vec<Spanned<String>>,
    presence: Option<Spanned<String>>,
    #[serde(default)]
    recovery: RecoverySection,
    #[serde(default)]
    reload: ReloadSection,
    #[serde(default)]
    settings: RoomTypeSection,
}

impl RoomTypeConfig {
    pub(super) fn read(
        source: &Source,
        name: &Spanned<String>,
        document: Spanned<RoomTypeDocument>,
        host_behaviour: &Behaviour,
        host_bounds: &RoomBounds,
        served: &[String],
    ) -> Result<Self, ConfigError> {
        let mut document = document.into_inner();
        let origin = document.take_origin(source, name, served)?;
        let mut may_reach = read_reach(source, &document.may_reach, served)?;
        if let (Origin::BuiltIn(BuiltIn::Queue(queue)), Reach::Only(names)) = (&origin, &mut may_reach) {
            // To name it is to allow it.
            names.push(queue.settings().match_room.clone());
        }
        let (behaviour, bounds) = document.settings.split();
        let authors = match &origin {
            Origin::Package(package) => package.settings.clone(),
            Origin::Component(_) | Origin::BuiltIn(_) => Behaviour::default(),
        };
        Ok(Self {
            name: check_name(source, name)?,
            origin,
            matching: Matching {
                options: read_options(source, document.options)?,
                filter_by: read_filters(source, document.filter_by)?,
                sort_by: document
                    .sort_by
                    .iter()
                    .map(|key| read_sort_key(source, key))
                    .collect::<Result<_, _>>()?,
                realtime_listing: if document.realtime_listing {
                    Realtime::Yes
                } else {
                    Realtime::No
                },
                max_rooms: document.max_rooms.map(|limit| limit.0),
                created_by: document.created_by.into(),
                rollout: document.reload.rollout(),
                may_reach,
            },
            presence: document
                .presence
                .map(|space| read_space(source, space))
                .transpose()?,
            settings: RoomSettings {
                recovery: document.recovery.recovery(),
                trial: document.reload.trial(),
                state_changes: document.reload.state_changes(),
                ..room_settings(
                    &behaviour.or(&authors).or(host_behaviour),
                    &bounds.or(host_bounds),
                )
            },
        })
    }

    /// A package served alone, under its own name, as `parlor dev` does without a `parlor.toml`.
    pub fn of_package(package: Package, host_behaviour: &Behaviour) -> Self {
        Self {
            name: package.name.clone(),
            settings: room_settings(
                &package.settings.clone().or(host_behaviour),
                &RoomBounds::default(),
            ),
            origin: Origin::Package(package),
            matching: Matching::default(),
            presence: None,
        }
    }

    /// Which space it shares, if it shares one.
    pub(super) fn shares(&self) -> Option<(RoomTypeName, String)> {
        Some((self.name.clone(), self.presence.clone()?))
    }
}

fn read_space(source: &Source, space: Spanned<String>) -> Result<String, ConfigError> {
    match parse_name(space.get_ref()) {
        Ok(_) => Ok(space.into_inner()),
        Err(fault) => Err(source.complaint(space.span(), fault)),
    }
}

impl RoomTypeDocument {
    /// `package`, `component` or `built-in`: one of them. `served` are the names of all room types in the file.
    fn take_origin(
        &mut self,
        source: &Source,
        name: &Spanned<String>,
        served: &[String],
    ) -> Result<Origin, ConfigError> {
        let given = [
            ("package", self.package.as_ref().map(Spanned::span)),
            ("component", self.component.as_ref().map(Spanned::span)),
            ("built-in", self.built_in.as_ref().map(Spanned::span)),
        ];
        let mut given = given.into_iter().filter_map(|(key, span)| Some((key, span?)));
        if let (Some((first, _)), Some((_, second))) = (given.next(), given.next()) {
            let message = format!("`{first}` is given already; only one of them");
            return Err(source.complaint(second, message));
        }
        let queue = self.queue.take();
        if let Some(built_in) = self.built_in.take() {
            return Ok(Origin::BuiltIn(BuiltIn::read(
                source, name, &built_in, queue, served,
            )?));
        }
        if let Some(queue) = queue {
            let message = "only a room type with `built-in = \"queue\"` has this table";
            return Err(source.complaint(queue.span(), message));
        }
        if let Some(file) = self.component.take() {
            return Ok(Origin::Component(source.folder().join(file.get_ref())));
        }
        let Some(folder) = self.package.take() else {
            let message =
                "needs `package = \"folder\"`, `component = \"file.wasm\"` or `built-in = \"lobby\"`";
            return Err(source.complaint(name.span(), message));
        };
        let path = source.folder().join(folder.get_ref());
        if !path.join(ROOM_FILE).is_file() {
            let message = format!("there is no {} in {}", ROOM_FILE, path.display());
            return Err(source.complaint(folder.span(), message));
        }
        Ok(Origin::Package(Package::read(&path)?))
    }
}

/// The MessagePack map that the matchmaker wants; empty where nothing is set.
fn read_options(
    source: &Source,
    options: BTreeMap<String, Spanned<toml::Value>>,
) -> Result<Bytes, ConfigError> {
    if options.is_empty() {
        return Ok(Bytes::new());
    }
    let mut map = Map::new();
    for (name, value) in options {
        let span = value.span();
        let value = plain_value(value.into_inner()).map_err(|fault| source.complaint(span.clone(), fault))?;
        // Alone, so that what nests too deep is blamed on its own key.
        msgpack::from_json_value(&value).map_err(|error| source.complaint(span, error.to_string()))?;
        map.insert(name, value);
    }
    let packed = msgpack::from_json_value(&Value::Object(map));
    packed
        .map(Bytes::from)
        .map_err(|error| source.complaint(0..0, error.to_string()))
}
