//! The way into the room's mailbox.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use parlor_room::handle::{Command, Mailbox};
use tokio::sync::mpsc::OwnedPermit;
use tokio::sync::mpsc::error::{SendError, TrySendError};

/// The room has ended; this did not reach it.
#[derive(Debug)]
pub(crate) struct Undeliverable(pub Box<Command>);

type Space = Pin<Box<dyn Future<Output = Result<OwnedPermit<Box<Command>>, SendError<()>>> + Send>>;

/// Hands commands to the room in their order. At most one waits for space.
pub(crate) struct Delivery {
    mailbox: Mailbox,
    waiting: Option<(Box<Command>, Space)>,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("waiting", &self.is_waiting())
            .finish_non_exhaustive()
    }
}

impl Delivery {
    pub fn new(mailbox: Mailbox) -> Self {
        Self {
            mailbox,
            waiting: None,
        }
    }

    /// Whether a command waits for space. Until it has gone, no other may be given.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether the room has ended.
    pub fn is_closed(&self) -> bool {
        self.mailbox.is_closed()
    }

    /// Puts a command into the mailbox, or keeps it until there is space.
    ///
    /// # Errors
    /// The room has ended.
    pub fn give(&mut self, command: Box<Command>) -> Result<(), Undeliverable> {
        match self.mailbox.try_send(command) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(command)) => {
                // Boxed, so that it keeps its place in the queue for space whatever else happens meanwhile.
                self.waiting = Some((command, Box::pin(self.mailbox.clone().reserve_owned())));
                Ok(())
            }
            Err(TrySendError::Closed(command)) => Err(Undeliverable(command)),
        }
    }

    /// Puts the command that waits into the mailbox as soon as there is space. Never ready when none waits.
    ///
    /// # Errors
    /// The room has ended.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Undeliverable>> {
        let Some((_, space)) = &mut self.waiting else {
            return Poll::Pending;
        };
        let space = ready!(space.as_mut().poll(cx));
        let Some((command, _)) = self.waiting.take() else {
            return Poll::Pending;
        };
        Poll::Ready(match space {
            Ok(space) => {
                space.send(command);
                Ok(())
            }
            Err(_) => Err(Undeliverable(command)),
        })
    }
}
