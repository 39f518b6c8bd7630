//! The room task: takes one command after the other from its mailbox, keeps the clock, and
//! calls the guest's hooks. Nothing else touches the room's store or its tree.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use parlor_plugin::{HookError, Trap};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::server;
use parlor_protocol::ids::RoomId;
use parlor_protocol::matchmake::MatchmakeError;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::sleep_until;

use crate::client::Departure;
use crate::core::{AutoDispose, RoomCore};
use crate::handle::{Command, RoomHandle, SeatError};
use crate::room_type::RoomType;
use crate::running::Running;
use crate::wire;
use crate::world::World;

/// Commands that are carried out before the clock is looked at again.
const COMMANDS_PER_LOOK: usize = 16;

/// A room with its code, ready to run.
#[derive(Debug)]
pub struct Room {
    pub(crate) room_type: Arc<RoomType>,
    pub(crate) instance: Running,
    mailbox: mpsc::Receiver<Command>,
    /// The code has trapped, and nobody has looked at it yet.
    trapped: Option<Trap>,
    /// A room that nobody ever entered ends here.
    empty_until: Option<Instant>,
}

/// How a room came to its end.
#[derive(Debug)]
pub enum End {
    /// It disposed itself, or was empty.
    Disposed,
    /// Its code trapped.
    Crashed(Trap),
}

/// Why the running of a room stops.
#[derive(Debug)]
pub(crate) enum Stop {
    Disconnect(CloseCode),
    Empty,
    Crash(Trap),
}

/// What a room that waited goes on with.
#[derive(Debug)]
enum Next {
    Command(Command),
    /// Of its code, if that is built in.
    Event,
    /// What the clock says.
    Due,
}

/// How a hook ended, to who called it.
#[derive(Debug)]
pub(crate) enum Settled<T> {
    Done(T),
    /// The room's own "no".
    Refused(parlor_plugin::Refusal),
    /// Something in the room's code went wrong. It is logged already, or was a trap, which ends the room as
    /// soon as the running command is done: who waits for it is told the same.
    Faulted,
}

impl Room {
    /// Instantiates the type's code and calls `on-create`. `options` is a MessagePack map: the
    /// client's with the operator's laid over it. By `creation_fields` matchmaking will find
    /// the room.
    ///
    /// # Errors
    /// `on-create` refused, or trapped: then the room was never there.
    pub async fn create(
        room_type: Arc<RoomType>,
        id: RoomId,
        options: &[u8],
        creation_fields: Map<String, Value>,
        world: Arc<dyn World>,
    ) -> Result<(RoomHandle, Self), HookError> {
        let (core, mailbox) = RoomCore::new(&room_type, id, creation_fields, world);
        let mut instance = room_type.code.instantiate(core).await?;
        instance
            .on_create(wire::document(options, room_type.definition.encoding))
            .await?;
        let core = instance.context_mut();
        core.begin_running();
        core.publish_occupancy();
        let handle = core.handle().clone();
        let empty_until = Some(Instant::now() + core.seat_reservation);
        Ok((
            handle,
            Self {
                room_type,
                instance,
                mailbox,
                trapped: None,
                empty_until,
            },
        ))
    }

    /// Runs the room until it ends. Others must be able to find it by its id by now.
    pub async fn run(mut self) -> End {
        self.core().registered();
        let stop = self.run_hooks_until_stop().await;
        self.end(stop).await
    }

    async fn run_hooks_until_stop(&mut self) -> Stop {
        // What on-create asked for.
        if let Some(stop) = self.carry_out_wishes().await {
            return stop;
        }
        loop {
            let due = self.next_due(Instant::now());
            let next = tokio::select! {
                command = self.mailbox.recv() => command.map_or(Next::Due, Next::Command),
                () = self.instance.event() => Next::Event,
                () = until(due) => Next::Due,
            };
            if let Next::Event = next {
                let result = self.instance.on_event().await;
                self.settle("on-event", result);
                if let Some(stop) = self.carry_out_wishes().await {
                    return stop;
                }
            }
            if let Next::Command(command) = next {
                if let Some(stop) = self.carry_out(command).await {
                    return stop;
                }
                for _ in 1..COMMANDS_PER_LOOK {
                    let Ok(command) = self.mailbox.try_recv() else {
                        break;
                    };
                    if let Some(stop) = self.carry_out(command).await {
                        return stop;
                    }
                }
            }
            if let Some(stop) = self.run_due(Instant::now()).await {
                return stop;
            }
        }
    }

    async fn carry_out(&mut self, command: Command) -> Option<Stop> {
        match command {
            Command::Reserve(seat, reply) => {
                let core = self.core();
                let answer = core.admits().map(|()| {
                    let now = Instant::now();
                    let time = core.seat_reservation;
                    core.seats
                        .reserve(seat.session, seat.options, seat.auth, now, time);
                });
                if answer.is_ok() {
                    self.empty_until = None;
                }
                self.core().publish_occupancy();
                // Who no longer waits for the seat will not take it either; it expires.
                let _ = reply.send(answer);
            }
            Command::FindHeldSeat(token, reply) => {
                let core = self.core();
                let found = core.clients.iter().find(|(_, client)| client.token == token);
                let _ = reply.send(
                    found
                        .map(|(session, _)| session.clone())
                        .ok_or(SeatError::UnknownToken),
                );
            }
            Command::Message(message, reply) => self.take_room_message(message, reply).await,
            Command::Published { channel, payload } => self.take_published(&channel, &payload).await,
            Command::Connect(arrival) => self.arrive(arrival).await,
            Command::Frame {
                session,
                connection,
                frame,
            } => {
                if self
                    .core()
                    .clients
                    .get(&session)
                    .is_some_and(|client| client.is_on(connection))
                {
                    self.receive(session, frame).await;
                }
            }
            Command::Closed {
                session,
                connection,
                code,
            } => {
                if self
                    .core()
                    .clients
                    .get(&session)
                    .is_some_and(|client| client.is_on(connection))
                {
                    self.lose_connection(session, code).await;
                }
            }
        }
        self.carry_out_wishes().await
    }

    /// Does what hooks asked for meanwhile. Hooks that are called here may ask for more.
    async fn carry_out_wishes(&mut self) -> Option<Stop> {
        loop {
            if let Some(trap) = self.trapped.take() {
                return Some(Stop::Crash(trap));
            }
            let wishes = std::mem::take(&mut self.core().wishes);
            if wishes.is_empty() {
                break;
            }
            if wishes.patch.is_some() {
                self.patch(Instant::now()).await;
            }
            for departure in wishes.departures {
                self.depart(departure).await;
            }
            if let Some(code) = wishes.disconnect.filter(|_| self.trapped.is_none()) {
                return Some(Stop::Disconnect(code));
            }
        }
        let core = self.core();
        core.publish_occupancy();
        core.announce();
        let empty = core.occupancy() == 0 && core.auto_dispose == AutoDispose::On;
        (empty && self.empty_until.is_none()).then_some(Stop::Empty)
    }

    /// Runs everything that is due at `now`.
    async fn run_due(&mut self, now: Instant) -> Option<Stop> {
        while let Some(due) = self.core().timers.take_due(now) {
            let result = self.instance.on_timer(&due.tag, due.payload).await;
            self.settle("on-timer", result);
            if let Some(stop) = self.carry_out_wishes().await {
                return Some(stop);
            }
        }
        while let Some(delta) = self.core().ticks.as_mut().and_then(|ticks| ticks.take_due(now)) {
            let result = self.instance.on_tick(delta).await;
            self.settle("on-tick", result);
            if let Some(stop) = self.carry_out_wishes().await {
                return Some(stop);
            }
        }
        if self.patch_due(now).is_some_and(|due| due <= now) {
            self.patch(now).await;
        }
        self.end_holds(now);
        if self.core().seats.next_due().is_some_and(|due| due <= now) {
            self.core().seats.expire(now);
        }
        if self.empty_until.is_some_and(|until| until <= now) {
            self.empty_until = None;
        }
        self.carry_out_wishes().await
    }

    /// When the room has to act even if nobody sends it anything.
    fn next_due(&mut self, now: Instant) -> Option<Instant> {
        let patch = self.patch_due(now);
        let empty_until = self.empty_until;
        let core = self.core();
        let ticks = core.ticks.as_ref().map(crate::clock::Ticks::next_due);
        [
            ticks,
            core.timers.next_due(),
            core.seats.next_due(),
            core.holds_due(),
            patch,
            empty_until,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn patch_due(&mut self, now: Instant) -> Option<Instant> {
        let before_patch = self.room_type.definition.optional_hooks.before_patch;
        let core = self.core();
        let wanted = core.wants_patch() || (before_patch && !core.clients.is_empty());
        if wanted { core.patches.next_due(now) } else { None }
    }

    async fn patch(&mut self, now: Instant) {
        if self.room_type.definition.optional_hooks.before_patch {
            let result = self.instance.on_before_patch().await;
            self.settle("on-before-patch", result);
            // It is about to be sent.
            self.core().wishes.patch = None;
        }
        if self.trapped.is_none() {
            self.core().send_patches(now);
        }
    }

    /// Clients whose held seat has run out depart.
    fn end_holds(&mut self, now: Instant) {
        if self.core().holds_due().is_some_and(|due| due <= now) {
            let core = self.core();
            let ended = core.take_ended_holds(now);
            core.wishes.departures.extend(ended);
        }
    }

    /// Calls `on-leave` for a client and takes it out of the room.
    pub(crate) async fn depart(&mut self, departure: Departure) {
        let Departure { session, code } = departure;
        let Some(outbox) = self.core().begin_leaving(&session) else {
            return;
        };
        let result = self.instance.on_leave(session.as_str(), code.0).await;
        self.settle("on-leave", result);
        self.core().clients.shift_remove(&session);
        if let Some(outbox) = outbox {
            outbox.close(code, "");
        }
    }

    async fn end(mut self, stop: Stop) -> End {
        self.mailbox.close();
        match stop {
            Stop::Crash(trap) => self.trapped = Some(trap),
            Stop::Disconnect(code) => self.disconnect_all(code).await,
            Stop::Empty => self.dispose().await,
        }
        let trapped = self.trapped.take();
        if let Some(trap) = &trapped {
            let core = self.core();
            tracing::error!(
                target: "room", room = %core.id(), room_type = %core.name(),
                hook = trap.hook, kind = %trap.kind, backtrace = trap.backtrace.as_str(),
                "the room has ended: {}", trap.message
            );
            for client in self.core().clients.values() {
                if let Some(outbox) = client.outbox() {
                    outbox.close(CloseCode::ROOM_FAILED, "the room has failed");
                }
            }
        }
        while let Some(command) = self.mailbox.recv().await {
            refuse_after_end(command);
        }
        trapped.map_or(End::Disposed, End::Crashed)
    }

    async fn disconnect_all(&mut self, code: CloseCode) {
        for client in self.core().clients.values() {
            if let Some(outbox) = client.outbox() {
                outbox.close(code, "");
            }
        }
        while let Some(session) = self.core().clients.keys().next().cloned() {
            self.depart(Departure { session, code }).await;
        }
        self.dispose().await;
    }

    async fn dispose(&mut self) {
        let result = self.instance.on_dispose().await;
        self.settle("on-dispose", result);
    }

    /// The room, apart from its code.
    pub(crate) fn core(&mut self) -> &mut RoomCore {
        self.instance.context_mut()
    }

    /// Tells refusals from accidents, logs faults, and keeps a trap for [`Self::carry_out_wishes`].
    pub(crate) fn settle<T>(&mut self, hook: &str, result: Result<T, HookError>) -> Settled<T> {
        match result {
            Ok(value) => Settled::Done(value),
            Err(HookError::Trap(trap)) => {
                // Hooks that are called after it, until the command is done, only tell of it again.
                self.trapped.get_or_insert(trap);
                Settled::Faulted
            }
            Err(HookError::Refusal(refusal)) => Settled::Refused(refusal),
            Err(HookError::Fault(fault)) => {
                let core = self.core();
                tracing::error!(target: "room", room = %core.id(), room_type = %core.name(), hook, "fault: {fault}");
                Settled::Faulted
            }
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

/// Answers what came too late.
fn refuse_after_end(command: Command) {
    match command {
        Command::Reserve(_, reply) => drop(reply.send(Err(SeatError::Disposed))),
        Command::FindHeldSeat(_, reply) => drop(reply.send(Err(SeatError::Disposed))),
        Command::Connect(arrival) => refuse(&arrival),
        // Dropping its end tells the other room.
        Command::Message(_, reply) => drop(reply),
        Command::Frame { .. } | Command::Closed { .. } | Command::Published { .. } => {}
    }
}

/// Turns a connection away that has no seat here (§2 of the protocol notes).
pub(crate) fn refuse(arrival: &crate::handle::Arrival) {
    let error = MatchmakeError::SeatExpired;
    let code = match arrival.token {
        Some(_) => CloseCode::FAILED_TO_RECONNECT,
        None => CloseCode::WITH_ERROR,
    };
    refuse_with(arrival, server::error(error.code(), &error.to_string()), code);
}

pub(crate) fn refuse_with(arrival: &crate::handle::Arrival, frame: Bytes, code: CloseCode) {
    // A fresh queue has space for it.
    let _ = arrival.outbox.push_message(frame);
    arrival.outbox.close(code, "");
}
