//! One instance of a component, and the hooks that may be called on it.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::{Store, UpdateDeadline};

use crate::bindings::RoomTypePre;
use crate::bindings::exports::parlor::room::hooks as exported;
use crate::call;
use crate::context::RoomContext;
use crate::engine::Shared;
use crate::epoch::Meter;
use crate::error::{HookError, Trap, TrapKind};
use crate::guest::{Drain, Guest};
use crate::other_rooms::RoomMessage;
use crate::trap::{OutOfTime, trap_from};
use crate::vocabulary::{Document, HeldSeat, JoiningClient, Message, Payload, Saved, StateHandover};

/// A room's guest. Calls of hooks go in one at a time (they borrow it), and while one runs the
/// guest's imports reach the context.
///
/// A hook that traps, or whose future is dropped before it ended, ends the instance: every later call returns
/// [`HookError::Trap`] and does not reach the guest.
pub struct Instance<C: RoomContext> {
    store: Store<Guest<C>>,
    hooks: exported::Guest,
    meter: Arc<Meter>,
    shared: Arc<Shared>,
    life: Life,
    /// Among the rooms that may live at once.
    place: Option<OwnedSemaphorePermit>,
}

enum Life {
    /// A hook may be called.
    Ready,
    /// This hook runs, or its future was dropped.
    InHook(&'static str),
    /// This was the end.
    Ended(Trap),
}

/// Calls a hook by its generated method; gives what the guest returned, or the trap.
macro_rules! call {
    ($self:ident, $hook:literal, $method:ident($($argument:expr),*)) => {{
        $self.enter($hook)?;
        // In one expression, so that borrowed arguments live until the call has ended.
        let outcome = call::run(
            &$self.shared,
            &$self.meter,
            pin!($self.hooks.$method(&mut $self.store, $($argument),*)),
        )
        .await;
        $self.leave($hook, outcome)?
    }};
}

impl<C: RoomContext> Instance<C> {
    pub(crate) async fn start(
        shared: Arc<Shared>,
        pre: &RoomTypePre<Guest<C>>,
        context: C,
    ) -> Result<Self, Trap> {
        let mut store = store(&shared, context);
        let meter = Arc::clone(&store.data().meter);
        let started = call::run(&shared, &meter, pin!(pre.instantiate_async(&mut store))).await;
        let guest = store.data_mut();
        guest.drain_output(Drain::All);
        let room_type = started.map_err(|error| trap_from(&error, "instantiate", guest.limits.refused()))?;
        let hooks = room_type.parlor_room_hooks().clone();
        Ok(Self {
            store,
            hooks,
            meter,
            shared,
            life: Life::Ready,
            place: None,
        })
    }

    /// As one of the rooms that may live at once.
    pub(crate) fn in_place(self, place: OwnedSemaphorePermit) -> Self {
        Self {
            place: Some(place),
            ..self
        }
    }

    /// The room goes on with this instance, and the other is only there to be dropped.
    pub fn take_place_of(&mut self, other: &mut Self) {
        self.place = other.place.take();
    }

    /// Whether a hook may be called.
    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.life, Life::Ready)
    }

    /// Bytes by which its memories together may still grow.
    pub(crate) fn memory_left(&self) -> usize {
        self.store.data().limits.memory_left()
    }

    /// What the guest's imports reach.
    pub fn context(&self) -> &C {
        &self.store.data().context
    }

    /// What the guest's imports reach.
    pub fn context_mut(&mut self) -> &mut C {
        &mut self.store.data_mut().context
    }

    pub(crate) async fn define(&mut self, room_type: &str) -> Result<exported::Definition, Trap> {
        Ok(call!(self, "define", call_define(room_type)))
    }

    pub(crate) async fn authenticate(
        &mut self,
        request: &exported::JoinRequest,
    ) -> Result<Option<Document>, HookError> {
        let answer = call!(self, "authenticate", call_authenticate(request));
        Ok(answer.map_err(HookError::from)?.map(Into::into))
    }

    /// The first hook of a room that is new.
    pub async fn on_create(&mut self, options: Document) -> Result<(), HookError> {
        let answer = call!(self, "on-create", call_on_create(&options.into()));
        answer.map_err(HookError::from)
    }

    /// A client takes its seat.
    pub async fn on_join(&mut self, client: JoiningClient) -> Result<(), HookError> {
        let answer = call!(self, "on-join", call_on_join(&client.into()));
        answer.map_err(HookError::from)
    }

    /// A message came in; the returned payload answers it if it is a request.
    pub async fn on_message(&mut self, message: Message) -> Result<Payload, HookError> {
        let answer = call!(self, "on-message", call_on_message(&message.into()));
        Ok(answer.map_err(HookError::from)?.into())
    }

    /// Another room sent something; the returned payload answers it if it waits.
    pub async fn on_room_message(&mut self, message: RoomMessage) -> Result<Payload, HookError> {
        let answer = call!(self, "on-room-message", call_on_room_message(&message.into()));
        Ok(answer.map_err(HookError::from)?.into())
    }

    /// Something was published on a channel to which the room has subscribed.
    pub async fn on_published(&mut self, channel: &str, payload: Document) -> Result<(), HookError> {
        call!(self, "on-published", call_on_published(channel, &payload.into())).map_err(HookError::Fault)
    }

    /// A connection was lost without consent.
    pub async fn on_drop(&mut self, session: &str, close_code: u16) -> Result<HeldSeat, HookError> {
        let answer = call!(self, "on-drop", call_on_drop(&session.to_owned(), close_code));
        answer.map(Into::into).map_err(HookError::Fault)
    }

    /// A client whose seat was held is back.
    pub async fn on_reconnect(&mut self, session: &str) -> Result<(), HookError> {
        let answer = call!(self, "on-reconnect", call_on_reconnect(&session.to_owned()));
        answer.map_err(HookError::Fault)
    }

    /// A seat is gone.
    pub async fn on_leave(&mut self, session: &str, close_code: u16) -> Result<(), HookError> {
        let answer = call!(self, "on-leave", call_on_leave(&session.to_owned(), close_code));
        answer.map_err(HookError::Fault)
    }

    /// One step of the simulation loop; `delta` in milliseconds.
    pub async fn on_tick(&mut self, delta: f64) -> Result<(), HookError> {
        call!(self, "on-tick", call_on_tick(delta)).map_err(HookError::Fault)
    }

    /// A timer is due.
    pub async fn on_timer(&mut self, tag: &str, payload: Option<Document>) -> Result<(), HookError> {
        let payload = payload.map(Into::into);
        call!(self, "on-timer", call_on_timer(tag, payload.as_ref())).map_err(HookError::Fault)
    }

    /// Last chance to change state before a patch; to be called only if
    /// [`OptionalHooks::before_patch`](crate::OptionalHooks::before_patch) asks for it.
    pub async fn on_before_patch(&mut self) -> Result<(), HookError> {
        call!(self, "on-before-patch", call_on_before_patch()).map_err(HookError::Fault)
    }

    /// The host is going down; in `grace` milliseconds the room's clients are closed.
    pub async fn on_shutdown(&mut self, grace: f64) -> Result<(), HookError> {
        call!(self, "on-shutdown", call_on_shutdown(grace)).map_err(HookError::Fault)
    }

    /// The room is about to end.
    pub async fn on_dispose(&mut self) -> Result<(), HookError> {
        call!(self, "on-dispose", call_on_dispose()).map_err(HookError::Fault)
    }

    /// Everything that the room needs to go on in another instance.
    pub async fn save(&mut self) -> Result<Saved, HookError> {
        call!(self, "save", call_save())
            .map(Into::into)
            .map_err(HookError::Fault)
    }

    /// Goes on from what `save` gave; called instead of `on-create`.
    pub async fn restore(&mut self, saved: Saved, state: StateHandover) -> Result<(), HookError> {
        call!(self, "restore", call_restore(&saved.into(), state.into())).map_err(HookError::Fault)
    }

    fn enter(&mut self, hook: &'static str) -> Result<(), Trap> {
        match &self.life {
            Life::Ready => {}
            Life::InHook(before) => {
                let message = "its future was dropped before it ended, and the instance with it".to_owned();
                let trap = Trap {
                    kind: TrapKind::Other,
                    hook: before,
                    message,
                    backtrace: String::new(),
                };
                self.life = Life::Ended(trap.clone());
                return Err(ended(&trap, hook));
            }
            Life::Ended(trap) => return Err(ended(trap, hook)),
        }
        self.life = Life::InHook(hook);
        self.store.data_mut().limits.begin();
        self.store.set_epoch_deadline(1);
        Ok(())
    }

    fn leave<T>(&mut self, hook: &'static str, outcome: wasmtime::Result<T>) -> Result<T, Trap> {
        let guest = self.store.data_mut();
        guest.drain_output(Drain::All);
        match outcome {
            Ok(value) => {
                self.life = Life::Ready;
                Ok(value)
            }
            Err(error) => {
                let trap = trap_from(&error, hook, guest.limits.refused());
                self.life = Life::Ended(trap.clone());
                Err(trap)
            }
        }
    }
}

/// What a call gets that comes after the end.
fn ended(trap: &Trap, hook: &'static str) -> Trap {
    let message = format!("not called: the instance has ended with a {trap}");
    Trap {
        kind: trap.kind,
        hook,
        message,
        backtrace: String::new(),
    }
}

fn store<C: RoomContext>(shared: &Arc<Shared>, context: C) -> Store<Guest<C>> {
    let mut store = Store::new(&shared.engine, Guest::new(context, &shared.settings));
    store.limiter(|guest| &mut guest.limits);
    // What the arguments of one import may take up in the host: as much as the guest itself may have.
    store.set_hostcall_fuel(usize::try_from(shared.settings.room_memory).unwrap_or(usize::MAX));
    store.set_epoch_deadline(1);
    let shared = Arc::clone(shared);
    store.epoch_deadline_callback(move |store| {
        // Whoever notices the tick keeps the ticks coming, and soon.
        shared.ticker.hurry();
        let budget = shared.settings.hook_time;
        if store.data().meter.pause() >= budget {
            return Err(wasmtime::Error::new(OutOfTime(budget)));
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store
}

impl<C: RoomContext> fmt::Debug for Instance<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let life = match &self.life {
            Life::Ready => "ready",
            Life::InHook(hook) => hook,
            Life::Ended(_) => "ended",
        };
        f.debug_struct("Instance")
            .field("life", &life)
            .finish_non_exhaustive()
    }
}
