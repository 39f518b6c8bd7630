//! The matchmaker with rooms that are built in: what clients get, and what rooms may do with each other.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod neighbours;
mod obedient;
mod seating;

use std::sync::Arc;
use std::time::Duration;

use parlor_matchmaker::{Asking, Deployment, Matching, Matchmaker, MatchmakerSettings};
use parlor_plugin::{Encoding, OtherRooms};
use parlor_protocol::ids::ProcessId;
use parlor_protocol::matchmake::{ClientOptions, MatchmakeError, Method, SeatReply};
use parlor_room::code::BuiltInCapacity;
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use serde_json::Value;

use obedient::Obedient;

/// How long rooms of these tests wait for each other: long enough for a slow machine, and waited out three times by one
/// test.
const WAIT: Duration = Duration::from_secs(2);

struct Host {
    matchmaker: Arc<Matchmaker>,
    capacity: BuiltInCapacity,
}

impl Host {
    fn new() -> Self {
        let settings = MatchmakerSettings {
            other_room_wait: WAIT,
            ..MatchmakerSettings::default()
        };
        Self {
            matchmaker: Arc::new(Matchmaker::new(ProcessId::random(), settings)),
            capacity: BuiltInCapacity::new(100),
        }
    }

    /// Serves obedient rooms under this name.
    async fn serve(&self, name: &str, encoding: Encoding, matching: Matching) {
        let room_type = RoomType::built_in(
            name.parse().unwrap(),
            Arc::new(Obedient { encoding }),
            self.capacity.clone(),
            RoomSettings::default(),
        );
        let deployed = self.matchmaker.deploy(room_type.unwrap(), matching).await;
        assert!(matches!(deployed, Ok(Deployment::First)));
    }

    async fn ask(&self, method: Method, target: &str, options: Value) -> Result<SeatReply, MatchmakeError> {
        let asking = Asking {
            options: ClientOptions::parse(options.to_string().as_bytes()).unwrap(),
            token: None,
            headers: Vec::new(),
            remote_address: "127.0.0.1".to_owned(),
        };
        self.matchmaker.seat(method, target, asking).await
    }

    /// The id of a new room.
    async fn room(&self, name: &str, options: Value) -> String {
        let seat = self.ask(Method::Create, name, options).await.unwrap();
        seat.room.to_string()
    }

    /// The other rooms, as this room reaches them.
    fn others(&self, room: &str, encoding: Encoding) -> Arc<dyn OtherRooms> {
        let handle = self.matchmaker.room(room).unwrap();
        self.matchmaker.world().other_rooms(&handle, encoding)
    }
}
