//! The context of an instance without a room: that of `define` and of `authenticate`.

use std::sync::Arc;

use parlor_schema::{Change, NodeId, PackedNumbers, ViewTag};

use crate::context::{ClientResult, IdResult, RoomContext, StateResult, ViewResult, Violation};
use crate::other_rooms::OtherRooms;
use crate::presence::Presence;
use crate::vocabulary::{
    Audience, ClientError, Document, LogLevel, MatchmakingChanges, MessageType, Payload, SendOptions, TimerId,
};
use crate::waiting::Waiting;

/// Nobody to talk to: only the log works.
pub(crate) struct Alone {
    room_type: Arc<str>,
    lines_left: u32,
}

/// Lines that one `define` or `authenticate` may write: clients decide how often the latter runs.
const LINES: u32 = 100;

impl Alone {
    pub(crate) fn new(room_type: &str) -> Self {
        Self {
            room_type: room_type.into(),
            lines_left: LINES,
        }
    }

    /// It is asked again, for a room type of this name.
    pub(crate) fn begin(&mut self, room_type: &str) {
        if *self.room_type != *room_type {
            self.room_type = room_type.into();
        }
        self.lines_left = LINES;
    }
}

fn no_room<T>(import: &str) -> Result<T, Violation> {
    Err(Violation(format!(
        "`{import}` was called where there is no room: in `define` or `authenticate`, or in what runs before \
         them while the component starts; only `log.write` works there"
    )))
}

impl RoomContext for Alone {
    fn log(&mut self, level: LogLevel, message: &str) {
        let room_type = &*self.room_type;
        match self.lines_left.checked_sub(1) {
            Some(left) => self.lines_left = left,
            None => return,
        }
        if self.lines_left == 0 {
            tracing::warn!(target: "parlor::guest", room_type, "wrote {LINES} lines; the next ones are dropped");
        }
        match level {
            LogLevel::Debug => tracing::debug!(target: "parlor::guest", room_type, "{message}"),
            LogLevel::Info => tracing::info!(target: "parlor::guest", room_type, "{message}"),
            LogLevel::Warn => tracing::warn!(target: "parlor::guest", room_type, "{message}"),
            LogLevel::Error => tracing::error!(target: "parlor::guest", room_type, "{message}"),
        }
    }

    fn room_id(&mut self) -> Result<String, Violation> {
        no_room("room.id")
    }

    fn room_name(&mut self) -> Result<String, Violation> {
        no_room("room.name")
    }

    fn set_id(&mut self, _: String) -> Waiting<'_, IdResult> {
        Box::pin(async { no_room("room.set-id") })
    }

    fn broadcast(
        &mut self,
        _: MessageType,
        _: Payload,
        _: Audience,
        _: SendOptions,
    ) -> Result<(), Violation> {
        no_room("room.broadcast")
    }

    fn set_max_clients(&mut self, _: Option<u32>) -> Result<(), Violation> {
        no_room("room.set-max-clients")
    }

    fn set_auto_dispose(&mut self, _: bool) -> Result<(), Violation> {
        no_room("room.set-auto-dispose")
    }

    fn set_patch_interval(&mut self, _: Option<u32>) -> Result<(), Violation> {
        no_room("room.set-patch-interval")
    }

    fn broadcast_patch(&mut self) -> Result<(), Violation> {
        no_room("room.broadcast-patch")
    }
    fn checkpoint(&mut self) -> Result<(), Violation> {
        no_room("room.checkpoint")
    }

    fn set_seat_reservation_time(&mut self, _: u32) -> Result<(), Violation> {
        no_room("room.set-seat-reservation-time")
    }

    fn set_metadata(&mut self, _: Document) -> Result<(), Violation> {
        no_room("room.set-metadata")
    }

    fn merge_metadata(&mut self, _: Document) -> Result<(), Violation> {
        no_room("room.merge-metadata")
    }

    fn set_matchmaking(&mut self, _: MatchmakingChanges) -> Result<(), Violation> {
        no_room("room.set-matchmaking")
    }

    fn set_private(&mut self, _: bool) -> Result<(), Violation> {
        no_room("room.set-private")
    }

    fn set_unlisted(&mut self, _: bool) -> Result<(), Violation> {
        no_room("room.set-unlisted")
    }

    fn lock(&mut self) -> Result<(), Violation> {
        no_room("room.lock")
    }

    fn unlock(&mut self) -> Result<(), Violation> {
        no_room("room.unlock")
    }

    fn disconnect(&mut self, _: u16) -> Result<(), Violation> {
        no_room("room.disconnect")
    }

    fn send(&mut self, _: String, _: MessageType, _: Payload, _: SendOptions) -> ClientResult {
        no_room("clients.send")
    }

    fn send_error(&mut self, _: String, _: u16, _: String) -> ClientResult {
        no_room("clients.error")
    }

    fn leave(&mut self, _: String, _: u16, _: String) -> ClientResult {
        no_room("clients.leave")
    }

    fn release_seat(&mut self, _: String) -> ClientResult {
        no_room("clients.release-seat")
    }

    fn join_group(&mut self, _: String, _: String) -> ClientResult {
        no_room("clients.join-group")
    }

    fn leave_group(&mut self, _: String, _: String) -> ClientResult {
        no_room("clients.leave-group")
    }

    fn apply(&mut self, _: Vec<Change>) -> StateResult {
        no_room("state.apply")
    }

    fn apply_with_numbers(&mut self, _: Vec<Change>, _: PackedNumbers) -> StateResult {
        no_room("state.apply-with-numbers")
    }

    fn replace(&mut self, _: Document) -> StateResult {
        no_room("state.replace")
    }

    fn show(&mut self, _: String, _: NodeId, _: ViewTag) -> ViewResult {
        no_room("views.show")
    }

    fn hide(&mut self, _: String, _: NodeId, _: ViewTag) -> ViewResult {
        no_room("views.hide")
    }

    fn auth(&mut self, _: &str) -> Result<Result<Option<Document>, ClientError>, Violation> {
        no_room("matchmaker.send-on")
    }

    fn other_rooms(&mut self) -> Result<Arc<dyn OtherRooms>, Violation> {
        no_room("matchmaker")
    }

    fn presence(&mut self) -> Result<Arc<dyn Presence>, Violation> {
        no_room("presence")
    }

    fn elapsed(&mut self) -> Result<f64, Violation> {
        no_room("clock.elapsed")
    }

    fn wall_time(&mut self) -> Result<f64, Violation> {
        no_room("clock.wall-time")
    }

    fn set_tick_interval(&mut self, _: Option<f64>) -> Result<(), Violation> {
        no_room("clock.set-tick-interval")
    }

    fn set_fixed_step(&mut self, _: Option<f64>) -> Result<(), Violation> {
        no_room("clock.set-fixed-step")
    }

    fn set_timeout(&mut self, _: String, _: Option<Document>, _: u32) -> Result<TimerId, Violation> {
        no_room("clock.set-timeout")
    }

    fn set_interval(&mut self, _: String, _: Option<Document>, _: u32) -> Result<TimerId, Violation> {
        no_room("clock.set-interval")
    }

    fn clear_timer(&mut self, _: TimerId) -> Result<(), Violation> {
        no_room("clock.clear")
    }

    fn pause_timer(&mut self, _: TimerId) -> Result<(), Violation> {
        no_room("clock.pause")
    }

    fn resume_timer(&mut self, _: TimerId) -> Result<(), Violation> {
        no_room("clock.resume")
    }

    fn reset_timer(&mut self, _: TimerId) -> Result<(), Violation> {
        no_room("clock.reset")
    }

    fn timer_elapsed(&mut self, _: TimerId) -> Result<Option<f64>, Violation> {
        no_room("clock.timer-elapsed")
    }

    fn random_next(&mut self) -> Result<u64, Violation> {
        no_room("random.next")
    }

    fn random_fraction(&mut self) -> Result<f64, Violation> {
        no_room("random.fraction")
    }

    fn random_bytes(&mut self, _: u32) -> Result<Vec<u8>, Violation> {
        no_room("random.bytes")
    }
}
