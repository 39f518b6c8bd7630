//! The code of one room while it runs: whichever kind it is, the room task calls the same hooks.

use std::pin::pin;

use parlor_plugin::{
    Document, HeldSeat, HookError, Instance, JoiningClient, Message, Payload, RoomMessage, Saved,
    StateHandover,
};
use tokio::sync::OwnedSemaphorePermit;

use crate::code::BuiltInRoom;
use crate::core::RoomCore;

/// A room's code, and the rest of the room inside of it.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a component is the rule, and each of its hooks would pay for a box"
)]
pub enum Running {
    /// An instance of a component.
    Component(Instance<RoomCore>),
    /// Hooks of the host's own.
    BuiltIn(Box<BuiltIn>),
}

/// A room of a built-in type.
#[derive(Debug)]
pub struct BuiltIn {
    core: RoomCore,
    hooks: Box<dyn BuiltInRoom>,
    /// Among the rooms that may run at once.
    place: Option<OwnedSemaphorePermit>,
}

impl BuiltIn {
    pub(crate) fn new(
        core: RoomCore,
        hooks: Box<dyn BuiltInRoom>,
        place: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self { core, hooks, place }
    }
}

/// Calls a hook on either kind of code.
macro_rules! call {
    ($self:ident, $hook:literal, $method:ident($($argument:expr),*)) => {
        match $self {
            // Pinned where it is made: awaited by value it would be copied once more, for each hook.
            Self::Component(instance) => pin!(instance.$method($($argument),*)).await,
            Self::BuiltIn(built_in) => built_in
                .hooks
                .$method(&mut built_in.core, $($argument),*)
                .map_err(|error| error.in_hook($hook)),
        }
    };
}

impl Running {
    /// The room, apart from its code.
    pub fn context_mut(&mut self) -> &mut RoomCore {
        match self {
            Self::Component(instance) => instance.context_mut(),
            Self::BuiltIn(built_in) => &mut built_in.core,
        }
    }

    /// The room goes on with this code, and the other is only there to be dropped.
    pub fn take_place_of(&mut self, other: &mut Self) {
        match (self, other) {
            (Self::Component(instance), Self::Component(other)) => instance.take_place_of(other),
            (Self::BuiltIn(built_in), Self::BuiltIn(other)) => built_in.place = other.place.take(),
            // A type does not become another kind of type while it is served.
            (Self::Component(_), Self::BuiltIn(_)) | (Self::BuiltIn(_), Self::Component(_)) => {}
        }
    }

    /// The first hook of a room that is new.
    pub async fn on_create(&mut self, options: Document) -> Result<(), HookError> {
        call!(self, "on-create", on_create(options))
    }

    /// A client takes its seat.
    pub async fn on_join(&mut self, client: JoiningClient) -> Result<(), HookError> {
        call!(self, "on-join", on_join(client))
    }

    /// A message came in; the returned payload answers it if it is a request.
    pub async fn on_message(&mut self, message: Message) -> Result<Payload, HookError> {
        call!(self, "on-message", on_message(message))
    }

    /// Another room sent something; the returned payload answers it if it waits.
    pub async fn on_room_message(&mut self, message: RoomMessage) -> Result<Payload, HookError> {
        call!(self, "on-room-message", on_room_message(message))
    }

    /// Something was published on a channel to which the room has subscribed.
    pub async fn on_published(&mut self, channel: &str, payload: Document) -> Result<(), HookError> {
        call!(self, "on-published", on_published(channel, payload))
    }

    /// A connection was lost without consent.
    pub async fn on_drop(&mut self, session: &str, close_code: u16) -> Result<HeldSeat, HookError> {
        call!(self, "on-drop", on_drop(session, close_code))
    }

    /// A client whose seat was held is back.
    pub async fn on_reconnect(&mut self, session: &str) -> Result<(), HookError> {
        call!(self, "on-reconnect", on_reconnect(session))
    }

    /// A seat is gone.
    pub async fn on_leave(&mut self, session: &str, close_code: u16) -> Result<(), HookError> {
        call!(self, "on-leave", on_leave(session, close_code))
    }

    /// One step of the simulation loop; `delta` in milliseconds.
    pub async fn on_tick(&mut self, delta: f64) -> Result<(), HookError> {
        call!(self, "on-tick", on_tick(delta))
    }

    /// A timer is due.
    pub async fn on_timer(&mut self, tag: &str, payload: Option<Document>) -> Result<(), HookError> {
        call!(self, "on-timer", on_timer(tag, payload))
    }

    /// Last chance to change state before a patch; only for components that ask for it.
    pub async fn on_before_patch(&mut self) -> Result<(), HookError> {
        match self {
            Self::Component(instance) => instance.on_before_patch().await,
            Self::BuiltIn(_) => Ok(()),
        }
    }

    /// Everything that the code needs to go on in another instance. Built-in types are never replaced.
    pub async fn save(&mut self) -> Result<Saved, HookError> {
        match self {
            Self::Component(instance) => instance.save().await,
            Self::BuiltIn(_) => Err(HookError::Fault("built-in rooms are not saved".to_owned())),
        }
    }

    /// Goes on from what [`Self::save`] gave.
    pub async fn restore(&mut self, saved: Saved, state: StateHandover) -> Result<(), HookError> {
        match self {
            Self::Component(instance) => instance.restore(saved, state).await,
            Self::BuiltIn(_) => Err(HookError::Fault("built-in rooms are not saved".to_owned())),
        }
    }

    /// `grace` in milliseconds.
    pub async fn on_shutdown(&mut self, grace: f64) -> Result<(), HookError> {
        call!(self, "on-shutdown", on_shutdown(grace))
    }

    /// The room ends.
    pub async fn on_dispose(&mut self) -> Result<(), HookError> {
        call!(self, "on-dispose", on_dispose())
    }

    /// Waits until something has happened outside of the room that its code has to act upon. May be dropped.
    pub async fn event(&mut self) {
        let event = match self {
            Self::Component(_) => None,
            Self::BuiltIn(built_in) => built_in.hooks.event(),
        };
        match event {
            Some(event) => event.await,
            None => std::future::pending().await,
        }
    }

    /// Acts upon what [`Self::event`] waited for.
    pub async fn on_event(&mut self) -> Result<(), HookError> {
        match self {
            Self::Component(_) => Ok(()),
            Self::BuiltIn(built_in) => built_in
                .hooks
                .on_event(&mut built_in.core)
                .map_err(|error| error.in_hook("on-event")),
        }
    }
}
