//! The trait that a room implements.

use crate::client::Client;
use crate::context::Context;
use crate::data::Document;
use crate::message::Message;
use crate::refusal::{Admission, Outcome, Refusal, Reply, Seat, SeatOutcome};
use crate::rooms::RoomSender;
use crate::state::tracking::RoomState;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A room: one value per running room, whose methods are the hooks that the host calls, one at a
/// time. Every hook may be left out; without [`create`](Room::create) a room begins as its `Default`.
///
/// Put [`#[room]`](macro@crate::room) over the `impl`. It fills in the associated types: those
/// of options, messages, timers, what is published and clients' data are taken from the methods' arguments, the rest is
/// `()`. Only `type State` has to be written, and then the room has a field `state` of that type.
///
/// A hook that returns nothing may also return a `Result`. What a hook changed in the state before
/// it returned an error stays changed.
///
/// A panic takes the room back to its last checkpoint, or, if it happens too often, ends it and disconnects its clients;
/// its message is found in the room's log.
/// What an older version saved becomes a room of this one by serde's own means where they do: a field with
/// `#[serde(default)]` may be missing, `#[serde(alias = "…")]` reads one that was renamed, and a field that is gone is passed
/// over. For more there is [`migrate`](Room::migrate).
///
/// A room that cannot be saved does not compile:
///
/// ```compile_fail
/// use parlor_sdk::prelude::*;
///
/// #[derive(Default)]
/// struct Forgetful {
///     rounds: u32,
/// }
///
/// #[room]
/// impl Room for Forgetful {}
/// ```
pub trait Room: Saveable + Sized + 'static {
    /// The synchronised state.
    type State: RoomState;
    /// What `create` is told: the options of the client who created the room, with the operator's
    /// laid over them.
    type Options: DeserializeOwned;
    /// What `on_join` is told: the client's own options.
    type JoinOptions: DeserializeOwned;
    /// What the room remembers of each client: see [`Client`].
    type ClientData: Default + Serialize + DeserializeOwned + 'static;
    /// What clients may send.
    type Message: Message;
    /// What other rooms may send.
    type RoomMessage: Message;
    /// What timers bring back: an enum with a variant for each kind.
    type Timer: Serialize + DeserializeOwned;
    /// What comes through the channels to which the room has subscribed. [`Document`] takes everything.
    type Published: DeserializeOwned;
    /// What older versions saved that this one cannot read as it is.
    type Older: DeserializeOwned;

    /// A room begins. After a refusal it was never there.
    ///
    /// # Errors
    /// A refusal, which the client gets who asked for the room.
    fn create(ctx: &Context<Self>, options: Self::Options) -> Result<Self, Refusal>;

    /// Decides whether a client may ask for a seat, before a room is found or created. Runs apart
    /// from every room: no context, and of the SDK's functions only the log macros work. What it puts into
    /// statics may be there for the next client, or not. What it returns is [`Client::auth`] later.
    ///
    /// # Errors
    /// A refusal, which the client gets; see [`Refusal::not_allowed`].
    fn authenticate(_request: JoinRequest) -> Result<impl Serialize, Refusal> {
        Ok(())
    }

    /// A client takes its seat. What is sent to it waits until it has the state. A refusal frees
    /// the seat; `on_leave` is not called then.
    fn on_join(
        &mut self,
        _ctx: &Context<Self>,
        _client: &Client<Self::ClientData>,
        _options: Self::JoinOptions,
    ) -> impl Admission {
    }

    /// A message has come. What is returned answers a request; a refusal reaches the sender as an error.
    /// Messages that are not a `Self::Message` are refused before they come here.
    fn on_message(
        &mut self,
        _ctx: &Context<Self>,
        _client: &Client<Self::ClientData>,
        _message: Self::Message,
    ) -> impl Reply {
    }

    /// Another room, whose type the operator lets reach this one, has sent something by [`Rooms::request`] or
    /// [`Rooms::notify`]. What is returned answers a request; a refusal reaches the other room as an error. Messages that are
    /// not a `Self::RoomMessage` are refused before they come here.
    ///
    /// [`Rooms::request`]: crate::Rooms::request
    /// [`Rooms::notify`]: crate::Rooms::notify
    fn on_room_message(
        &mut self,
        _ctx: &Context<Self>,
        _sender: &RoomSender,
        _message: Self::RoomMessage,
    ) -> impl Reply {
    }

    /// The connection was lost without consent. The client stays in the room while its seat is held.
    fn on_drop(
        &mut self,
        _ctx: &Context<Self>,
        _client: &Client<Self::ClientData>,
        _close_code: u16,
    ) -> impl SeatOutcome {
        Seat::Release
    }

    /// A client whose seat was held is back.
    fn on_reconnect(&mut self, _ctx: &Context<Self>, _client: &Client<Self::ClientData>) -> impl Outcome {}

    /// The client's seat is gone: it left (code 4000), was kicked, or did not come back. It is no
    /// longer among `ctx.clients()`.
    fn on_leave(
        &mut self,
        _ctx: &Context<Self>,
        _client: &Client<Self::ClientData>,
        _close_code: u16,
    ) -> impl Outcome {
    }

    /// One step of the loop started by [`Context::set_tick_interval`]. `delta` is the time since
    /// the last step in milliseconds.
    fn on_tick(&mut self, _ctx: &Context<Self>, _delta: f64) -> impl Outcome {}

    /// A timer is due.
    fn on_timer(&mut self, _ctx: &Context<Self>, _timer: Self::Timer) -> impl Outcome {}

    /// Something was published on a channel to which the room has subscribed (see
    /// [`Presence::subscribe`](crate::Presence::subscribe)), by another room or by itself. What is not a
    /// `Self::Published` is a line in the log and does not come here.
    fn on_published(
        &mut self,
        _ctx: &Context<Self>,
        _channel: &str,
        _message: Self::Published,
    ) -> impl Outcome {
    }

    /// The last chance to change the state before a patch goes out. Costs a call at each patch
    /// interval, and only rooms that have this hook pay for it.
    fn on_before_patch(&mut self, _ctx: &Context<Self>) -> impl Outcome {}

    /// The room goes on in another instance of its code: a new version of it, or after a trap. It has what
    /// it had when it was saved; clients stayed connected. The place to set what comes with a version.
    fn on_restore(&mut self, _ctx: &Context<Self>) -> impl Outcome {}

    /// Makes a room of what an older version saved and this one cannot read as it is. The argument's type describes that:
    /// as a rule the struct as it was then, or an `#[serde(untagged)]` enum of several. `on_restore` comes next. Clients see
    /// the instances of its state as new ones, and what was shown to single clients is to be shown again there.
    ///
    /// ```
    /// use parlor_sdk::prelude::*;
    ///
    /// #[derive(Data, Default)]
    /// struct Quiz {
    ///     seconds_left: f64,
    /// }
    ///
    /// /// Until version 1.2.
    /// #[derive(Data)]
    /// struct QuizInMinutes {
    ///     minutes_left: f64,
    /// }
    ///
    /// #[room]
    /// impl Room for Quiz {
    ///     fn migrate(older: QuizInMinutes) -> Result<Self, String> {
    ///         Ok(Self { seconds_left: 60.0 * older.minutes_left })
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// Why nothing can be made of it: the old version goes on then.
    fn migrate(_older: Self::Older) -> Result<Self, String> {
        Err("rooms of older versions are not taken over".to_owned())
    }

    /// The host is going down. The room is locked already; in `grace` milliseconds its clients are closed
    /// with 4001 and the room ends, unless it calls [`Context::disconnect`] before.
    fn on_shutdown(&mut self, _ctx: &Context<Self>, _grace: f64) -> impl Outcome {}

    /// The room is about to end; its clients are gone.
    fn on_dispose(&mut self, _ctx: &Context<Self>) -> impl Outcome {}

    /// Whether the room has `on_before_patch`. Written by `#[room]`.
    #[doc(hidden)]
    const HAS_BEFORE_PATCH: bool;

    /// Whether the room has `migrate`. Written by `#[room]`.
    #[doc(hidden)]
    const HAS_MIGRATE: bool;

    /// The version of the room's package. Written by `#[room]`.
    #[doc(hidden)]
    const VERSION: &'static str;

    /// The room's state. Written by `#[room]`.
    #[doc(hidden)]
    fn state(&self) -> &Self::State;

    /// The room's state. Written by `#[room]`.
    #[doc(hidden)]
    fn state_mut(&mut self) -> &mut Self::State;
}

/// What can be saved, and go on in another instance of its code.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be saved, so that it could not go on after a reload or a trap",
    note = "derive `Data` for the room and for what it holds; `#[serde(skip)]` leaves a field out"
)]
pub trait Saveable: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Saveable for T {}

/// Who asks for a seat, and how.
#[derive(Clone, Debug)]
pub struct JoinRequest {
    /// The name of the room type.
    pub room_type: String,
    /// The bearer token, if the client sent one.
    pub token: Option<String>,
    /// Headers of the request, with lower-case names.
    pub headers: Vec<(String, String)>,
    /// Where the request came from.
    pub remote_address: String,
    pub(crate) options: Document,
}

impl JoinRequest {
    /// The client's options.
    ///
    /// # Errors
    /// A refusal that names the field, if they are not a `T`.
    pub fn options<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        read_options(&self.options)
    }

    /// The first header of this name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Options are read at matchmaking, where refusals become HTTP statuses: 400, a bad request.
pub(crate) fn read_options<T: DeserializeOwned>(options: &Document) -> Result<T, Refusal> {
    options
        .read()
        .map_err(|error| Refusal::new(400, format!("options: {error}")))
}
