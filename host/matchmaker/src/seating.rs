//! The five ways to a seat.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parlor_plugin::{Document, HookError, JoinRequest, TrapKind};
use parlor_protocol::ids::{ProcessId, RoomId, SessionId};
use parlor_protocol::matchmake::{ClientOptions, MatchmakeError, Method, RoomListing, SeatReply};
use parlor_room::handle::{RoomHandle, SeatError, SeatRequest};
use parlor_room::listing::ListedRoom;
use parlor_room::room_type::RoomType;
use parlor_room::wire;
use parlor_room::world::World;

use crate::creation::CreationError;
use crate::criteria::Criteria;
use crate::driver::DriverError;
use crate::premises::{MatchmakerSettings, Premises};
use crate::query::{Condition, Query};
use crate::room_types::{CreatedBy, Matching, Served};
use crate::world::HostWorld;

/// How many fitting rooms are asked for a seat, the best first, before fitting rooms are looked for again.
const CANDIDATES: usize = 16;
/// How often rooms are looked for (§1.6).
const TRIES: u32 = 5;
/// The unit of the pauses in between, each twice as long as the one before and shortened at random (§1.6).
const PAUSE: Duration = Duration::from_millis(400);

/// Finds rooms, creates them, and asks them for seats.
#[derive(Debug)]
pub struct Matchmaker {
    premises: Arc<Premises>,
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

impl Admitted {
    /// A seat to ask for, and the name that the client will have in it.
    fn seat(&self) -> (SessionId, SeatRequest) {
        let session = SessionId::random();
        let seat = SeatRequest {
            session: session.clone(),
            options: Bytes::copy_from_slice(self.options.packed()),
            auth: self.auth.clone(),
        };
        (session, seat)
    }
}

/// Why no fitting room gave a seat.
enum NoSeat {
    /// There is none.
    NoRoom,
    /// There were some, and all of them filled up before they were asked; the last of them.
    Lost(RoomId),
}

impl Default for Matchmaker {
    fn default() -> Self {
        Self::new(ProcessId::random(), MatchmakerSettings::default())
    }
}

impl Matchmaker {
    /// A matchmaker without room types.
    pub fn new(process: ProcessId, settings: MatchmakerSettings) -> Self {
        let premises = Arc::new(Premises::new(process, settings));
        Self {
            world: Arc::new(HostWorld::new(Arc::clone(&premises))),
            premises,
        }
    }

    /// What the rooms of this host reach outside of themselves.
    pub fn world(&self) -> Arc<dyn World> {
        Arc::clone(&self.world)
    }

    /// The id under which clients address this host in their WebSocket URL.
    pub fn process(&self) -> &ProcessId {
        &self.premises.process
    }

    pub(crate) fn premises(&self) -> &Arc<Premises> {
        &self.premises
    }

    /// A running room.
    pub fn room(&self, id: &str) -> Option<RoomHandle> {
        self.premises.rooms.get(id)
    }

    /// Ends all rooms, and returns when the last has ended: its clients have been given the grace time, and
    /// its hooks have run. From the first moment on nobody gets a seat, and there are no new rooms.
    pub async fn shut_down(&self, grace: Duration) {
        for room in self.premises.rooms.close(grace) {
            tokio::spawn(async move { room.shut_down(grace).await });
        }
        self.premises.rooms.ended().await;
    }

    /// Whether the host is going down.
    pub fn is_closing(&self) -> bool {
        self.premises.rooms.is_closing()
    }

    /// Rooms that anybody may see and enter, of one type or of all.
    ///
    /// # Errors
    /// The register of rooms cannot be asked.
    pub async fn listings(&self, room_type: Option<&str>) -> Result<Vec<RoomListing>, MatchmakeError> {
        // What could be no name names nothing.
        let room_types = room_type.map(|name| name.parse().into_iter().collect());
        let query = Query {
            room_types,
            conditions: Condition::public(),
            sort: Vec::new(),
            limit: usize::MAX,
        };
        let found = self.premises.driver.find(&query).await.map_err(unavailable)?;
        Ok(found.iter().map(ListedRoom::shown).collect())
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
            Method::Reconnect => return self.reconnect(target, &asking.options).await,
            Method::JoinById => {
                let room = self
                    .room(target)
                    .ok_or_else(|| MatchmakeError::RoomNotFound(target.to_owned()))?;
                let served = self.served(room.room_type().as_str())?;
                let admitted = authenticate(&served.current(), asking).await?;
                return self.join_by_id(&room, &admitted).await;
            }
            Method::Create | Method::Join | Method::JoinOrCreate => {}
        }
        let served = self.served(target)?;
        let admitted = authenticate(&served.current(), asking).await?;
        let Matching {
            filter_by, sort_by, ..
        } = &served.matching;
        let criteria = Criteria::new(filter_by, sort_by, &admitted.options)?;
        match method {
            Method::Create => self.create(&served, criteria, &admitted).await,
            Method::Join => self.join(&served, &criteria, &admitted).await,
            _ => self.join_or_create(&served, criteria, &admitted).await,
        }
    }

    fn served(&self, name: &str) -> Result<Arc<Served>, MatchmakeError> {
        self.premises
            .types
            .get(name)
            .ok_or_else(|| MatchmakeError::UnknownRoomType(name.to_owned()))
    }

    /// A seat in an existing room. When all that fit filled up in the meantime, they are looked for again a few times.
    async fn join(
        &self,
        served: &Served,
        criteria: &Criteria,
        admitted: &Admitted,
    ) -> Result<SeatReply, MatchmakeError> {
        let mut tried = 1;
        loop {
            match self.try_join(served, criteria, admitted).await? {
                Ok(seat) => return Ok(seat),
                Err(NoSeat::NoRoom) => return Err(MatchmakeError::NoRoomFound),
                Err(NoSeat::Lost(room)) if tried == TRIES => return Err(MatchmakeError::RoomFull(room)),
                Err(NoSeat::Lost(_)) => {}
            }
            let longest = PAUSE * 2_u32.pow(tried);
            tokio::time::sleep(longest.mul_f64(rand::random())).await;
            tried += 1;
        }
    }

    /// A seat in an existing room, else in a new one. Clients who ask for the same at the same time share the new one.
    async fn join_or_create(
        &self,
        served: &Served,
        criteria: Criteria,
        admitted: &Admitted,
    ) -> Result<SeatReply, MatchmakeError> {
        if let Ok(seat) = self.try_join(served, &criteria, admitted).await? {
            return Ok(seat);
        }
        let name = &served.current().name;
        let turn = self.premises.driver.take_turn(name, criteria.lane()).await;
        let _turn = turn.map_err(unavailable)?;
        // Somebody else may have made it while this client waited.
        match self.try_join(served, &criteria, admitted).await? {
            Ok(seat) => Ok(seat),
            Err(_) => self.create(served, criteria, admitted).await,
        }
    }

    /// The best room that fits and gives a seat. A room may fill up between being found and
    /// being asked; then the next best is.
    async fn try_join(
        &self,
        served: &Served,
        criteria: &Criteria,
        admitted: &Admitted,
    ) -> Result<Result<SeatReply, NoSeat>, MatchmakeError> {
        let query = Query {
            room_types: Some(vec![served.current().name.clone()]),
            conditions: criteria.conditions().to_vec(),
            sort: served.matching.sort_by.clone(),
            limit: CANDIDATES,
        };
        let mut outcome = NoSeat::NoRoom;
        for found in self.premises.driver.find(&query).await.map_err(unavailable)? {
            // A room that has ended meanwhile is none that filled up.
            let Some(room) = self.premises.rooms.get(found.id.as_str()) else {
                continue;
            };
            match self.reserve(&room, admitted).await {
                Ok(seat) => return Ok(Ok(seat)),
                Err(SeatError::Disposed) => {}
                Err(_) => outcome = NoSeat::Lost(found.id),
            }
        }
        Ok(Err(outcome))
    }

    async fn join_by_id(&self, room: &RoomHandle, admitted: &Admitted) -> Result<SeatReply, MatchmakeError> {
        self.reserve(room, admitted).await.map_err(|error| match error {
            SeatError::Full | SeatError::Locked => MatchmakeError::RoomLocked(room.id().clone()),
            SeatError::Disposed | SeatError::UnknownToken | SeatError::SessionTaken => {
                MatchmakeError::RoomDisposed(room.id().clone())
            }
        })
    }

    async fn create(
        &self,
        served: &Served,
        criteria: Criteria,
        admitted: &Admitted,
    ) -> Result<SeatReply, MatchmakeError> {
        let room_type = served.current();
        if served.matching.created_by == CreatedBy::Rooms {
            return Err(MatchmakeError::NotCreatedByClients(room_type.name.clone()));
        }
        let (session, seat) = admitted.seat();
        let options = admitted.options.packed();
        let created = self
            .premises
            .create_with_seat(served, options, criteria.into_fields(), seat);
        let (room, reserved) = created.await.map_err(|error| match error {
            CreationError::Hook(error) => refused(&room_type, "on-create", error),
            CreationError::TooMany(too_many) => MatchmakeError::TooManyRooms {
                name: room_type.name.clone(),
                limit: too_many.limit,
            },
            CreationError::Options(error) => {
                MatchmakeError::Unhandled(format!("the room's options cannot be combined: {error}"))
            }
            CreationError::Closing => MatchmakeError::ShuttingDown,
            CreationError::Driver(error) => unavailable(error),
        })?;
        match reserved {
            Ok(()) => Ok(self.premises.seat_reply(&room, session)),
            Err(SeatError::Full) => Err(MatchmakeError::RoomFull(room.id().clone())),
            Err(SeatError::Locked) => Err(MatchmakeError::RoomLocked(room.id().clone())),
            Err(SeatError::Disposed | SeatError::UnknownToken | SeatError::SessionTaken) => {
                Err(MatchmakeError::RoomDisposed(room.id().clone()))
            }
        }
    }

    async fn reserve(&self, room: &RoomHandle, admitted: &Admitted) -> Result<SeatReply, SeatError> {
        let (session, seat) = admitted.seat();
        room.reserve(vec![seat]).await?;
        Ok(self.premises.seat_reply(room, session))
    }

    /// No authentication: the token is the right to the seat.
    async fn reconnect(&self, target: &str, options: &ClientOptions) -> Result<SeatReply, MatchmakeError> {
        let room = self
            .room(target)
            .ok_or_else(|| MatchmakeError::RoomNotFound(target.to_owned()))?;
        let token = options.reconnection_token()?;
        match room.find_held_seat(token).await {
            Ok(session) => Ok(self.premises.seat_reply(&room, session)),
            Err(_) => Err(MatchmakeError::ReconnectionExpired),
        }
    }
}

impl Premises {
    /// What a client needs to take its seat.
    pub fn seat_reply(&self, room: &RoomHandle, session: SessionId) -> SeatReply {
        SeatReply {
            name: room.room_type().clone(),
            room: room.id().clone(),
            session,
            process: self.process.clone(),
            public_address: None,
        }
    }
}

fn unavailable(error: DriverError) -> MatchmakeError {
    tracing::error!("{error}");
    MatchmakeError::Unhandled("the register of rooms cannot be asked".to_owned())
}

/// Asks the room type whether the client may have a seat, in an instance without a room.
async fn authenticate(room_type: &RoomType, asking: Asking) -> Result<Admitted, MatchmakeError> {
    let Asking {
        options,
        token,
        headers,
        remote_address,
    } = asking;
    let request = JoinRequest {
        room_type: room_type.name.to_string(),
        options: wire::document(options.packed(), room_type.definition.encoding),
        token,
        headers,
        remote_address,
    };
    let answer = room_type.code.authenticate(request).await.and_then(|auth| {
        auth.map(wire::valid_document)
            .transpose()
            .map_err(|error| HookError::Fault(format!("what it returned cannot be used: {error}")))
    });
    let auth = answer.map_err(|error| refused(room_type, "authenticate", error))?;
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
