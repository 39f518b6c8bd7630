//! The room task: takes one command after the other from its mailbox, keeps the clock, and
//! calls the guest's hooks. Nothing else touches the room's store or its tree.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parlor_plugin::{HookError, Trap};
use parlor_protocol::close::CloseCode;
use parlor_protocol::ids::{RoomId, SessionId};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use crate::client::Departure;
use crate::core::{AutoDispose, RoomCore};
use crate::handle::{Command, RoomHandle, SeatError};
use crate::outbox::ConnectionId;
use crate::recovery::Recoveries;
use crate::replace::{NextCheckpoint, Trial};
use crate::room_type::RoomType;
use crate::running::Running;
use crate::saved::SavedRoom;
use crate::wire;
use crate::world::World;

/// Commands that are carried out before the clock is looked at again.
const COMMANDS_PER_LOOK: usize = 16;

/// A room with its code, ready to run. What it seldom has is boxed: most rooms are idle at most times, and each
/// would keep space for it.
#[derive(Debug)]
pub struct Room {
    pub(crate) room_type: Arc<RoomType>,
    pub(crate) instance: Running,
    pub(crate) mailbox: mpsc::Receiver<Box<Command>>,
    /// The code has trapped, and nobody has looked at it yet.
    pub(crate) trapped: Option<Trap>,
    /// What `on-create` was told: a MessagePack map.
    pub(crate) creation: Bytes,
    /// The version that the room has is new to it.
    pub(crate) trial: Option<Box<Trial>>,
    /// What the room goes on from after a trap.
    pub(crate) checkpoint: Option<Box<SavedRoom>>,
    pub(crate) next_checkpoint: NextCheckpoint,
    pub(crate) recoveries: Recoveries,
    /// Clients known to the checkpoint that are gone, and in whose `on-leave` the code trapped.
    pub(crate) left_with_trap: Vec<SessionId>,
    /// A room that nobody ever entered ends here.
    empty_until: Option<Instant>,
    /// The host is going down, and with it this room, at this time at the latest.
    pub(crate) shutdown: Option<Instant>,
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
    Command(Box<Command>),
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
    ) -> Result<(RoomHandle, Box<Self>), HookError> {
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
            Box::new(Self {
                room_type,
                instance,
                mailbox,
                trapped: None,
                creation: Bytes::copy_from_slice(options),
                trial: None,
                checkpoint: None,
                next_checkpoint: NextCheckpoint::None,
                recoveries: Recoveries::default(),
                left_with_trap: Vec::new(),
                empty_until,
                shutdown: None,
            }),
        ))
    }

    /// Runs the room until it ends. Others must be able to find it by its id by now.
    ///
    /// Takes the room boxed: a future has space for what it was given and for what it moved that to, and a
    /// task that awaits it for one more.
    pub async fn run(mut self: Box<Self>) -> End {
        self.core().registered();
        // What is rare is boxed, so that a room that runs does not keep space for it.
        let stop = loop {
            match self.run_hooks_until_stop().await {
                Stop::Crash(trap) => {
                    if let Err(trap) = Box::pin(self.come_back(trap)).await {
                        break Stop::Crash(trap);
                    }
                }
                stop => break stop,
            }
        };
        Box::pin(self.end(stop)).await
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
                if self.mailbox.is_empty() {
                    // The first of several, perhaps: whose sockets have something to say by now say it, and the room
                    // takes all of it at once instead of waking up for each.
                    yield_now().await;
                }
                if let Some(stop) = self.carry_out(*command).await {
                    return stop;
                }
                for _ in 1..COMMANDS_PER_LOOK {
                    let Ok(command) = self.mailbox.try_recv() else {
                        break;
                    };
                    if let Some(stop) = self.carry_out(*command).await {
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
            // Who no longer waits for a seat will not take it either.
            Command::Reserve(_, reply) if reply.is_closed() => {}
            Command::Reserve(seats, reply) => {
                let core = self.core();
                let answer = core.reserve(seats, Instant::now());
                core.publish_occupancy();
                if answer.is_ok() {
                    self.empty_until = None;
                }
                let _ = reply.send(answer);
            }
            Command::FindHeldSeat(token, reply) => {
                let core = self.core();
                let found = core.clients.iter().find(|(_, client)| client.accepts(&token));
                let _ = reply.send(
                    found
                        .map(|(session, _)| session.clone())
                        .ok_or(SeatError::UnknownToken),
                );
            }
            Command::Message(message, reply) => self.take_room_message(message, reply).await,
            Command::Published { channel, payload } => self.take_published(&channel, &payload).await,
            Command::Replace(next, reply) => {
                let outcome = Box::pin(self.replace(next)).await;
                // Who asked may have gone.
                let _ = reply.send(outcome);
            }
            Command::Connect(arrival) => self.arrive(arrival).await,
            Command::Frame {
                session,
                connection,
                frame,
            } => {
                if self.is_current(&session, connection) {
                    self.receive(session, frame).await;
                }
            }
            Command::Expel {
                session,
                connection,
                close,
            } => {
                if self.is_current(&session, connection) {
                    self.depart(Departure { session, close }).await;
                }
            }
            Command::Closed {
                session,
                connection,
                code,
            } => {
                if self.is_current(&session, connection) {
                    self.lose_connection(session, code).await;
                }
            }
            Command::Shutdown { grace } => self.shut_down(grace).await,
        }
        self.carry_out_wishes().await
    }

    /// Whether that is the connection that the client has now.
    fn is_current(&mut self, session: &SessionId, connection: ConnectionId) -> bool {
        let client = self.core().clients.get(session);
        client.is_some_and(|client| client.is_on(connection))
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
            if wishes.checkpoint.is_some() {
                Box::pin(self.make_checkpoint()).await;
            }
            if wishes.patch.is_some() {
                self.patch(Instant::now()).await;
            }
            for (session, close) in wishes.departures {
                self.depart(Departure { session, close }).await;
            }
            if let Some(code) = wishes.disconnect.filter(|_| self.trapped.is_none()) {
                return Some(Stop::Disconnect(code));
            }
        }
        let (stopping, waited_for) = (self.shutdown.is_some(), self.empty_until.is_some());
        let core = self.core();
        core.publish_occupancy();
        core.announce();
        let may_end = stopping || (core.auto_dispose == AutoDispose::On && !waited_for);
        (may_end && core.occupancy() == 0).then_some(Stop::Empty)
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
        let mut ticked = false;
        while let Some(delta) = self.core().ticks.as_mut().and_then(|ticks| ticks.take_due(now)) {
            ticked = true;
            let result = self.instance.on_tick(delta).await;
            self.settle("on-tick", result);
            if let Some(stop) = self.carry_out_wishes().await {
                return Some(stop);
            }
        }
        let head_start = if ticked {
            self.core().patches.head_start()
        } else {
            Duration::ZERO
        };
        if self.patch_due(now).is_some_and(|due| due <= now + head_start) {
            self.patch(now).await;
        }
        // Code that has trapped in this patch cannot be saved any more.
        if self.trapped.is_none() && self.next_checkpoint.is_due(now) {
            Box::pin(self.make_checkpoint()).await;
        }
        self.core().end_holds(now);
        if self.core().seats.next_due().is_some_and(|due| due <= now) {
            self.core().seats.expire(now);
        }
        if self.empty_until.is_some_and(|until| until <= now) {
            self.empty_until = None;
        }
        if self.shutdown.is_some_and(|end| end <= now) {
            self.core().wishes.disconnect.get_or_insert(CloseCode::SHUTDOWN);
        }
        self.carry_out_wishes().await
    }

    /// When the room has to act even if nobody sends it anything.
    fn next_due(&mut self, now: Instant) -> Option<Instant> {
        let patch = self.patch_due(now);
        let (empty_until, shutdown) = (self.empty_until, self.shutdown);
        let checkpoint = self.next_checkpoint.due();
        let core = self.core();
        let ticks = core.ticks.as_ref().map(crate::clock::Ticks::next_due);
        [
            ticks,
            core.timers.next_due(),
            core.seats.next_due(),
            core.holds_due(),
            patch,
            empty_until,
            shutdown,
            checkpoint,
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

    /// The room, apart from its code.
    pub(crate) fn core(&mut self) -> &mut RoomCore {
        self.instance.context_mut()
    }

    pub(crate) fn log_trap(&mut self, trap: &Trap, outcome: &str) {
        let core = self.core();
        tracing::error!(
            target: "room", room = %core.id(), room_type = %core.name(),
            hook = trap.hook, kind = %trap.kind, backtrace = trap.backtrace.as_str(),
            "{outcome}: {}", trap.message
        );
    }

    /// Tells refusals from accidents, logs faults, and keeps a trap for [`Self::carry_out_wishes`].
    pub(crate) fn settle<T>(&mut self, hook: &str, result: Result<T, HookError>) -> Settled<T> {
        self.note_hook();
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
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
