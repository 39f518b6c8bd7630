//! What a room can do.

use crate::bindings::parlor::room::{clients as wit_clients, clock, room as wit_room};
use crate::client::{Client, SessionId};
use crate::data::{Document, IntoPayload};
use crate::matchmaking::{IdError, Matchmaking};
use crate::message::MessageType;
use crate::outgoing::{Broadcast, Send};
use crate::presence::Presence;
use crate::room::Room;
use crate::rooms::{RoomError, Rooms};
use crate::state::{Look, ViewChange, Visible};
use crate::timer::TimerHandle;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use serde::Serialize;
use std::cell::RefCell;
use std::marker::PhantomData;

/// What a room can do, handed to each hook. Nothing here waits but what is asked of [other rooms](Context::rooms);
/// settings take effect when the hook returns.
///
/// Where a client is asked for, a [`Client`] or a [`SessionId`] will do. What is done to a client
/// who is not in the room (any more) is silently not done.
pub struct Context<R: Room> {
    clients: IndexMap<SessionId, Client<R::ClientData>, FxBuildHasher>,
    is_request: bool,
    /// What is to be shown and hidden when the host has been told of the hook's changes.
    looks: RefCell<Vec<Look>>,
    room: PhantomData<fn() -> R>,
}

impl<R: Room> Context<R> {
    pub(crate) fn new() -> Self {
        Self {
            clients: IndexMap::default(),
            is_request: false,
            looks: RefCell::default(),
            room: PhantomData,
        }
    }

    pub(crate) fn admit(&mut self, client: Client<R::ClientData>) {
        self.clients.insert(client.session().clone(), client);
    }

    pub(crate) fn note_request(&mut self, is_request: bool) {
        self.is_request = is_request;
    }

    pub(crate) fn forget(&mut self, session: &str) {
        self.clients.shift_remove(session);
    }

    /// What was to be shown and hidden since the last call.
    pub(crate) fn take_looks(&self) -> Vec<Look> {
        self.looks.take()
    }

    /// The client, also if it is already gone.
    pub(crate) fn client_or_stranger(&self, session: String) -> Client<R::ClientData> {
        match self.clients.get(session.as_str()) {
            Some(client) => client.clone(),
            None => Client::new(session.into(), None, R::ClientData::default()),
        }
    }

    /// The room's id.
    pub fn id(&self) -> String {
        wit_room::id()
    }

    /// Gives the room an id of its own choice, at once: a code that players can read out, say. Only in `create`.
    ///
    /// # Errors
    /// Another room has it, it is none, or `create` is over.
    pub fn set_id(&self, id: &str) -> Result<(), IdError> {
        wit_room::set_id(id).map_err(IdError::from)
    }

    /// The name of the room type, by which clients ask for it.
    pub fn name(&self) -> String {
        wit_room::name()
    }

    /// The clients in the room, in the order in which they came. Those whose connection was lost
    /// and whose seat is held are among them; in `on_leave` the one who leaves is not.
    pub fn clients(&self) -> impl ExactSizeIterator<Item = &Client<R::ClientData>> + DoubleEndedIterator {
        self.clients.values()
    }

    /// The client of this session, if it is in the room.
    pub fn client(&self, session: impl AsRef<str>) -> Option<&Client<R::ClientData>> {
        self.clients.get(session.as_ref())
    }

    /// In `on_message` and `on_room_message`: whether the sender waits for what the hook returns. Most rooms need not ask: what
    /// answers a plain message is dropped.
    pub fn is_request(&self) -> bool {
        self.is_request
    }

    /// Sends a message to one client, when the statement ends. A client who is still joining gets
    /// it after its first snapshot; one whose connection is lost gets nothing.
    ///
    /// ```no_run
    /// # use parlor_sdk::prelude::*;
    /// # fn hook<R: Room>(ctx: &Context<R>, client: &Client) {
    /// ctx.send(client, "welcome", "Nice to see you");
    /// ctx.send(client, "scores", vec![3, 2, 1]).after_next_patch();
    /// # }
    /// ```
    pub fn send(&self, to: impl AsRef<str>, kind: impl Into<MessageType>, payload: impl IntoPayload) -> Send {
        Send::new(to.as_ref().to_owned(), kind.into(), payload.into_payload())
    }

    /// Sends a message to everyone in the room, when the statement ends.
    ///
    /// ```no_run
    /// # use parlor_sdk::prelude::*;
    /// # fn hook<R: Room>(ctx: &Context<R>, client: &Client) {
    /// ctx.broadcast("chat", "Hello!");
    /// ctx.broadcast("cursor", (3, 4)).to_group("red").except(client).volatile();
    /// # }
    /// ```
    pub fn broadcast(&self, kind: impl Into<MessageType>, payload: impl IntoPayload) -> Broadcast {
        Broadcast::new(kind.into(), payload.into_payload())
    }

    /// Sends an error frame: the client's `onError` is called, the connection stays.
    pub fn error(&self, to: impl AsRef<str>, code: u16, message: &str) {
        let _ = wit_clients::error(to.as_ref(), code, message);
    }

    /// Closes the client's connection after what is queued has been written, and gives its seat
    /// up; `on_leave` follows as a hook of its own. Codes 1000, 1011 and 3000–4999. 4000 is the usual
    /// one; with 1000 to 1015 and 4010 some clients come back by themselves.
    pub fn kick(&self, who: impl AsRef<str>, close_code: u16, reason: &str) {
        let _ = wit_clients::leave(who.as_ref(), close_code, reason);
    }

    /// Ends the wait that `on_drop` began; `on_leave` follows as a hook of its own.
    pub fn release_seat(&self, who: impl AsRef<str>) {
        let _ = wit_clients::release_seat(who.as_ref());
    }

    /// Puts a client into a group: a team, a channel, the spectators. Groups need not be made
    /// before and vanish when empty; at most 64 per client.
    pub fn join_group(&self, who: impl AsRef<str>, group: &str) {
        let _ = wit_clients::join_group(who.as_ref(), group);
    }

    /// Takes a client out of a group.
    pub fn leave_group(&self, who: impl AsRef<str>, group: &str) {
        let _ = wit_clients::leave_group(who.as_ref(), group);
    }

    /// Shows a client this instance and its `#[state(view)]` fields, from the next patch on and across a
    /// reconnection. Where a `#[state(view)]` field holds structs, the client sees it with those that are
    /// shown to it.
    ///
    /// It may be put into the state later in the same hook. What stands nowhere in the state when the hook
    /// ends is not shown, and what leaves the state is forgotten.
    ///
    /// ```no_run
    /// # use parlor_sdk::prelude::*;
    /// #[derive(State, Default)]
    /// struct Player {
    ///     #[state(id)]
    ///     id: InstanceId,
    ///     name: String,
    ///     #[state(view)]
    ///     secret: String,
    /// }
    ///
    /// # fn hook<R: Room>(ctx: &Context<R>, client: &Client, players: &Map<Player>) {
    /// ctx.show(client, &players[client]);
    /// # }
    /// ```
    pub fn show(&self, to: impl AsRef<str>, instance: &impl Visible) {
        self.look(to.as_ref(), instance, None, ViewChange::Show);
    }

    /// The same with its `#[state(view = …)]` fields of this tag.
    pub fn show_tagged(&self, to: impl AsRef<str>, instance: &impl Visible, tag: i32) {
        self.look(to.as_ref(), instance, Some(tag), ViewChange::Show);
    }

    /// Takes back what `show` did. What is not shown stays hidden.
    pub fn hide(&self, from: impl AsRef<str>, instance: &impl Visible) {
        self.look(from.as_ref(), instance, None, ViewChange::Hide);
    }

    /// Takes back what `show_tagged` did with this tag.
    pub fn hide_tagged(&self, from: impl AsRef<str>, instance: &impl Visible, tag: i32) {
        self.look(from.as_ref(), instance, Some(tag), ViewChange::Hide);
    }

    fn look(&self, client: &str, instance: &impl Visible, tag: Option<i32>, change: ViewChange) {
        self.looks.borrow_mut().push(Look {
            client: client.to_owned(),
            finder: instance.finder(),
            tag,
            change,
        });
    }

    /// Lets no one in any more, whatever the number of clients.
    pub fn lock(&self) {
        wit_room::lock();
    }

    /// Ends a `lock`.
    pub fn unlock(&self) {
        wit_room::unlock();
    }

    /// How many clients may sit here at once, reserved seats counted; none: no limit. At the limit
    /// the room locks by itself, below it it unlocks by itself.
    pub fn set_max_clients(&self, limit: impl Into<Option<u32>>) {
        wit_room::set_max_clients(limit.into());
    }

    /// Whether the room ends when the last client has left. It does unless told otherwise.
    pub fn set_auto_dispose(&self, on: bool) {
        wit_room::set_auto_dispose(on);
    }

    /// How long a seat waits for its client's connection, in milliseconds; 15 000 unless told otherwise.
    pub fn set_seat_reservation_time(&self, milliseconds: u32) {
        wit_room::set_seat_reservation_time(milliseconds);
    }

    /// What is shown in room listings and open to filters: a struct or a map. Replaces what was there.
    pub fn set_metadata(&self, metadata: impl Serialize) {
        wit_room::set_metadata(&Document::of(&metadata).into_wit());
    }

    /// Adds to the metadata, member by member; a member that is `None` is taken out.
    pub fn merge_metadata(&self, metadata: impl Serialize) {
        wit_room::merge_metadata(&Document::of(&metadata).into_wit());
    }

    /// Several settings of matchmaking in one step: who lists rooms sees all of them change at once.
    pub fn set_matchmaking(&self, changes: Matchmaking) {
        changes.apply();
    }

    /// A private room is found by its id only.
    pub fn set_private(&self, on: bool) {
        wit_room::set_private(on);
    }

    /// An unlisted room is left out of listings, but still found by matchmaking.
    pub fn set_unlisted(&self, on: bool) {
        wit_room::set_unlisted(on);
    }

    /// Milliseconds between two patches of the state; 50 unless told otherwise, at least 1. None:
    /// only `broadcast_patch` sends them.
    pub fn set_patch_interval(&self, milliseconds: impl Into<Option<u32>>) {
        wit_room::set_patch_interval(milliseconds.into());
    }

    /// Sends what has changed so far to everyone, as soon as this hook returns.
    pub fn broadcast_patch(&self) {
        wit_room::broadcast_patch();
    }

    /// Has the room written down as soon as this hook has returned, without waiting for the next checkpoint: a panic from then
    /// on takes it back no further. For what must not be lost: a purchase, the end of a round. Costs as much as saving the
    /// room.
    pub fn checkpoint(&self) {
        wit_room::checkpoint();
    }

    /// Closes every connection with this code and ends the room, after the hook. 4000 is the usual code.
    pub fn disconnect(&self, close_code: u16) {
        wit_room::disconnect(close_code);
    }

    /// Calls `on_tick` this often, in milliseconds from 1 to 60 000; none stops it.
    pub fn set_tick_interval(&self, milliseconds: impl Into<Option<f64>>) {
        clock::set_tick_interval(milliseconds.into());
    }

    /// The same for a simulation that needs equal steps: `delta` is always the interval. A room that is late gets at most
    /// 5 steps in a row, and runs slower for a while. Replaces what `set_tick_interval` set, and the other way round.
    pub fn set_fixed_step(&self, milliseconds: impl Into<Option<f64>>) {
        clock::set_fixed_step(milliseconds.into());
    }

    /// The other rooms of this host.
    pub fn rooms(&self) -> Rooms {
        Rooms::new()
    }

    /// Sends a client on to another room: reserves a seat there, with what `authenticate` said of it here, and sends
    /// it the reservation as a message of type `seat`, for `consumeSeatReservation`. The client stays here until it leaves.
    ///
    /// # Errors
    /// See [`RoomError`].
    pub fn send_on(
        &self,
        who: impl AsRef<str>,
        room: &str,
        options: impl Serialize,
    ) -> Result<(), RoomError> {
        crate::rooms::send_on(who.as_ref(), room, &options)
    }

    /// Calls `on_timer` with this value once, after so many milliseconds.
    pub fn after(&self, milliseconds: u32, timer: R::Timer) -> TimerHandle {
        TimerHandle::after(milliseconds, &timer)
    }

    /// Calls `on_timer` with this value again and again. The beat is kept: a call that was late does
    /// not move the next.
    pub fn every(&self, milliseconds: u32, timer: R::Timer) -> TimerHandle {
        TimerHandle::every(milliseconds, &timer)
    }

    /// What this room shares with others: channels, and values under keys.
    pub fn presence(&self) -> Presence {
        Presence::new()
    }

    /// Milliseconds since the room was created. Never goes back.
    pub fn elapsed(&self) -> f64 {
        clock::elapsed()
    }

    /// Milliseconds since 1970, for showing to people: it may jump.
    pub fn wall_time(&self) -> f64 {
        clock::wall_time()
    }
}
