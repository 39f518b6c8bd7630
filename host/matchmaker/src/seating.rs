//! The five ways to a seat.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parlor_plugin::{Document, Encoding, HookError, JoinRequest, TrapKind};
use parlor_protocol::ids::{ProcessId, RoomId, SessionId};
use parlor_protocol::matchmake::{ClientOptions, MatchmakeError, Method, RoomListing, SeatReply};
use parlor_protocol::msgpack;
use parlor_room::handle::{RoomHandle, SeatError, SeatRequest};
use parlor_room::listing::{ListedRoom, Lock};
use parlor_room::room_type::RoomType;
use parlor_room::world::World;
use parlor_room::{End, Room};

use crate::criteria::Criteria;
use crate::room_types::{Matching, RoomTypes, Served};
use crate::rooms::Rooms;
use crate::world::HostWorld;

/// Finds rooms, creates them, and asks them for seats.
#[derive(Debug)]
pub struct Matchmaker {
    process: ProcessId,
    types: RoomTypes,
    rooms: Arc<Rooms>,
    world: Arc<dyn World>,
}

/// A client that asks for a seat.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Its join options.
    pub options: ClientOptions,
    /// Its bearer token.
    pub token: Option<String>,
    /// The request's headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Where it asks from.
    pub remote_address: String,
}

/// A client that may have a seat.
struct Admitted {
    options: ClientOptions,
    auth: Option<Document>,
}

impl Default for Matchmaker {
    fn default() -> Self {
        Self::new(ProcessId::random())
    }
}

impl Matchmaker {
    /// A matchmaker without room types.
    pub fn new(process: ProcessId) -> Self {
        let rooms = Arc::new(Rooms::new(process.clone()));
        Self {
            process,
            types: RoomTypes::default(),
            world: Arc::new(HostWorld::new(Arc::clone(&rooms))),
            rooms,
        }
    }

    /// What the rooms of this host reach outside of themselves.
    pub fn world(&self) -> Arc<dyn World> {
        Arc::clone(&self.world)
    }

    /// The id under which clients address this host in their WebSocket URL.
    pub fn process(&self) -> &ProcessId {
        &self.process
    }

    /// Serves a room type. Under a name that is served already, rooms created from now on get
    /// the new version; those that run keep theirs, and the matching stays.
    pub fn serve(&self, room_type: Arc<RoomType>, matching: Matching) {
        self.types.serve(room_type, matching);
    }

    /// A running room.
    pub fn room(&self, id: &str) -> Option<RoomHandle> {
        self.rooms.get(id)
    }

    /// Ends all rooms, and returns when the last has ended: its clients have been given the grace time, and
    /// its hooks have run. From the first moment on nobody gets a seat, and there are no new rooms.
    pub async fn shut_down(&self, grace: Duration) {
        for room in self.rooms.close(grace) {
            tokio::spawn(async move { room.shut_down(grace).await });
        }
        self.rooms.ended().await;
    }

    /// Whether the host is going down.
    pub fn is_closing(&self) -> bool {
        self.rooms.is_closing()
    }

    /// Rooms that anybody may see and enter, of one type or of all.
    pub fn listings(&self, room_type: Option<&str>) -> Vec<RoomListing> {
        let public = |room: &ListedRoom| room.listing.lock == Lock::Open && room.listing.is_public();
        let rooms = self.rooms.listings(room_type);
        rooms
            .iter()
            .filter(|room| public(room))
            .map(ListedRoom::shown)
            .collect()
    }

    /// Gives the client a seat. `target` is the name of a room type, or a room's id for
    /// `joinById` and `reconnect`.
    ///
    /// # Errors
    /// Every row of §1.5 of the protocol notes that a matchmaker can meet.
    pub async fn seat(
        &self,
        method: Method,
        target: &str,
        asking: Asking,
    ) -> Result<SeatReply, MatchmakeError> {
        if self.is_closing() {
            return Err(MatchmakeError::ShuttingDown);
        }
        match method {
            Method::Reconnect => self.reconnect(target, &asking.options).await,
            Method::JoinById => {
                let room = self
                    .room(target)
                    .ok_or_else(|| MatchmakeError::RoomNotFound(target.to_owned()))?;
                let served = self.served(room.room_type().as_str())?;
                let admitted = authenticate(&served.current(), asking).await?;
                self.join_by_id(&room, &admitted).await
            }
            Method::Create => {
                let served = self.served(target)?;
                let admitted = authenticate(&served.current(), asking).await?;
                let criteria = Criteria::new(&served.matching.filter_by, &admitted.options);
                self.create(&served, criteria, &admitted).await
            }
            Method::Join => {
                let served = self.served(target)?;
                let admitted = authenticate(&served.current(), asking).await?;
                let criteria = Criteria::new(&served.matching.filter_by, &admitted.options);
                self.join(target, &served, &criteria, &admitted)
                    .await
                    .ok_or(MatchmakeError::NoRoomFound)
            }
            Method::JoinOrCreate => {
                let served = self.served(target)?;
                let admitted = authenticate(&served.current(), asking).await?;
                let criteria = Criteria::new(&served.matching.filter_by, &admitted.options);
                if let Some(seat) = self.join(target, &served, &criteria, &admitted).await {
                    return Ok(seat);
                }
                let _lane = served.creation_lane(&criteria).await;
                // Somebody else may have created it while this client waited.
                match self.join(target, &served, &criteria, &admitted).await {
                    Some(seat) => Ok(seat),
                    None => self.create(&served, criteria, &admitted).await,
                }
            }
        }
    }

    fn served(&self, name: &str) -> Result<Arc<Served>, MatchmakeError> {
        self.types
            .get(name)
            .ok_or_else(|| MatchmakeError::UnknownRoomType(name.to_owned()))
    }

    /// The best room that fits and gives a seat. A room may fill up between being found and
    /// being asked; then the next best is.
    async fn join(
        &self,
        name: &str,
        served: &Served,
        criteria: &Criteria,
        admitted: &Admitted,
    ) -> Option<SeatReply> {
        for room in self.rooms.fitting(name, criteria, &served.matching.sort_by) {
            if let Ok(seat) = self.reserve(&room, admitted).await {
                return Some(seat);
            }
        }
        None
    }

    async fn join_by_id(&self, room: &RoomHandle, admitted: &Admitted) -> Result<SeatReply, MatchmakeError> {
        self.reserve(room, admitted).await.map_err(|error| match error {
            SeatError::Full | SeatError::Locked => MatchmakeError::RoomLocked(room.id().clone()),
            SeatError::Disposed | SeatError::UnknownToken => MatchmakeError::RoomDisposed(room.id().clone()),
        })
    }

    async fn create(
        &self,
        served: &Served,
        criteria: Criteria,
        admitted: &Admitted,
    ) -> Result<SeatReply, MatchmakeError> {
        let alive = self.rooms.begin().map_err(|_| MatchmakeError::ShuttingDown)?;
        let room_type = served.current();
        let own = admitted.options.packed();
        let options = if served.matching.options.is_empty() {
            Cow::Borrowed(own)
        } else {
            Cow::Owned(
                msgpack::map_overlay(own, &served.matching.options).map_err(|error| {
                    MatchmakeError::Unhandled(format!("the room's options cannot be combined: {error}"))
                })?,
            )
        };
        let (room, task) = Room::create(
            Arc::clone(&room_type),
            RoomId::random(),
            &options,
            criteria.into_fields(),
            self.world(),
        )
        .await
        .map_err(|error| refused(&room_type, "on-create", error))?;
        self.rooms.insert(room.clone(), served.matching.realtime_listing);
        let rooms = Arc::clone(&self.rooms);
        let id = room.id().clone();
        tokio::spawn(async move {
            let end = task.run().await;
            rooms.remove(&id);
            drop(alive);
            match end {
                End::Disposed => tracing::debug!(room = %id, "disposed"),
                End::Crashed(trap) => tracing::debug!(room = %id, "removed after a {} trap", trap.kind),
            }
        });
        self.reserve(&room, admitted).await.map_err(|error| match error {
            SeatError::Full => MatchmakeError::RoomFull(room.id().clone()),
            SeatError::Locked => MatchmakeError::RoomLocked(room.id().clone()),
            SeatError::Disposed | SeatError::UnknownToken => MatchmakeError::RoomDisposed(room.id().clone()),
        })
    }

    async fn reserve(&self, room: &RoomHandle, admitted: &Admitted) -> Result<SeatReply, SeatError> {
        let session = SessionId::random();
        let options = Bytes::copy_from_slice(admitted.options.packed());
        room.reserve(SeatRequest {
            session: session.clone(),
            options,
            auth: admitted.auth.clone(),
        })
        .await?;
        Ok(self.reply(room, session))
    }

    /// No authentication: the token is the right to the seat.
    async fn reconnect(&self, target: &str, options: &ClientOptions) -> Result<SeatReply, MatchmakeError> {
        let room = self
            .room(target)
            .ok_or_else(|| MatchmakeError::RoomNotFound(target.to_owned()))?;
        let token = options.reconnection_token()?;
        match room.find_held_seat(token).await {
            Ok(session) => Ok(self.reply(&room, session)),
            Err(_) => Err(MatchmakeError::ReconnectionExpired),
        }
    }

    fn reply(&self, room: &RoomHandle, session: SessionId) -> SeatReply {
        SeatReply {
            name: room.room_type().clone(),
            room: room.id().clone(),
            session,
            process: self.process.clone(),
            public_address: None,
        }
    }
}

/// Asks the room type whether the client may have a seat, in an instance of its own.
async fn authenticate(room_type: &RoomType, asking: Asking) -> Result<Admitted, MatchmakeError> {
    let Asking {
        options,
        token,
        headers,
        remote_address,
    } = asking;
    let packed = options.packed();
    let document = match room_type.definition.encoding {
        Encoding::MessagePack => Document::MessagePack(packed.to_vec()),
        Encoding::Json => {
            Document::Json(msgpack::to_json(packed).map_err(|_| MatchmakeError::MalformedBody)?)
        }
    };
    let request = JoinRequest {
        room_type: room_type.name.to_string(),
        options: document,
        token,
        headers,
        remote_address,
    };
    let auth = room_type
        .code
        .authenticate(request)
        .await
        .map_err(|error| refused(room_type, "authenticate", error))?;
    Ok(Admitted { options, auth })
}

/// A refusal is told to the client as the room gave it; a fault is logged, and the client only
/// learns that there was one.
fn refused(room_type: &RoomType, hook: &str, error: HookError) -> MatchmakeError {
    match error {
        HookError::Refusal(refusal) => MatchmakeError::Refused {
            code: refusal.code,
            message: refusal.message,
        },
        HookError::Fault(fault) => {
            tracing::error!(room_type = %room_type.name, hook, "fault: {fault}");
            MatchmakeError::Unhandled(format!("`{hook}` of the room type \"{}\" failed", room_type.name))
        }
        HookError::Trap(trap) if trap.kind == TrapKind::NoCapacity => {
            tracing::warn!(room_type = %room_type.name, "no capacity: {}", trap.message);
            MatchmakeError::Unhandled("this server has as many rooms as it may have".to_owned())
        }
        HookError::Trap(trap) => {
            tracing::error!(
                room_type = %room_type.name, hook, kind = %trap.kind, backtrace = trap.backtrace.as_str(),
                "trap: {}", trap.message
            );
            MatchmakeError::Unhandled(format!("`{hook}` of the room type \"{}\" failed", room_type.name))
        }
    }
}
