//! `built-in = "…"` of a room type, and `[rooms.NAME.queue]`: room types that need no component.

use std::sync::Arc;

use parlor_builtin::{IncompleteGroups, Lobby, Queue, QueueSettings, Relay, Rules};
use parlor_protocol::ids::RoomTypeName;
use parlor_room::code::BuiltInType;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::settings::at_least_one;
use super::source::{ConfigError, Source};

/// Most players of a group: rooms may reserve so many seats at once.
const MOST_PLAYERS: u32 = 1_000;

/// A built-in type with its settings.
#[derive(Debug, Clone)]
pub enum BuiltIn {
    /// Shows rooms as they come, change and go.
    Lobby(Arc<Lobby>),
    /// Lets clients wait for a match.
    Queue(Arc<Queue>),
    /// Passes messages on.
    Relay(Arc<Relay>),
}

/// As it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum BuiltInName {
    Lobby,
    Queue,
    Relay,
}

/// `[rooms.NAME.queue]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct QueueSection {
    match_room: Option<Spanned<String>>,
    max_players: Option<Spanned<AtLeastOne>>,
    max_waiting_cycles: Option<u32>,
    max_waiting_cycles_for_priority: Option<u32>,
    max_team_size: Option<Spanned<AtLeastOne>>,
    #[serde(default)]
    allow_incomplete_groups: bool,
}

#[derive(Debug, Clone, Copy)]
struct AtLeastOne(u32);

impl<'de> Deserialize<'de> for AtLeastOne {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_least_one(deserializer).map(Self)
    }
}

impl BuiltIn {
    /// `served` are the names of all room types in the file.
    pub(super) fn read(
        source: &Source,
        name: &Spanned<String>,
        built_in: &Spanned<BuiltInName>,
        queue: Option<Spanned<QueueSection>>,
        served: &[String],
    ) -> Result<Self, ConfigError> {
        if let (Some(queue), BuiltInName::Lobby | BuiltInName::Relay) = (&queue, built_in.get_ref()) {
            let message = "only a room type with `built-in = \"queue\"` has this table";
            return Err(source.complaint(queue.span(), message));
        }
        match built_in.get_ref() {
            BuiltInName::Lobby => Ok(Self::Lobby(Arc::default())),
            BuiltInName::Relay => {
                let relay =
                    Relay::new().map_err(|error| source.complaint(built_in.span(), error.to_string()))?;
                Ok(Self::Relay(Arc::new(relay)))
            }
            BuiltInName::Queue => {
                let section = queue.map(Spanned::into_inner).unwrap_or_default();
                let settings = section.settings(source, name, built_in, served)?;
                Ok(Self::Queue(Arc::new(Queue::new(settings))))
            }
        }
    }

    /// The type, for any number of names.
    pub fn room_type(&self) -> Arc<dyn BuiltInType> {
        match self {
            Self::Lobby(lobby) => Arc::clone(lobby) as Arc<dyn BuiltInType>,
            Self::Queue(queue) => Arc::clone(queue) as Arc<dyn BuiltInType>,
            Self::Relay(relay) => Arc::clone(relay) as Arc<dyn BuiltInType>,
        }
    }
}

impl QueueSection {
    fn settings(
        self,
        source: &Source,
        name: &Spanned<String>,
        built_in: &Spanned<BuiltInName>,
        served: &[String],
    ) -> Result<QueueSettings, ConfigError> {
        let Some(match_room) = self.match_room else {
            let message = format!(
                "a queue needs the room type in which its groups play: \
                 `match-room = \"…\"` in [rooms.{}.queue]",
                name.get_ref()
            );
            return Err(source.complaint(built_in.span(), message));
        };
        let default = Rules::default();
        let max_players = self
            .max_players
            .as_ref()
            .map_or(default.max_players, |number| number.get_ref().0);
        if let Some(number) = &self.max_players
            && max_players > MOST_PLAYERS
        {
            let message =
                format!("{max_players} will not do; at most {MOST_PLAYERS} seats are reserved at once");
            return Err(source.complaint(number.span(), message));
        }
        if let Some(size) = &self.max_team_size
            && size.get_ref().0 > max_players
        {
            let message =
                format!("a team of this size does not fit into a group of {max_players} (`max-players`)");
            return Err(source.complaint(size.span(), message));
        }
        Ok(QueueSettings {
            match_room: read_match_room(source, name, &match_room, served)?,
            rules: Rules {
                max_players,
                max_waiting_cycles: self.max_waiting_cycles.unwrap_or(default.max_waiting_cycles),
                max_waiting_cycles_for_priority: self
                    .max_waiting_cycles_for_priority
                    .unwrap_or(default.max_waiting_cycles_for_priority),
                max_team_size: self.max_team_size.map(|size| size.get_ref().0),
                incomplete_groups: if self.allow_incomplete_groups {
                    IncompleteGroups::Play
                } else {
                    IncompleteGroups::Wait
                },
            },
        })
    }
}

fn read_match_room(
    source: &Source,
    name: &Spanned<String>,
    match_room: &Spanned<String>,
    served: &[String],
) -> Result<RoomTypeName, ConfigError> {
    let wanted = match_room.get_ref();
    let others: Vec<&str> = served
        .iter()
        .map(String::as_str)
        .filter(|other| other != name.get_ref())
        .collect();
    if !others.contains(&wanted.as_str()) {
        let message = format!(
            "there is no other room type `{wanted}` in this file; there are {}",
            if others.is_empty() {
                "none".to_owned()
            } else {
                others.join(", ")
            }
        );
        return Err(source.complaint(match_room.span(), message));
    }
    RoomTypeName::parse(wanted).map_err(|error| source.complaint(match_room.span(), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::host_file::HostConfig;
    use super::super::room_types::Origin;
    use super::*;

    fn read(text: &str) -> Result<HostConfig, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("parlor.toml");
        std::fs::write(&file, text).unwrap();
        HostConfig::read(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn faults_are_told_with_line_key_and_what_is_allowed() {
        let queue = "[rooms.q]\nbuilt-in = \"queue\"\n[rooms.q.queue]\n";
        for (text, place, key, says) in [
            (
                "[rooms.a]\nbuilt-in = \"loby\"".to_owned(),
                ":2:12",
                "rooms.a.built-in",
                "`lobby`",
            ),
            (
                "[rooms.a]\nbuilt-in = \"lobby\"\ncomponent = \"x\"".to_owned(),
                ":2:12",
                "rooms.a.built-in",
                "`component` is given already",
            ),
            (
                "[rooms.q]\nbuilt-in = \"queue\"".to_owned(),
                ":2:12",
                "rooms.q.built-in",
                "match-room",
            ),
            (
                "[rooms.a]\nbuilt-in = \"relay\"\n[rooms.a.queue]\nmax-players = 2".to_owned(),
                ":3:",
                "rooms.a.queue",
                "queue",
            ),
            (
                "[rooms.a]\ncomponent = \"x\"\n[rooms.a.queue]\nmax-players = 2".to_owned(),
                ":3:",
                "rooms.a.queue",
                "queue",
            ),
            (
                format!("{queue}match-room = \"q\""),
                ":4:14",
                "rooms.q.queue.match-room",
                "there are none",
            ),
            (
                format!("{queue}match-room = \"b\"\n[rooms.a]\nbuilt-in = \"relay\""),
                ":4:14",
                "rooms.q.queue.match-room",
                "there are a",
            ),
            (
                format!("{queue}max-players = 0"),
                ":4:15",
                "rooms.q.queue.max-players",
                "at least 1",
            ),
            (
                format!("{queue}match-room = \"a\"\nmax-players = 1001\n[rooms.a]\nbuilt-in = \"relay\""),
                ":5:15",
                "rooms.q.queue.max-players",
                "at most 1000",
            ),
            (
                format!("{queue}match-room = \"a\"\nmax-team-size = 5\n[rooms.a]\nbuilt-in = \"relay\""),
                ":5:17",
                "rooms.q.queue.max-team-size",
                "a group of 4",
            ),
        ] {
            let message = read(&text).unwrap_err();
            for part in [place, &format!("`{key}`"), says] {
                assert!(message.contains(part), "{part} is missing in:\n{message}");
            }
        }
    }

    #[test]
    fn built_in_types_need_nothing_on_the_disk() {
        let config = read(
            "[rooms.lounge]\nbuilt-in = \"lobby\"\n[rooms.pass]\nbuilt-in = \"relay\"\noptions = { maxClients = 2 }\n\
             [rooms.wait]\nbuilt-in = \"queue\"\n[rooms.wait.queue]\nmatch-room = \"pass\"\nmax-players = 2\n\
             max-team-size = 2\nallow-incomplete-groups = true\nmax-waiting-cycles = 3\n\
             max-waiting-cycles-for-priority = 0\n",
        )
        .unwrap();
        let kinds: Vec<_> = config
            .rooms
            .iter()
            .map(|room| match &room.origin {
                Origin::BuiltIn(BuiltIn::Lobby(_)) => "lobby",
                Origin::BuiltIn(BuiltIn::Relay(_)) => "relay",
                Origin::BuiltIn(BuiltIn::Queue(queue)) => {
                    let settings = queue.settings();
                    assert_eq!(settings.match_room.as_str(), "pass");
                    let rules = Rules {
                        max_players: 2,
                        max_waiting_cycles: 3,
                        max_waiting_cycles_for_priority: 0,
                        max_team_size: Some(2),
                        incomplete_groups: IncompleteGroups::Play,
                    };
                    assert_eq!(settings.rules, rules);
                    "queue"
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(kinds, ["lobby", "relay", "queue"]);
    }
}
