//! What makes a room type what it is: a component, or a type that is built into the host.

use std::fmt::Debug;
use std::sync::Arc;

use parlor_plugin::{
    BuildId, Definition, Document, HeldSeat, HookError, JoinRequest, JoiningClient, Message, Payload,
    Refusal, RoomCode, RoomContext, RoomMessage, Trap, TrapKind, Violation, Waiting,
};
use parlor_protocol::close::CloseCode;
use tokio::sync::Semaphore;

use crate::core::RoomCore;
use crate::running::{BuiltIn, Running};
use crate::settings::RoomSettings;
use crate::world::World;

/// The code of a room type. Clones are cheap and share.
#[derive(Clone, Debug)]
pub enum Code {
    /// A WebAssembly component.
    Component(Box<RoomCode<RoomCore>>),
    /// A type of the host's own.
    BuiltIn(Arc<dyn BuiltInType>, BuiltInCapacity),
}

/// How many rooms of built-in types may run at once, all such types of a host together.
/// Components have the engine's pool instead. Clones share.
#[derive(Clone, Debug)]
pub struct BuiltInCapacity(Arc<Semaphore>);

/// A room type that needs no component.
pub trait BuiltInType: Debug + Send + Sync {
    /// What a component would answer to `define`. Its rooms are handed documents in that encoding; hooks that
    /// are [optional](parlor_plugin::OptionalHooks) are not called.
    fn definition(&self) -> Definition;

    /// The code of a new room, before `on_create`. `world` is what lies around the room, `settings` what the
    /// operator set for rooms of this type.
    fn start(&self, world: &Arc<dyn World>, settings: &RoomSettings) -> Box<dyn BuiltInRoom>;
}

/// One room's code. The hooks are those of `wit/hooks.wit`; what they do to the room goes through the same
/// [`RoomContext`] that the imports of components use. None of them may block or take long: what
/// has to be waited for is an [event](Self::event).
pub trait BuiltInRoom: Debug + Send {
    /// The first hook of a room that is new.
    fn on_create(&mut self, room: &mut dyn RoomContext, options: Document) -> BuiltInResult<()>;

    /// A client takes its seat.
    fn on_join(&mut self, room: &mut dyn RoomContext, client: JoiningClient) -> BuiltInResult<()>;

    /// A message came in; the returned payload answers it if it is a request.
    fn on_message(&mut self, room: &mut dyn RoomContext, message: Message) -> BuiltInResult<Payload>;

    /// Another room sent something; the returned payload answers it if it waits.
    fn on_room_message(
        &mut self,
        _room: &mut dyn RoomContext,
        _message: RoomMessage,
    ) -> BuiltInResult<Payload> {
        Err(BuiltInError::Refusal(Refusal {
            code: 4000,
            message: "this room takes no messages from other rooms".to_owned(),
        }))
    }

    /// Something was published on a channel to which the room has subscribed.
    fn on_published(
        &mut self,
        _room: &mut dyn RoomContext,
        _channel: &str,
        _payload: Document,
    ) -> BuiltInResult<()> {
        Ok(())
    }

    /// A connection was lost without consent.
    fn on_drop(
        &mut self,
        _room: &mut dyn RoomContext,
        _session: &str,
        _close_code: u16,
    ) -> BuiltInResult<HeldSeat> {
        Ok(HeldSeat::Release)
    }

    /// A client whose seat was held is back.
    fn on_reconnect(&mut self, _room: &mut dyn RoomContext, _session: &str) -> BuiltInResult<()> {
        Ok(())
    }

    /// A seat is gone.
    fn on_leave(
        &mut self,
        _room: &mut dyn RoomContext,
        _session: &str,
        _close_code: u16,
    ) -> BuiltInResult<()> {
        Ok(())
    }

    /// One step of the simulation loop; `delta` in milliseconds.
    fn on_tick(&mut self, _room: &mut dyn RoomContext, _delta: f64) -> BuiltInResult<()> {
        Ok(())
    }

    /// A timer is due.
    fn on_timer(
        &mut self,
        _room: &mut dyn RoomContext,
        _tag: &str,
        _payload: Option<Document>,
    ) -> BuiltInResult<()> {
        Ok(())
    }

    /// The host is going down; `grace` in milliseconds. A room with nothing to finish ends at once.
    fn on_shutdown(&mut self, room: &mut dyn RoomContext, _grace: f64) -> BuiltInResult<()> {
        Ok(room.disconnect(CloseCode::SHUTDOWN.0)?)
    }

    /// The room ends.
    fn on_dispose(&mut self, _room: &mut dyn RoomContext) -> BuiltInResult<()> {
        Ok(())
    }

    /// Resolves when something has happened outside of the room that it has to act upon; none: nothing
    /// can at present. Asked for anew after every command and every hook, and dropped when a command comes
    /// first: what it has learnt by then must be kept in `self`.
    fn event(&mut self) -> Option<Waiting<'_, ()>> {
        None
    }

    /// Acts upon what [`Self::event`] waited for.
    fn on_event(&mut self, _room: &mut dyn RoomContext) -> BuiltInResult<()> {
        Ok(())
    }
}

/// How a hook of a built-in type ends.
pub type BuiltInResult<T> = Result<T, BuiltInError>;

/// How a hook of a built-in type did not return a value.
#[derive(Debug, thiserror::Error)]
pub enum BuiltInError {
    /// The room says no. It goes on.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// Something went wrong inside the room's own code. It goes on.
    #[error("fault: {0}")]
    Fault(String),
    /// The room asked for what no room may have. It ends, as a component's would.
    #[error(transparent)]
    Violation(#[from] Violation),
}

impl BuiltInCapacity {
    /// At most so many rooms.
    pub fn new(rooms: u32) -> Self {
        Self(Arc::new(Semaphore::new(rooms as usize)))
    }
}

impl Code {
    /// Asks whether a client may ask for a seat. The document goes to `on-join`. Built-in types take anybody.
    pub async fn authenticate(&self, request: JoinRequest) -> Result<Option<Document>, HookError> {
        match self {
            Self::Component(code) => code.authenticate(request).await,
            Self::BuiltIn(..) => Ok(None),
        }
    }

    /// Which build this is.
    pub fn build(&self) -> BuildId {
        match self {
            Self::Component(code) => code.build(),
            Self::BuiltIn(..) => BuildId::BUILT_IN,
        }
    }

    /// Code for a new room. No hook was called on it yet.
    ///
    /// # Errors
    /// The component traps while it starts, or as many rooms run as may.
    pub async fn instantiate(&self, core: RoomCore) -> Result<Running, HookError> {
        match self {
            Self::Component(code) => Ok(Running::Component(code.instantiate(core).await?)),
            Self::BuiltIn(built_in, BuiltInCapacity(capacity)) => {
                let place = Arc::clone(capacity).try_acquire_owned().map_err(|_| Trap {
                    kind: TrapKind::NoCapacity,
                    hook: "instantiate",
                    message: "as many rooms of built-in types run as may".to_owned(),
                    backtrace: String::new(),
                })?;
                let hooks = built_in.start(core.world(), &core.settings);
                Ok(Running::BuiltIn(Box::new(BuiltIn::new(core, hooks, Some(place)))))
            }
        }
    }

    /// Code for a room that has some already, until it [takes the place](Running::take_place_of) of the other. No
    /// hook was called on it yet.
    ///
    /// # Errors
    /// The component traps while it starts, or too many rooms get other code at the same time.
    pub async fn instantiate_beside(&self, core: RoomCore) -> Result<Running, HookError> {
        match self {
            Self::Component(code) => Ok(Running::Component(code.instantiate_beside(core).await?)),
            Self::BuiltIn(built_in, _) => {
                let hooks = built_in.start(core.world(), &core.settings);
                Ok(Running::BuiltIn(Box::new(BuiltIn::new(core, hooks, None))))
            }
        }
    }
}

impl BuiltInError {
    /// As the room task takes it: the same that a component's hook would have ended with.
    pub(crate) fn in_hook(self, hook: &'static str) -> HookError {
        match self {
            Self::Refusal(refusal) => HookError::Refusal(refusal),
            Self::Fault(fault) => HookError::Fault(fault),
            Self::Violation(Violation(message)) => HookError::Trap(Trap {
                kind: TrapKind::Violation,
                hook,
                message,
                backtrace: String::new(),
            }),
        }
    }
}
