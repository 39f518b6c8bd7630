//! A loaded component: makes instances, answers what needs no room.

use std::fmt;
use std::sync::Arc;

use crate::alone::Alone;
use crate::bindings::RoomTypePre;
use crate::bindings::exports::parlor::room::hooks as exported;
use crate::build_id::BuildId;
use crate::context::RoomContext;
use crate::definition::{Definition, OptionalHooks};
use crate::doorkeeper::{Doorkeeper, Doorkeepers};
use crate::engine::Shared;
use crate::error::{HookError, LoadError, Trap, TrapKind};
use crate::guest::Guest;
use crate::instance::Instance;
use crate::schema::schema_from;
use crate::vocabulary::{Document, JoinRequest};

/// A component, ready to run rooms with contexts of type `C`. Clones are cheap and share.
pub struct RoomCode<C: RoomContext> {
    shared: Arc<Shared>,
    name: Arc<str>,
    build: BuildId,
    /// For rooms.
    room: RoomTypePre<Guest<C>>,
    /// For `define` and `authenticate`.
    alone: RoomTypePre<Guest<Alone>>,
    doorkeepers: Arc<Doorkeepers>,
}

impl<C: RoomContext> RoomCode<C> {
    pub(crate) fn new(
        shared: Arc<Shared>,
        name: &str,
        build: BuildId,
        room: RoomTypePre<Guest<C>>,
        alone: RoomTypePre<Guest<Alone>>,
    ) -> Self {
        Self {
            doorkeepers: Arc::new(Doorkeepers::new(Arc::clone(&shared.waiting))),
            shared,
            name: name.into(),
            build,
            room,
            alone,
        }
    }

    /// The name that was given to [`Engine::load`](crate::Engine::load).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which build of the component this is.
    pub fn build(&self) -> BuildId {
        self.build
    }

    /// What the component says that the room type `room_type` is. Runs in an instance of its own.
    pub async fn define(&self, room_type: &str) -> Result<Definition, LoadError> {
        let definition = self
            .ask_definition(room_type)
            .await
            .map_err(|trap| LoadError::Define {
                name: self.name.to_string(),
                room_type: room_type.to_owned(),
                trap,
            })?;
        let schema = definition
            .state
            .map(schema_from)
            .transpose()
            .map_err(|error| LoadError::Schema {
                name: self.name.to_string(),
                room_type: room_type.to_owned(),
                error,
            })?;
        let before_patch = definition
            .optional_hooks
            .contains(exported::OptionalHooks::BEFORE_PATCH);
        Ok(Definition {
            version: definition.version,
            encoding: definition.encoding.into(),
            schema,
            optional_hooks: OptionalHooks { before_patch },
        })
    }

    async fn ask_definition(&self, room_type: &str) -> Result<exported::Definition, Trap> {
        self.alone(room_type).await?.define(room_type).await
    }

    /// Asks whether a client may ask for a seat. Runs in an instance without a room, which may have been asked before;
    /// the document goes to `on-join` as [`auth`](crate::JoiningClient::auth).
    pub async fn authenticate(&self, request: JoinRequest) -> Result<Option<Document>, HookError> {
        let request = exported::JoinRequest::from(request);
        if let Some(mut doorkeeper) = self.doorkeepers.take() {
            match doorkeeper.ask(&request).await {
                // Perhaps for what it was asked before: this client is not to suffer from that.
                Err(HookError::Trap(trap)) => {
                    tracing::warn!(name = %self.name, "another instance is asked after a {trap}");
                }
                answer => {
                    self.doorkeepers.give_back(doorkeeper);
                    return answer;
                }
            }
        }
        let mut doorkeeper = Doorkeeper::new(self.alone(&request.room_type).await?);
        let answer = doorkeeper.ask(&request).await;
        self.doorkeepers.give_back(doorkeeper);
        answer
    }

    async fn alone(&self, room_type: &str) -> Result<Instance<Alone>, Trap> {
        Instance::start(Arc::clone(&self.shared), &self.alone, Alone::new(room_type)).await
    }

    /// An instance for a new room. No hook was called on it yet: `on-create` comes next.
    ///
    /// This and every hook must be called inside a Tokio runtime whose clock is enabled.
    pub async fn instantiate(&self, context: C) -> Result<Instance<C>, HookError> {
        let place = Arc::clone(&self.shared.places)
            .try_acquire_owned()
            .map_err(|_| self.full())?;
        let instance = Instance::start(Arc::clone(&self.shared), &self.room, context).await?;
        Ok(instance.in_place(place))
    }

    /// An instance for a room that has one already: `restore` comes next, and then it takes the place of the other by
    /// [`Instance::take_place_of`]. There may be a few more such instances than rooms may live.
    pub async fn instantiate_beside(&self, context: C) -> Result<Instance<C>, HookError> {
        Ok(Instance::start(Arc::clone(&self.shared), &self.room, context).await?)
    }

    fn full(&self) -> Trap {
        Trap {
            kind: TrapKind::NoCapacity,
            hook: "instantiate",
            message: format!("as many rooms run as may: {}", self.shared.settings.max_rooms),
            backtrace: String::new(),
        }
    }
}

impl<C: RoomContext> Clone for RoomCode<C> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            build: self.build,
            name: Arc::clone(&self.name),
            room: self.room.clone(),
            alone: self.alone.clone(),
            doorkeepers: Arc::clone(&self.doorkeepers),
        }
    }
}

impl<C: RoomContext> fmt::Debug for RoomCode<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoomCode")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
