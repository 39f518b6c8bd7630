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
        if reply.as_ref().is_some_and(oneshot::Sender::is_closed) {
            // The other room has given up waiting, and told its guest so.
            return;
        }
        let encoding = self.room_type.definition.encoding;
        let result = self
            .instance
            .on_room_message(RoomMessage {
                payload: wire::recode_payload(message.payload, encoding),
                ..message
            })
            .await;
        let fault = |what: &str| Err(HookError::Fault(what.to_owned()));
        let answer = match self.settle("on-room-message", result) {
            Settled::Done(payload) => wire::valid_payload(payload).or_else(|error| {
                let core = self.core();
                tracing::error!(
                    target: "room", room = %core.id(), room_type = %core.name(), hook = "on-room-message",
                    "fault: the reply cannot be sent: {error}"
                );
                fault("the room's reply cannot be sent")
            }),
            Settled::Refused(refusal) => Err(HookError::Refusal(refusal)),
            Settled::Faulted => fault("the room could not handle the message"),
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
