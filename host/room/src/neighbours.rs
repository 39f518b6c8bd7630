//! What comes from other rooms.

use bytes::Bytes;
use parlor_plugin::{HookError, Payload, RoomMessage};
use tokio::sync::oneshot;

use crate::task::{Room, Settled};
use crate::wire;

/// Where the other room waits for an answer.
type Reply = Option<oneshot::Sender<Result<Payload, HookError>>>;

impl Room {
    /// Another room has sent something.
    pub(crate) async fn take_room_message(&mut self, message: RoomMessage, reply: Reply) {
        let result = self.instance.on_room_message(message).await;
        let answer = match self.settle("on-room-message", result) {
            Settled::Done(payload) => Ok(payload),
            Settled::Refused(refusal) => Err(HookError::Refusal(refusal)),
            Settled::Faulted => Err(HookError::Fault(
                "the room could not handle the message".to_owned(),
            )),
        };
        if let Some(reply) = reply {
            // Who no longer waits does not want it.
            let _ = reply.send(answer);
        }
    }

    /// Something was published on one of the room's channels.
    pub(crate) async fn take_published(&mut self, channel: &str, payload: &Bytes) {
        let payload = wire::document(payload, self.room_type.definition.encoding);
        let result = self.instance.on_published(channel, payload).await;
        self.settle("on-published", result);
    }
}
