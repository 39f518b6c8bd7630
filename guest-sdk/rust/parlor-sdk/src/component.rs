//! The room as the host sees it.

use crate::bindings::exports::parlor::room::hooks::{
    Definition, Guest, HeldSeat, JoinRequest as WitJoinRequest, JoiningClient, Message, OptionalHooks,
    RoomMessage, Saved, StateHandover,
};
use crate::bindings::parlor::room::types::{Document as WitDocument, Encoding, Fault, Payload, Rejection};
use crate::bindings::parlor::room::views::ViewError;
use crate::bindings::parlor::room::{state, types, views};
use crate::data::Document;
use crate::log::Level;
use crate::refusal::Seat;
use crate::room::{JoinRequest, Room};
use crate::rooms::RoomSender;
use crate::runtime::Running;
use crate::state::tracking::{Node, RoomState};
use crate::state::{Batch, Handover, Look, ViewChange};
use std::cell::RefCell;
use std::marker::PhantomData;

/// Where the one room of an instance lives.
pub type Place<R> = RefCell<Option<Running<R>>>;

/// A room that a component exports. Written by `#[room]`.
pub trait Exported: Room {
    /// Lends the place of the instance's room.
    fn with_place<T>(work: impl FnOnce(&Place<Self>) -> T) -> T;
}

/// Marks a room as used where it is not exported.
pub fn used<R: Room>() {}

/// Implements the component's exports for a room.
pub struct Component<R>(PhantomData<R>);

impl<R: Exported> Component<R> {
    /// Calls a hook, then reports what it changed, also if it returned an error.
    #[allow(clippy::panic)]
    fn hook<T>(call: impl FnOnce(&mut Running<R>) -> T) -> T {
        R::with_place(|place| match &mut *place.borrow_mut() {
            Some(running) => {
                let outcome = call(running);
                running.report(apply);
                running.look(look);
                outcome
            }
            None => panic!("a hook before `on-create` or `restore`"),
        })
    }

    fn begin(running: Running<R>) {
        R::with_place(|place| *place.borrow_mut() = Some(running));
    }
}

/// Panics as one line of the log. The usual hook writes several to stderr, and tells people to set
/// a variable that no room can see.
fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("a panic without a message");
        match info.location() {
            Some(place) => crate::log::write(Level::Error, format_args!("panicked at {place}: {message}")),
            None => crate::log::write(Level::Error, format_args!("panicked: {message}")),
        }
    }));
}

/// The changes are made by this SDK from typed values: a refusal means a bound was reached or a
/// number does not fit its `#[state(…)]`. Going on would show clients something else than the room has.
#[allow(clippy::panic)]
fn apply(batch: Batch<'_>) {
    let applied = if batch.numbers.values.is_empty() {
        state::apply(batch.changes)
    } else {
        state::apply_with_numbers(batch.changes, batch.numbers)
    };
    if let Err(error) = applied {
        panic!("the host refused a change of the state: {}", error.reason);
    }
}

/// Who is not in the room (any more) is shown nothing.
fn look(look: &Look, node: Node) {
    let outcome = match look.change {
        ViewChange::Show => views::show(&look.client, node, look.tag),
        ViewChange::Hide => views::hide(&look.client, node, look.tag),
    };
    if outcome == Err(ViewError::TooMuch) {
        let client = &look.client;
        crate::log::write(
            Level::Warn,
            format_args!("more cannot be shown to {client}: as much is shown to it as the host allows"),
        );
    }
}

impl From<StateHandover> for Handover {
    fn from(state: StateHandover) -> Self {
        match state {
            StateHandover::Kept => Self::Kept,
            StateHandover::Emptied => Self::Emptied,
        }
    }
}

impl<R: Exported> Guest for Component<R> {
    fn define(_room_type: String) -> Definition {
        log_panics();
        let mut optional_hooks = OptionalHooks::empty();
        if R::HAS_BEFORE_PATCH {
            optional_hooks = OptionalHooks::BEFORE_PATCH;
        }
        let state = R::State::schema().map(crate::state::tracking::Schema::into_wit);
        Definition {
            version: R::VERSION.to_owned(),
            encoding: Encoding::MessagePack,
            state,
            optional_hooks,
        }
    }

    fn authenticate(request: WitJoinRequest) -> Result<Option<WitDocument>, Rejection> {
        log_panics();
        let request = JoinRequest {
            room_type: request.room_type,
            token: request.token,
            headers: request.headers,
            remote_address: request.remote_address,
            options: request.options.into(),
        };
        let auth = R::authenticate(request).map_err(crate::Refusal::into_wit)?;
        let document = Document::of(&auth);
        Ok((!document.is_nil()).then(|| document.into_wit()))
    }

    fn on_create(options: WitDocument) -> Result<(), Rejection> {
        log_panics();
        let mut running = Running::create(&options.into()).map_err(crate::Refusal::into_wit)?;
        running.report(apply);
        running.look(look);
        Self::begin(running);
        Ok(())
    }

    fn on_join(client: JoiningClient) -> Result<(), Rejection> {
        let JoiningClient {
            session,
            options,
            auth,
        } = client;
        Self::hook(|running| running.join(session, &options.into(), auth.map(Document::from)))
            .map_err(crate::Refusal::into_wit)
    }

    fn on_message(message: Message) -> Result<Payload, Rejection> {
        let Message {
            sender,
            type_,
            payload,
            expects_reply,
        } = message;
        Self::hook(|running| running.message(sender, type_.into(), payload.into(), expects_reply))
            .map(crate::data::Payload::into_wit)
            .map_err(crate::Refusal::into_wit)
    }

    fn on_room_message(message: RoomMessage) -> Result<Payload, Rejection> {
        let RoomMessage {
            sender,
            sender_type,
            type_,
            payload,
            expects_reply,
        } = message;
        let sender = RoomSender {
            id: sender,
            room_type: sender_type,
        };
        Self::hook(|running| running.room_message(&sender, type_.into(), payload.into(), expects_reply))
            .map(crate::data::Payload::into_wit)
            .map_err(crate::Refusal::into_wit)
    }

    fn on_published(channel: String, payload: WitDocument) -> Result<(), Fault> {
        Self::hook(|running| running.published(&channel, &payload.into()))
    }

    fn on_drop(session: String, close_code: u16) -> Result<HeldSeat, Fault> {
        Self::hook(|running| running.drop_client(session, close_code)).map(|seat| match seat {
            Seat::Release => HeldSeat::Release,
            Seat::HoldFor(milliseconds) => HeldSeat::HoldFor(milliseconds),
            Seat::HoldUntilReleased => HeldSeat::HoldUntilReleased,
        })
    }

    fn on_reconnect(session: String) -> Result<(), Fault> {
        Self::hook(|running| running.reconnect(session))
    }

    fn on_leave(session: String, close_code: u16) -> Result<(), Fault> {
        Self::hook(|running| running.leave(session, close_code))
    }

    fn on_tick(delta: f64) -> Result<(), Fault> {
        Self::hook(|running| running.tick(delta))
    }

    fn on_timer(_tag: String, payload: Option<types::Document>) -> Result<(), Fault> {
        let timer = payload.map(Document::from).ok_or("a timer without a value")?;
        Self::hook(|running| running.timer(&timer))
    }

    fn on_before_patch() -> Result<(), Fault> {
        Self::hook(Running::before_patch)
    }

    fn on_shutdown(grace: f64) -> Result<(), Fault> {
        Self::hook(|running| running.shutdown(grace))
    }

    fn on_dispose() -> Result<(), Fault> {
        Self::hook(Running::dispose)
    }

    fn save() -> Result<Saved, Fault> {
        Ok(Saved::Bytes(Self::hook(|running| running.save())))
    }

    fn restore(saved: Saved, state: StateHandover) -> Result<(), Fault> {
        log_panics();
        let Saved::Bytes(bytes) = saved else {
            return Err("this room saves itself as bytes, not as text".to_owned());
        };
        Self::begin(Running::restore(bytes, state.into())?);
        Self::hook(Running::restored)
    }
}
