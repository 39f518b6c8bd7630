//! How a room comes to be, whoever wants it: a client or another room.

use std::borrow::Cow;
use std::sync::Arc;

use parlor_plugin::HookError;
use parlor_protocol::ids::RoomId;
use parlor_protocol::msgpack::{self, MsgpackError};
use parlor_room::handle::{RoomHandle, SeatError, SeatRequest};
use parlor_room::{End, Room};
use serde_json::{Map, Value};

use crate::driver::DriverError;
use crate::premises::Premises;
use crate::room_types::{Place, Served, TooMany};
use crate::rooms::Alive;
use crate::world::HostWorld;

/// Why there is no new room.
#[derive(Debug)]
pub(crate) enum CreationError {
    /// The operator allows no more rooms of the type.
    TooMany(TooMany),
    /// The options are no map.
    Options(MsgpackError),
    /// `on-create` refused or failed.
    Hook(HookError),
    /// The host is going down.
    Closing,
    /// The register of rooms could not take it.
    Driver(DriverError),
}

impl Premises {
    /// Makes a room and sets it going. `options` is a MessagePack map, over which the operator's are laid; by `fields`
    /// the room is to be found. Dropped before it ends, the room was never there.
    pub async fn create(
        self: &Arc<Self>,
        served: &Served,
        options: &[u8],
        fields: Map<String, Value>,
    ) -> Result<RoomHandle, CreationError> {
        self.make(served, options, fields, |_| ())
            .await
            .map(|(room, ())| room)
    }

    /// The same, with a seat in it before anybody who finds the room can take it. What the room says of the seat comes
    /// apart.
    pub async fn create_with_seat(
        self: &Arc<Self>,
        served: &Served,
        options: &[u8],
        fields: Map<String, Value>,
        seat: SeatRequest,
    ) -> Result<(RoomHandle, Result<(), SeatError>), CreationError> {
        let reserve = |room: &RoomHandle| room.reserve_first(vec![seat]);
        let (room, answer) = self.make(served, options, fields, reserve).await?;
        Ok((room, answer.await))
    }

    /// `before` sees the room before others can find it.
    async fn make<T>(
        self: &Arc<Self>,
        served: &Served,
        options: &[u8],
        fields: Map<String, Value>,
        before: impl FnOnce(&RoomHandle) -> T,
    ) -> Result<(RoomHandle, T), CreationError> {
        let alive = self.rooms.begin().map_err(|_| CreationError::Closing)?;
        let place = served.take_place().map_err(CreationError::TooMany)?;
        let options = if served.matching.options.is_empty() {
            Cow::Borrowed(options)
        } else {
            let laid_over = msgpack::map_overlay(options, &served.matching.options);
            Cow::Owned(laid_over.map_err(CreationError::Options)?)
        };
        let world = Arc::new(HostWorld::new(Arc::clone(self)));
        let id = RoomId::random();
        let version = Arc::clone(served.versions().of_room(&id));
        let created = Room::create(version, id, &options, fields, world);
        let (room, task) = created.await.map_err(CreationError::Hook)?;
        let registration = Registration {
            premises: Arc::clone(self),
            id: room.id().clone(),
            _place: place,
            _alive: alive,
        };
        let seen = before(&room);
        self.rooms.insert(room.clone());
        let registered = self.driver.insert(&room, served.matching.realtime_listing).await;
        registered.map_err(CreationError::Driver)?;
        tokio::spawn(async move {
            let end = task.run().await;
            let room = &registration.id;
            match end {
                End::Disposed => tracing::debug!(%room, "disposed"),
                End::Crashed(trap) => tracing::debug!(%room, "removed after a {} trap", trap.kind),
            }
        });
        Ok((room, seen))
    }
}

/// As long as this lives, the room is found.
struct Registration {
    premises: Arc<Premises>,
    id: RoomId,
    _place: Place,
    _alive: Alive,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.premises.rooms.remove(&self.id);
        self.premises.driver.remove(&self.id);
    }
}
