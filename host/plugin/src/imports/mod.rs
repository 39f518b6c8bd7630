//! The generated import traits, handed on to a [`RoomContext`].

mod other_rooms;
mod presence;

use parlor_schema::{NodeId, StateError, ViewTag};

use crate::bindings::parlor::room as wit;
use crate::context::{RoomContext, Violation};
use crate::guest::Guest;
use crate::vocabulary::{ClientError, IdError, TimerId, ViewError};

/// A trap for what has no error to return.
pub(crate) fn trap<T>(result: Result<T, Violation>) -> wasmtime::Result<T> {
    result.map_err(wasmtime::Error::new)
}

impl<C: RoomContext> wit::log::Host for Guest<C> {
    fn write(&mut self, level: wit::log::Level, message: String) -> wasmtime::Result<()> {
        self.log(level.into(), &message);
        Ok(())
    }
}

impl<C: RoomContext> wit::types::Host for Guest<C> {}

impl<C: RoomContext> wit::room::Host for Guest<C> {
    fn id(&mut self) -> wasmtime::Result<String> {
        trap(self.context.room_id())
    }

    fn name(&mut self) -> wasmtime::Result<String> {
        trap(self.context.room_name())
    }

    async fn set_id(&mut self, id: String) -> wasmtime::Result<Result<(), wit::room::IdError>> {
        trap(self.context.set_id(id).await).map(|answer| answer.map_err(|error: IdError| error.into()))
    }

    fn broadcast(
        &mut self,
        kind: wit::types::MessageType,
        payload: wit::types::Payload,
        audience: wit::room::Audience,
        options: wit::room::SendOptions,
    ) -> wasmtime::Result<()> {
        trap(
            self.context
                .broadcast(kind.into(), payload.into(), audience.into(), options.into()),
        )
    }

    fn set_max_clients(&mut self, limit: Option<u32>) -> wasmtime::Result<()> {
        trap(self.context.set_max_clients(limit))
    }

    fn set_auto_dispose(&mut self, on: bool) -> wasmtime::Result<()> {
        trap(self.context.set_auto_dispose(on))
    }

    fn set_patch_interval(&mut self, interval: Option<u32>) -> wasmtime::Result<()> {
        trap(self.context.set_patch_interval(interval))
    }

    fn broadcast_patch(&mut self) -> wasmtime::Result<()> {
        trap(self.context.broadcast_patch())
    }
    fn checkpoint(&mut self) -> wasmtime::Result<()> {
        trap(self.context.checkpoint())
    }

    fn set_seat_reservation_time(&mut self, milliseconds: u32) -> wasmtime::Result<()> {
        trap(self.context.set_seat_reservation_time(milliseconds))
    }

    fn set_metadata(&mut self, metadata: wit::types::Document) -> wasmtime::Result<()> {
        trap(self.context.set_metadata(metadata.into()))
    }

    fn merge_metadata(&mut self, metadata: wit::types::Document) -> wasmtime::Result<()> {
        trap(self.context.merge_metadata(metadata.into()))
    }

    fn set_matchmaking(&mut self, changes: wit::room::Matchmaking) -> wasmtime::Result<()> {
        trap(self.context.set_matchmaking(changes.into()))
    }

    fn set_private(&mut self, on: bool) -> wasmtime::Result<()> {
        trap(self.context.set_private(on))
    }

    fn set_unlisted(&mut self, on: bool) -> wasmtime::Result<()> {
        trap(self.context.set_unlisted(on))
    }

    fn lock(&mut self) -> wasmtime::Result<()> {
        trap(self.context.lock())
    }

    fn unlock(&mut self) -> wasmtime::Result<()> {
        trap(self.context.unlock())
    }

    fn disconnect(&mut self, close_code: u16) -> wasmtime::Result<()> {
        trap(self.context.disconnect(close_code))
    }
}

/// What the guest gets from a function about one client.
type Answer = wasmtime::Result<Result<(), wit::clients::ClientError>>;

fn answer(result: Result<Result<(), ClientError>, Violation>) -> Answer {
    trap(result).map(|answer| answer.map_err(Into::into))
}

impl<C: RoomContext> wit::clients::Host for Guest<C> {
    fn send(
        &mut self,
        to: String,
        kind: wit::types::MessageType,
        payload: wit::types::Payload,
        options: wit::room::SendOptions,
    ) -> Answer {
        answer(self.context.send(to, kind.into(), payload.into(), options.into()))
    }

    fn error(&mut self, to: String, code: u16, message: String) -> Answer {
        answer(self.context.send_error(to, code, message))
    }

    fn leave(&mut self, who: String, close_code: u16, reason: String) -> Answer {
        answer(self.context.leave(who, close_code, reason))
    }

    fn release_seat(&mut self, who: String) -> Answer {
        answer(self.context.release_seat(who))
    }

    fn join_group(&mut self, who: String, group: String) -> Answer {
        answer(self.context.join_group(who, group))
    }

    fn leave_group(&mut self, who: String, group: String) -> Answer {
        answer(self.context.leave_group(who, group))
    }
}

fn state_answer(result: Result<(), StateError>) -> Result<(), wit::state::StateError> {
    result.map_err(Into::into)
}

impl<C: RoomContext> wit::schema::Host for Guest<C> {}

impl<C: RoomContext> wit::state::Host for Guest<C> {
    fn apply(
        &mut self,
        changes: Vec<wit::state::Change>,
    ) -> wasmtime::Result<Result<(), wit::state::StateError>> {
        let changes = changes.into_iter().map(Into::into).collect();
        trap(self.context.apply(changes)).map(state_answer)
    }

    fn apply_with_numbers(
        &mut self,
        changes: Vec<wit::state::Change>,
        numbers: wit::state::PackedNumbers,
    ) -> wasmtime::Result<Result<(), wit::state::StateError>> {
        let changes = changes.into_iter().map(Into::into).collect();
        trap(self.context.apply_with_numbers(changes, numbers.into())).map(state_answer)
    }

    fn replace(
        &mut self,
        whole: wit::types::Document,
    ) -> wasmtime::Result<Result<(), wit::state::StateError>> {
        trap(self.context.replace(whole.into())).map(state_answer)
    }
}

type Sight = wasmtime::Result<Result<(), wit::views::ViewError>>;

fn sight(result: Result<Result<(), ViewError>, Violation>) -> Sight {
    trap(result).map(|answer| answer.map_err(Into::into))
}

impl<C: RoomContext> wit::views::Host for Guest<C> {
    fn show(&mut self, to: String, node: u32, tag: Option<i32>) -> Sight {
        sight(
            self.context
                .show(to, NodeId(node), tag.map_or_else(ViewTag::default, ViewTag)),
        )
    }

    fn hide(&mut self, to: String, node: u32, tag: Option<i32>) -> Sight {
        sight(
            self.context
                .hide(to, NodeId(node), tag.map_or_else(ViewTag::default, ViewTag)),
        )
    }
}

impl<C: RoomContext> wit::clock::Host for Guest<C> {
    fn elapsed(&mut self) -> wasmtime::Result<f64> {
        trap(self.context.elapsed())
    }

    fn wall_time(&mut self) -> wasmtime::Result<f64> {
        trap(self.context.wall_time())
    }

    fn set_tick_interval(&mut self, milliseconds: Option<f64>) -> wasmtime::Result<()> {
        trap(self.context.set_tick_interval(milliseconds))
    }

    fn set_fixed_step(&mut self, milliseconds: Option<f64>) -> wasmtime::Result<()> {
        trap(self.context.set_fixed_step(milliseconds))
    }

    fn set_timeout(
        &mut self,
        tag: String,
        payload: Option<wit::types::Document>,
        milliseconds: u32,
    ) -> wasmtime::Result<u32> {
        trap(
            self.context
                .set_timeout(tag, payload.map(Into::into), milliseconds),
        )
        .map(|timer| timer.0)
    }

    fn set_interval(
        &mut self,
        tag: String,
        payload: Option<wit::types::Document>,
        milliseconds: u32,
    ) -> wasmtime::Result<u32> {
        trap(
            self.context
                .set_interval(tag, payload.map(Into::into), milliseconds),
        )
        .map(|timer| timer.0)
    }

    fn clear(&mut self, timer: u32) -> wasmtime::Result<()> {
        trap(self.context.clear_timer(TimerId(timer)))
    }

    fn pause(&mut self, timer: u32) -> wasmtime::Result<()> {
        trap(self.context.pause_timer(TimerId(timer)))
    }

    fn resume(&mut self, timer: u32) -> wasmtime::Result<()> {
        trap(self.context.resume_timer(TimerId(timer)))
    }

    fn reset(&mut self, timer: u32) -> wasmtime::Result<()> {
        trap(self.context.reset_timer(TimerId(timer)))
    }

    fn timer_elapsed(&mut self, timer: u32) -> wasmtime::Result<Option<f64>> {
        trap(self.context.timer_elapsed(TimerId(timer)))
    }
}

impl<C: RoomContext> wit::random::Host for Guest<C> {
    fn next(&mut self) -> wasmtime::Result<u64> {
        trap(self.context.random_next())
    }

    fn fraction(&mut self) -> wasmtime::Result<f64> {
        trap(self.context.random_fraction())
    }

    fn bytes(&mut self, count: u32) -> wasmtime::Result<Vec<u8>> {
        trap(self.context.random_bytes(count))
    }
}
