//! Which version runs where, for operators.

use std::collections::BTreeMap;

use parlor_plugin::BuildId;
use parlor_room::room_type::RoomType;
use serde_json::{Value, json};

use crate::seating::Matchmaker;

impl Matchmaker {
    /// Every room type with its versions and how many rooms run each build, by name:
    /// `[{name, current: {version, build}, candidate, bad: [build], rooms: [{build, rooms}]}]`; `candidate` is
    /// null, or the version that a share of the rooms tries.
    pub fn versions(&self) -> Value {
        let premises = self.premises();
        let mut types: Vec<(String, Value)> = Vec::new();
        for served in premises.types.all() {
            let (name, current, candidate, bad) = {
                let versions = served.versions();
                (
                    versions.current().name.clone(),
                    version(versions.current()),
                    versions.candidate().map(|candidate| version(candidate)),
                    versions.bad().map(|build| build.to_string()).collect::<Vec<_>>(),
                )
            };
            let mut rooms: BTreeMap<BuildId, u32> = BTreeMap::new();
            for room in premises.rooms.of_type(&name) {
                *rooms.entry(room.build()).or_default() += 1;
            }
            let rooms: Vec<Value> = rooms
                .into_iter()
                .map(|(build, rooms)| json!({ "build": build.to_string(), "rooms": rooms }))
                .collect();
            let shown = json!({
                "name": name.as_str(), "current": current, "candidate": candidate, "bad": bad, "rooms": rooms,
            });
            types.push((name.to_string(), shown));
        }
        types.sort_by(|(a, _), (b, _)| a.cmp(b));
        Value::Array(types.into_iter().map(|(_, shown)| shown).collect())
    }
}

fn version(version: &RoomType) -> Value {
    json!({ "version": version.definition.version, "build": version.code.build().to_string() })
}
