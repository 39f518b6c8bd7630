//! The imports of a room: what its guest can do, as `wit/` describes it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use parlor_plugin::{
    Audience, ClientError, ClientResult, Document, IdResult, LogLevel, MatchmakingChanges, MessageType,
    OtherRooms, Payload, Presence, RoomContext, SendOptions, StateResult, TimerId, ViewError, ViewResult,
    Violation, Waiting,
};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::server;
use parlor_protocol::ids::SessionId;
use parlor_protocol::msgpack;
use parlor_schema::{Change, Has, NodeId, PackedNumbers, Reason, StateError, StateTree, ViewId, ViewTag};
use rand::{Rng, RngCore};
use tokio::time::Instant;

use crate::client::{Client, MAX_GROUPS, Phase, Urgency};
use crate::clock::{Due, Repeat, Step, Ticks};
use crate::core::{AutoDispose, CheckpointNow, Locked, PatchNow, RoomCore, RoomPhase};
use crate::log::Allowance;
use crate::outbox::Close;
use crate::patches::Deferred;
use crate::wire;

/// Longest line of log, in bytes.
const MAX_LOG_LINE: usize = 8 * 1024;
/// Most random bytes in one call.
const MAX_RANDOM_BYTES: u32 = 65_536;
/// Borders of the tick interval, in milliseconds.
const TICK_INTERVALS: std::ops::RangeInclusive<f64> = 1.0..=60_000.0;

impl RoomContext for RoomCore {
    fn log(&mut self, level: LogLevel, message: &str) {
        match self.log.ask(Instant::now()) {
            Allowance::Write => {
                let line = message
                    .get(..message.floor_char_boundary(MAX_LOG_LINE))
                    .unwrap_or_default();
                let (room, room_type) = (self.id(), self.name());
                match level {
                    LogLevel::Debug => tracing::debug!(target: "room", %room, %room_type, "{line}"),
                    LogLevel::Info => tracing::info!(target: "room", %room, %room_type, "{line}"),
                    LogLevel::Warn => tracing::warn!(target: "room", %room, %room_type, "{line}"),
                    LogLevel::Error => tracing::error!(target: "room", %room, %room_type, "{line}"),
                }
            }
            Allowance::WriteNotice => tracing::warn!(
                target: "room", room = %self.id(), room_type = %self.name(),
                limit = self.settings.log_lines_per_second,
                "the room writes too many lines; the rest of this second's are dropped"
            ),
            Allowance::Drop => {}
        }
    }

    fn room_id(&mut self) -> Result<String, Violation> {
        Ok(self.id().to_string())
    }

    fn room_name(&mut self) -> Result<String, Violation> {
        Ok(self.name().to_string())
    }

    fn set_id(&mut self, id: String) -> Waiting<'_, IdResult> {
        Box::pin(async move { Ok(self.rename(&id).await) })
    }

    fn broadcast(
        &mut self,
        kind: MessageType,
        payload: Payload,
        audience: Audience,
        options: SendOptions,
    ) -> Result<(), Violation> {
        let frame = wire::message_frame(&kind, &payload).map_err(|error| violation("broadcast", error))?;
        let hears = |session: &SessionId, client: &Client| {
            client.hears_broadcasts()
                && (audience.groups.is_empty()
                    || audience
                        .groups
                        .iter()
                        .any(|group| client.groups.iter().any(|own| **own == **group)))
                && !audience.except.iter().any(|except| except == session.as_str())
        };
        if options.contains(SendOptions::AFTER_NEXT_PATCH) {
            let to: Vec<SessionId> = self
                .clients
                .iter()
                .filter(|(session, client)| hears(session, client))
                .map(|(session, _)| session.clone())
                .collect();
            self.defer(to, frame);
            return Ok(());
        }
        let (urgency, bound) = (urgency(options), self.settings.waiting_bytes);
        for (session, client) in &mut self.clients {
            if hears(session, client) {
                // A full queue closes its connection, and the room hears of it from there.
                let _ = client.deliver(frame.clone(), urgency, bound);
            }
        }
        Ok(())
    }

    fn set_max_clients(&mut self, limit: Option<u32>) -> Result<(), Violation> {
        self.max_clients = limit;
        Ok(())
    }

    fn set_auto_dispose(&mut self, on: bool) -> Result<(), Violation> {
        self.auto_dispose = if on { AutoDispose::On } else { AutoDispose::Off };
        Ok(())
    }

    fn set_patch_interval(&mut self, milliseconds: Option<u32>) -> Result<(), Violation> {
        self.patches.interval = milliseconds.map(|interval| Duration::from_millis(interval.max(1).into()));
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), Violation> {
        self.wishes.checkpoint = Some(CheckpointNow);
        Ok(())
    }
    fn broadcast_patch(&mut self) -> Result<(), Violation> {
        self.wishes.patch = Some(PatchNow);
        Ok(())
    }

    fn set_seat_reservation_time(&mut self, milliseconds: u32) -> Result<(), Violation> {
        self.seat_reservation = Duration::from_millis(milliseconds.into());
        Ok(())
    }

    fn set_metadata(&mut self, metadata: Document) -> Result<(), Violation> {
        let metadata = wire::object(&metadata).map_err(|error| violation("set-metadata", error))?;
        self.listing().update(|listing| listing.metadata = Some(metadata));
        Ok(())
    }

    fn merge_metadata(&mut self, metadata: Document) -> Result<(), Violation> {
        self.add_metadata(&metadata)
    }

    fn set_matchmaking(&mut self, changes: MatchmakingChanges) -> Result<(), Violation> {
        self.change_matchmaking(changes)
    }

    fn set_private(&mut self, on: bool) -> Result<(), Violation> {
        self.listing().update(|listing| listing.private = on);
        Ok(())
    }

    fn set_unlisted(&mut self, on: bool) -> Result<(), Violation> {
        self.listing().update(|listing| listing.unlisted = on);
        Ok(())
    }

    fn lock(&mut self) -> Result<(), Violation> {
        self.locked = Locked::Yes;
        Ok(())
    }

    fn unlock(&mut self) -> Result<(), Violation> {
        self.locked = Locked::No;
        Ok(())
    }

    fn disconnect(&mut self, close_code: u16) -> Result<(), Violation> {
        if self.phase == RoomPhase::Creating {
            return Err(Violation(
                "disconnect: the room is still being created; refuse in `on-create` instead".to_owned(),
            ));
        }
        self.wishes.disconnect.get_or_insert(room_close_code(close_code));
        Ok(())
    }

    fn send(
        &mut self,
        to: String,
        kind: MessageType,
        payload: Payload,
        options: SendOptions,
    ) -> ClientResult {
        let frame = wire::message_frame(&kind, &payload).map_err(|error| violation("send", error))?;
        let bound = self.settings.waiting_bytes;
        let Some((_, session, client)) = self.clients.get_full_mut(to.as_str()) else {
            return Ok(Err(ClientError::NoSuchClient));
        };
        if options.contains(SendOptions::AFTER_NEXT_PATCH) {
            let session = session.clone();
            self.defer(vec![session], frame);
            return Ok(Ok(()));
        }
        Ok(client
            .deliver(frame, urgency(options), bound)
            .map_err(|_| ClientError::QueueFull))
    }

    fn send_error(&mut self, to: String, code: u16, message: String) -> ClientResult {
        let bound = self.settings.waiting_bytes;
        let Some(client) = self.clients.get_mut(to.as_str()) else {
            return Ok(Err(ClientError::NoSuchClient));
        };
        let frame = server::error(code, &message);
        Ok(client
            .deliver(frame, Urgency::Queue, bound)
            .map_err(|_| ClientError::QueueFull))
    }

    fn leave(&mut self, who: String, close_code: u16, reason: String) -> ClientResult {
        let Some((session, _)) = self.clients.get_key_value(who.as_str()) else {
            return Ok(Err(ClientError::NoSuchClient));
        };
        let code = room_close_code(close_code);
        let departure = self.wishes.departures.entry(session.clone());
        departure.or_insert(Close { code, reason });
        Ok(Ok(()))
    }

    fn release_seat(&mut self, who: String) -> ClientResult {
        let Some((session, client)) = self.clients.get_key_value(who.as_str()) else {
            return Ok(Err(ClientError::NoSuchClient));
        };
        if let Phase::Held { code, .. } = client.phase {
            let departure = self.wishes.departures.entry(session.clone());
            departure.or_insert(Close::with(code));
        }
        Ok(Ok(()))
    }

    fn join_group(&mut self, who: String, group: String) -> ClientResult {
        let Some(client) = self.clients.get_mut(who.as_str()) else {
            return Ok(Err(ClientError::NoSuchClient));
        };
        if client.groups.iter().any(|own| **own == *group) {
            return Ok(Ok(()));
        }
        if client.groups.len() >= MAX_GROUPS {
            return Ok(Err(ClientError::TooManyGroups));
        }
        client.groups.push(group.into_boxed_str());
        Ok(Ok(()))
    }

    fn leave_group(&mut self, who: String, group: String) -> ClientResult {
        let Some(client) = self.clients.get_mut(who.as_str()) else {
            return Ok(Err(ClientError::NoSuchClient));
        };
        client.groups.retain(|own| **own != *group);
        Ok(Ok(()))
    }

    fn apply(&mut self, changes: Vec<Change>) -> StateResult {
        self.apply_with_numbers(changes, PackedNumbers::default())
    }

    fn apply_with_numbers(&mut self, changes: Vec<Change>, numbers: PackedNumbers) -> StateResult {
        Ok(self
            .state
            .as_mut()
            .ok_or_else(no_state)
            .and_then(|state| state.apply_with_numbers(changes, &numbers)))
    }

    fn replace(&mut self, whole: Document) -> StateResult {
        let Some(state) = &mut self.state else {
            return Ok(Err(no_state()));
        };
        let plain = wire::message_pack(&whole).and_then(|bytes| Ok(msgpack::to_plain(&bytes)?));
        Ok(match plain {
            Ok(plain) => state.replace(plain),
            Err(error) => Err(StateError {
                at: 0,
                reason: Reason::Unreadable {
                    problem: error.to_string(),
                },
            }),
        })
    }

    fn show(&mut self, to: String, node: NodeId, tag: ViewTag) -> ViewResult {
        Ok(self
            .viewer(&to)
            .and_then(|(state, view)| state.show(view, node, tag).map_err(view_error)))
    }

    fn hide(&mut self, to: String, node: NodeId, tag: ViewTag) -> ViewResult {
        Ok(self
            .viewer(&to)
            .and_then(|(state, view)| state.hide(view, node, tag).map_err(view_error)))
    }

    fn auth(&mut self, who: &str) -> Result<Result<Option<Document>, ClientError>, Violation> {
        Ok(match self.clients.get(who) {
            Some(client) => Ok(client.auth.clone()),
            None => Err(ClientError::NoSuchClient),
        })
    }

    fn other_rooms(&mut self) -> Result<Arc<dyn OtherRooms>, Violation> {
        Ok(self.neighbours())
    }

    fn presence(&mut self) -> Result<Arc<dyn Presence>, Violation> {
        Ok(self.shared())
    }

    fn elapsed(&mut self) -> Result<f64, Violation> {
        Ok(self.created.elapsed().as_secs_f64() * 1000.0)
    }

    fn wall_time(&mut self) -> Result<f64, Violation> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Ok(since.map_or(0.0, |since| since.as_millis() as f64))
    }

    fn set_tick_interval(&mut self, milliseconds: Option<f64>) -> Result<(), Violation> {
        let interval = tick_interval("set-tick-interval", milliseconds)?;
        self.ticks = interval.map(|interval| Ticks::new(interval, Step::Elastic, Instant::now()));
        Ok(())
    }

    fn set_fixed_step(&mut self, milliseconds: Option<f64>) -> Result<(), Violation> {
        let interval = tick_interval("set-fixed-step", milliseconds)?;
        self.ticks = interval.map(|interval| Ticks::new(interval, Step::Fixed, Instant::now()));
        Ok(())
    }

    fn set_timeout(
        &mut self,
        tag: String,
        payload: Option<Document>,
        milliseconds: u32,
    ) -> Result<TimerId, Violation> {
        self.set_timer(Due { tag, payload }, milliseconds, Repeat::Once)
    }

    fn set_interval(
        &mut self,
        tag: String,
        payload: Option<Document>,
        milliseconds: u32,
    ) -> Result<TimerId, Violation> {
        self.set_timer(Due { tag, payload }, milliseconds, Repeat::Forever)
    }

    fn clear_timer(&mut self, timer: TimerId) -> Result<(), Violation> {
        self.timers.clear(timer);
        Ok(())
    }

    fn pause_timer(&mut self, timer: TimerId) -> Result<(), Violation> {
        self.timers.pause(timer, Instant::now());
        Ok(())
    }

    fn resume_timer(&mut self, timer: TimerId) -> Result<(), Violation> {
        self.timers.resume(timer, Instant::now());
        Ok(())
    }

    fn reset_timer(&mut self, timer: TimerId) -> Result<(), Violation> {
        self.timers.reset(timer, Instant::now());
        Ok(())
    }

    fn timer_elapsed(&mut self, timer: TimerId) -> Result<Option<f64>, Violation> {
        let elapsed = self.timers.elapsed(timer, Instant::now());
        Ok(elapsed.map(|elapsed| elapsed.as_secs_f64() * 1000.0))
    }

    fn random_next(&mut self) -> Result<u64, Violation> {
        Ok(self.random().next_u64())
    }

    fn random_fraction(&mut self) -> Result<f64, Violation> {
        Ok(self.random().random())
    }

    fn random_bytes(&mut self, count: u32) -> Result<Vec<u8>, Violation> {
        if count > MAX_RANDOM_BYTES {
            return Err(Violation(format!(
                "random.bytes: {count} bytes asked for; {MAX_RANDOM_BYTES} at most"
            )));
        }
        let mut bytes = vec![0; count as usize];
        self.random().fill_bytes(&mut bytes);
        Ok(bytes)
    }
}

impl RoomCore {
    /// Keeps a message until the next patch. When more would wait than may, what waits goes out without one.
    fn defer(&mut self, to: Vec<SessionId>, frame: Bytes) {
        let deferred = Deferred { to, frame };
        if self.patches.deferred_bytes() + deferred.bytes() > self.settings.waiting_bytes {
            let waiting = self.patches.take_deferred();
            self.send_deferred(waiting);
        }
        self.patches.defer(deferred);
    }

    /// The view of a client, opened when it is first asked for.
    fn viewer(&mut self, session: &str) -> Result<(&mut StateTree, ViewId), ViewError> {
        let state = self.state.as_mut().ok_or(ViewError::NoState)?;
        let client = self.clients.get_mut(session).ok_or(ViewError::NoSuchClient)?;
        // Of others the edition that they read tells them.
        let has = if client.edition == self.edition {
            client.has_shared()
        } else {
            Has::Nothing
        };
        let view = *client.view.get_or_insert_with(|| state.open_view(has));
        Ok((state, view))
    }

    fn set_timer(&mut self, what: Due, milliseconds: u32, repeat: Repeat) -> Result<TimerId, Violation> {
        let period = Duration::from_millis(milliseconds.into());
        self.timers
            .set(what, period, repeat, Instant::now())
            .map_err(|_| {
                Violation(format!(
                    "clock: the room has {} timers already, the most it may have",
                    self.settings.max_timers
                ))
            })
    }
}

/// The time between two ticks, moved to the borders.
fn tick_interval(function: &str, milliseconds: Option<f64>) -> Result<Option<Duration>, Violation> {
    match milliseconds {
        Some(interval) if interval.is_nan() => {
            Err(Violation(format!("{function}: the interval is not a number")))
        }
        other => Ok(other.map(|interval| {
            let interval = interval.clamp(*TICK_INTERVALS.start(), *TICK_INTERVALS.end());
            Duration::from_secs_f64(interval / 1000.0)
        })),
    }
}

/// A room may close with 1000 and the ranges of libraries and applications; any other code
/// becomes 4000.
fn room_close_code(code: u16) -> CloseCode {
    let code = CloseCode(code);
    if code.is_for_rooms() {
        code
    } else {
        CloseCode::CONSENTED
    }
}

fn urgency(options: SendOptions) -> Urgency {
    if options.contains(SendOptions::VOLATILE) {
        Urgency::Volatile
    } else {
        Urgency::Queue
    }
}

fn violation(function: &str, error: impl std::fmt::Display) -> Violation {
    Violation(format!("{function}: {error}"))
}

fn view_error(error: parlor_schema::ViewError) -> ViewError {
    use parlor_schema::ViewError as Tree;
    match error {
        // A client's view is open as long as the client is here.
        Tree::NoSuchView => ViewError::NoSuchClient,
        Tree::NoSuchNode { .. } => ViewError::NoSuchNode,
        Tree::TooMuch { .. } => ViewError::TooMuch,
    }
}

fn no_state() -> StateError {
    StateError {
        at: 0,
        reason: Reason::NoState,
    }
}
