//! The code of a room is replaced while the room goes on: by another version, or after a trap by a new
//! instance. Connections, seats, timers and the state stay with the host; what the old code saved is what
//! the new one goes on from.

use std::sync::Arc;

use parlor_plugin::{HookError, JoiningClient, StateHandover, Trap, TrapKind};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::server;
use parlor_protocol::ids::SessionId;
use parlor_schema::Succession;
use tokio::time::Instant;

use crate::joining::not_taken_in;
use crate::recovery::Retry;
use crate::room_type::RoomType;
use crate::saved::{Difference, GuestHalf, SavedRoom};
use crate::settings::{OnTrap, StateChanges};
use crate::task::Room;
use crate::wire;

/// Why a room kept the code that it had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeptOld {
    /// The operator does not let running rooms change their state so.
    #[error("its state differs from that of the room's code, which `state-changes` forbids: {0}")]
    OtherState(String),
    /// The old code could not be saved.
    #[error("`save` of the old version failed: {0}")]
    Save(String),
    /// The new code could not be started.
    #[error("the new version does not start: {0}")]
    Start(String),
    /// The new code does not go on from what the old one saved.
    #[error("`restore` of the new version failed: {0}")]
    Restore(String),
    /// The room has ended.
    #[error("the room has ended")]
    Ended,
}

/// A version that took over and has yet to show that it works. Should it trap meanwhile, the room goes back
/// to what it had.
#[derive(Debug)]
pub(crate) struct Trial {
    back: SavedRoom,
    calls_left: u32,
    until: Instant,
}

/// When the next checkpoint is due.
#[derive(Debug)]
pub(crate) enum NextCheckpoint {
    /// Nothing has happened since the last.
    None,
    At(Instant),
    /// The room cannot be saved.
    Never,
}

impl NextCheckpoint {
    pub fn due(&self) -> Option<Instant> {
        match self {
            Self::At(due) => Some(*due),
            Self::None | Self::Never => None,
        }
    }

    pub fn is_due(&self, now: Instant) -> bool {
        self.due().is_some_and(|due| due <= now)
    }
}

impl Room {
    /// Goes on with other code, or, if that fails, with the code it had, as if nothing had been tried.
    pub(crate) async fn replace(&mut self, next: Arc<RoomType>) -> Result<(), KeptOld> {
        let succession = self.room_type.succession(&next);
        let handover = match (&succession, next.settings.state_changes) {
            (Succession::Same, _) => StateHandover::Kept,
            (Succession::Readable(_), StateChanges::All | StateChanges::Readable)
            | (Succession::Unreadable(_), StateChanges::All) => StateHandover::Emptied,
            (Succession::Readable(what) | Succession::Unreadable(what), _) => {
                return Err(KeptOld::OtherState(what.clone()));
            }
        };
        let back = self.write_down().await?;
        let mut instance = match next.code.instantiate_beside(self.core().vacant()).await {
            Ok(instance) => instance,
            Err(error) => return Err(KeptOld::Start(error.to_string())),
        };
        std::mem::swap(self.core(), instance.context_mut());
        let core = instance.context_mut();
        if handover == StateHandover::Emptied {
            core.begin_state(next.definition.schema.as_ref());
        }
        if let GuestHalf::Saved(saved) = &back.guest
            && let Err(error) = instance.restore(saved.clone(), handover).await
        {
            std::mem::swap(self.core(), instance.context_mut());
            let schema = self.room_type.definition.schema.clone();
            let core = self.core();
            if handover == StateHandover::Emptied {
                core.return_to_state(schema.as_ref());
                core.drop_unread_editions();
            }
            core.go_back(&back.host);
            return Err(KeptOld::Restore(error.to_string()));
        }
        instance.take_place_of(&mut self.instance);
        self.instance = instance;
        let core = self.core();
        core.adopt(&next);
        if handover == StateHandover::Emptied {
            core.settle_editions(Instant::now());
        }
        let rules = &next.settings.trial;
        self.trial = Some(Box::new(Trial {
            back,
            calls_left: rules.calls,
            until: Instant::now() + rules.time,
        }));
        self.room_type = next;
        // It was written by other code.
        self.checkpoint = None;
        self.next_checkpoint = NextCheckpoint::None;
        Ok(())
    }

    /// After each hook: there is something to save, and the version on trial may have proved itself.
    pub(crate) fn note_hook(&mut self) {
        if let (NextCheckpoint::None, Some(interval)) = (
            &self.next_checkpoint,
            self.room_type.settings.recovery.checkpoint_interval,
        ) {
            self.next_checkpoint = NextCheckpoint::At(Instant::now() + interval);
        }
        if let Some(trial) = &mut self.trial {
            trial.calls_left = trial.calls_left.saturating_sub(1);
            if trial.calls_left == 0 && trial.until <= Instant::now() {
                self.trial = None;
            }
        }
    }

    /// Writes down what a checkpoint is made of.
    async fn write_down(&mut self) -> Result<SavedRoom, KeptOld> {
        let saved = match self.instance.save().await {
            Ok(saved) => saved,
            Err(error) => {
                let text = error.to_string();
                if let HookError::Trap(trap) = error {
                    self.settle::<()>("save", Err(HookError::Trap(trap)));
                }
                return Err(KeptOld::Save(text));
            }
        };
        Ok(SavedRoom {
            room_type: Arc::clone(&self.room_type),
            guest: GuestHalf::Saved(saved),
            host: self.core().half(),
        })
    }

    /// Makes a checkpoint. A room that cannot be saved is not asked again.
    pub(crate) async fn make_checkpoint(&mut self) {
        if matches!(self.next_checkpoint, NextCheckpoint::Never) {
            return;
        }
        match self.write_down().await {
            Ok(saved) => {
                self.checkpoint = Some(Box::new(saved));
                self.next_checkpoint = NextCheckpoint::None;
                self.left_with_trap.clear();
            }
            Err(error) => {
                self.next_checkpoint = NextCheckpoint::Never;
                let back = if self.checkpoint.is_some() {
                    "the last one"
                } else {
                    "its beginning"
                };
                let core = self.core();
                tracing::debug!(
                    target: "room", room = %core.id(), room_type = %core.name(),
                    "no more checkpoints until other code takes over: {error}; a trap takes the room back to {back}"
                );
            }
        }
    }

    /// Goes on after a trap.
    ///
    /// # Errors
    /// The policy forbids it, or it was tried in vain: the trap that ends the room.
    pub(crate) async fn come_back(&mut self, trap: Trap) -> Result<(), Trap> {
        self.log_trap(&trap, "the room's code has trapped");
        if let Some(trial) = self.trial.take() {
            let Trial { back, .. } = *trial;
            let failed = Arc::clone(&self.room_type);
            self.go_on_from(&back).await?;
            let core = self.core();
            tracing::warn!(
                target: "room", room = %core.id(), room_type = %core.name(),
                from = failed.definition.version, to = back.room_type.definition.version,
                "the new version trapped on trial: the room is back on the old one"
            );
            core.report_fallback(&failed, &back.room_type);
            return Ok(());
        }
        let recovery = self.room_type.settings.recovery.clone();
        let back = match recovery.on_trap {
            OnTrap::Close => return Err(trap),
            OnTrap::Fresh => None,
            OnTrap::Restart => self.checkpoint.take(),
        };
        match self.recoveries.next(Instant::now(), &recovery) {
            Retry::Never => return Err(trap),
            Retry::After(pause) => tokio::time::sleep(pause).await,
        }
        let back = back.unwrap_or_else(|| {
            Box::new(SavedRoom {
                room_type: Arc::clone(&self.room_type),
                guest: GuestHalf::Unborn,
                host: self.core().beginning(),
            })
        });
        self.go_on_from(&back).await?;
        let core = self.core();
        tracing::warn!(
            target: "room", room = %core.id(), room_type = %core.name(),
            "the room goes on from {}",
            match &back.guest { GuestHalf::Saved(_) => "its last checkpoint", GuestHalf::Unborn => "its beginning" }
        );
        self.checkpoint = matches!(back.guest, GuestHalf::Saved(_)).then_some(back);
        if self.checkpoint.is_none() {
            self.left_with_trap.clear();
        }
        Ok(())
    }

    async fn go_on_from(&mut self, back: &SavedRoom) -> Result<(), Trap> {
        let vacant = self.core().vacant();
        let mut instance = back
            .room_type
            .code
            .instantiate_beside(vacant)
            .await
            .map_err(ending)?;
        std::mem::swap(self.core(), instance.context_mut());
        instance.take_place_of(&mut self.instance);
        self.instance = instance;
        let failed = std::mem::replace(&mut self.room_type, Arc::clone(&back.room_type));
        let other_state = failed.succession(&back.room_type) != Succession::Same;
        let core = self.core();
        core.adopt(&back.room_type);
        if other_state {
            core.return_to_state(back.room_type.definition.schema.as_ref());
        }
        let difference = core.go_back(&back.host);
        if other_state {
            core.settle_editions(Instant::now());
        }
        let begun = match &back.guest {
            // The tree is as it was then, whichever tree that was.
            GuestHalf::Saved(saved) => self.instance.restore(saved.clone(), StateHandover::Kept).await,
            GuestHalf::Unborn => {
                let options = wire::document(&self.creation, self.room_type.definition.encoding);
                self.instance.on_create(options).await
            }
        };
        begun.map_err(ending)?;
        self.reconcile(difference).await;
        Ok(())
    }

    /// Tells code that goes on from the past who left and who came since.
    async fn reconcile(&mut self, difference: Difference) {
        for session in difference.went {
            if !self.left_with_trap.contains(&session) {
                self.tell_of_leaving(&session, CloseCode::ABNORMAL).await;
            }
        }
        for session in difference.came {
            self.join_again(&session).await;
        }
    }

    async fn join_again(&mut self, session: &SessionId) {
        let encoding = self.room_type.definition.encoding;
        let Some(client) = self.core().clients.get(session) else {
            return;
        };
        let joining = JoiningClient {
            session: session.to_string(),
            options: wire::document(&client.options, encoding),
            auth: client.auth.clone(),
        };
        let result = self.instance.on_join(joining).await;
        let Some(error) = not_taken_in(self.settle("on-join", result)) else {
            return;
        };
        let client = self.core().clients.get(session);
        let outbox = client.and_then(|client| client.outbox().cloned());
        self.core().forget_client(session);
        if let Some(outbox) = outbox {
            // A queue that is full closes its connection by itself.
            let _ = outbox.push_message(server::error(error.code(), &error.to_string()));
            outbox.close(CloseCode::WITH_ERROR, "");
        }
    }
}

/// The trap with which a room ends that could not come back.
fn ending(error: HookError) -> Trap {
    match error {
        HookError::Trap(trap) => trap,
        HookError::Refusal(refusal) => in_vain(refusal.to_string()),
        HookError::Fault(fault) => in_vain(fault),
    }
}

fn in_vain(message: String) -> Trap {
    Trap {
        kind: TrapKind::Other,
        hook: "restore",
        message,
        backtrace: String::new(),
    }
}
