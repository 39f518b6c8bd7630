//! The imports of the world, as a trait that a room implements.

use std::sync::Arc;

use parlor_schema::{Change, NodeId, PackedNumbers, StateError, ViewTag};

use crate::other_rooms::OtherRooms;
use crate::presence::Presence;
use crate::vocabulary::{
    Audience, ClientError, Document, IdError, LogLevel, MatchmakingChanges, MessageType, Payload,
    SendOptions, TimerId, ViewError,
};
use crate::waiting::Waiting;

/// A guest did what its interface forbids, in a function that has no error to return. Ends the
/// instance: the running hook traps with this text
/// ([`TrapKind::Violation`](crate::TrapKind::Violation)).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub String);

/// What a room answers to a guest about one client: done, or an error that the guest may
/// handle; or a violation that ends the instance.
pub type ClientResult = Result<Result<(), ClientError>, Violation>;

/// What a room answers to a guest about its state; as [`ClientResult`].
pub type StateResult = Result<Result<(), StateError>, Violation>;

/// What a room answers to a guest about its id; as [`ClientResult`].
pub type IdResult = Result<Result<(), IdError>, Violation>;

/// What a room answers to a guest about what a client sees; as [`ClientResult`].
pub type ViewResult = Result<Result<(), ViewError>, Violation>;

/// What a room offers to its guest: one method per imported function, called while a hook
/// runs. None of them may block: the room's whole task waits meanwhile.
///
/// Documents, group names, codes and durations come as the guest gave them; the bounds that
/// `wit/` states are the implementation's to keep.
pub trait RoomContext: Send + 'static {
    /// `log.write`, and each line that the guest writes to stdout ([`LogLevel::Info`]) or
    /// stderr ([`LogLevel::Warn`]). At most 8 KiB; how often is the implementation's to bound.
    fn log(&mut self, level: LogLevel, message: &str);

    /// `room.id`
    fn room_id(&mut self) -> Result<String, Violation>;
    /// `room.name`
    fn room_name(&mut self) -> Result<String, Violation>;
    /// `room.set-id`. The register of ids may be elsewhere.
    fn set_id(&mut self, id: String) -> Waiting<'_, IdResult>;
    /// `room.broadcast`
    fn broadcast(
        &mut self,
        kind: MessageType,
        payload: Payload,
        audience: Audience,
        options: SendOptions,
    ) -> Result<(), Violation>;
    /// `room.set-max-clients`; none: no limit.
    fn set_max_clients(&mut self, limit: Option<u32>) -> Result<(), Violation>;
    /// `room.set-auto-dispose`
    fn set_auto_dispose(&mut self, on: bool) -> Result<(), Violation>;
    /// `room.set-patch-interval`, in milliseconds; none: only `broadcast-patch` sends patches.
    fn set_patch_interval(&mut self, milliseconds: Option<u32>) -> Result<(), Violation>;
    /// `room.broadcast-patch`
    fn broadcast_patch(&mut self) -> Result<(), Violation>;
    /// `room.checkpoint`
    fn checkpoint(&mut self) -> Result<(), Violation>;
    /// `room.set-seat-reservation-time`
    fn set_seat_reservation_time(&mut self, milliseconds: u32) -> Result<(), Violation>;
    /// `room.set-metadata`
    fn set_metadata(&mut self, metadata: Document) -> Result<(), Violation>;
    /// `room.merge-metadata`
    fn merge_metadata(&mut self, metadata: Document) -> Result<(), Violation>;
    /// `room.set-matchmaking`
    fn set_matchmaking(&mut self, changes: MatchmakingChanges) -> Result<(), Violation>;
    /// `room.set-private`
    fn set_private(&mut self, on: bool) -> Result<(), Violation>;
    /// `room.set-unlisted`
    fn set_unlisted(&mut self, on: bool) -> Result<(), Violation>;
    /// `room.lock`
    fn lock(&mut self) -> Result<(), Violation>;
    /// `room.unlock`
    fn unlock(&mut self) -> Result<(), Violation>;
    /// `room.disconnect`
    fn disconnect(&mut self, close_code: u16) -> Result<(), Violation>;

    /// `clients.send`
    fn send(&mut self, to: String, kind: MessageType, payload: Payload, options: SendOptions)
    -> ClientResult;
    /// `clients.error`
    fn send_error(&mut self, to: String, code: u16, message: String) -> ClientResult;
    /// `clients.leave`
    fn leave(&mut self, who: String, close_code: u16, reason: String) -> ClientResult;
    /// `clients.release-seat`
    fn release_seat(&mut self, who: String) -> ClientResult;
    /// `clients.join-group`
    fn join_group(&mut self, who: String, group: String) -> ClientResult;
    /// `clients.leave-group`
    fn leave_group(&mut self, who: String, group: String) -> ClientResult;

    /// `state.apply`
    fn apply(&mut self, changes: Vec<Change>) -> StateResult;
    /// `state.apply-with-numbers`
    fn apply_with_numbers(&mut self, changes: Vec<Change>, numbers: PackedNumbers) -> StateResult;
    /// `state.replace`
    fn replace(&mut self, whole: Document) -> StateResult;

    /// `views.show`
    fn show(&mut self, to: String, node: NodeId, tag: ViewTag) -> ViewResult;
    /// `views.hide`
    fn hide(&mut self, to: String, node: NodeId, tag: ViewTag) -> ViewResult;

    /// What `authenticate` said of a client, for a seat in another room.
    fn auth(&mut self, who: &str) -> Result<Result<Option<Document>, ClientError>, Violation>;
    /// The other rooms, as this one may reach them.
    fn other_rooms(&mut self) -> Result<Arc<dyn OtherRooms>, Violation>;
    /// What rooms share, as this one sees it.
    fn presence(&mut self) -> Result<Arc<dyn Presence>, Violation>;

    /// `clock.elapsed`, in milliseconds.
    fn elapsed(&mut self) -> Result<f64, Violation>;
    /// `clock.wall-time`, in milliseconds since 1970.
    fn wall_time(&mut self) -> Result<f64, Violation>;
    /// `clock.set-tick-interval`; none: no ticks.
    fn set_tick_interval(&mut self, milliseconds: Option<f64>) -> Result<(), Violation>;
    /// `clock.set-fixed-step`, in milliseconds; none: no steps.
    fn set_fixed_step(&mut self, milliseconds: Option<f64>) -> Result<(), Violation>;
    /// `clock.set-timeout`
    fn set_timeout(
        &mut self,
        tag: String,
        payload: Option<Document>,
        milliseconds: u32,
    ) -> Result<TimerId, Violation>;
    /// `clock.set-interval`
    fn set_interval(
        &mut self,
        tag: String,
        payload: Option<Document>,
        milliseconds: u32,
    ) -> Result<TimerId, Violation>;
    /// `clock.clear`
    fn clear_timer(&mut self, timer: TimerId) -> Result<(), Violation>;
    /// `clock.pause`
    fn pause_timer(&mut self, timer: TimerId) -> Result<(), Violation>;
    /// `clock.resume`
    fn resume_timer(&mut self, timer: TimerId) -> Result<(), Violation>;
    /// `clock.reset`
    fn reset_timer(&mut self, timer: TimerId) -> Result<(), Violation>;
    /// `clock.timer-elapsed`, in milliseconds.
    fn timer_elapsed(&mut self, timer: TimerId) -> Result<Option<f64>, Violation>;

    /// `random.next`
    fn random_next(&mut self) -> Result<u64, Violation>;
    /// `random.fraction`: at least 0, below 1.
    fn random_fraction(&mut self) -> Result<f64, Violation>;
    /// `random.bytes`
    fn random_bytes(&mut self, count: u32) -> Result<Vec<u8>, Violation>;
}
