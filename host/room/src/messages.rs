//! What connected clients say: acknowledgements, messages, requests, farewells.

use std::borrow::Cow;

use bytes::Bytes;
use parlor_plugin::{Message, Payload, Refusal};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::frame::server::{self, Response};
use parlor_protocol::ids::SessionId;
use parlor_protocol::matchmake::MatchmakeError;
use parlor_protocol::message::MessageType;
use parlor_protocol::msgpack;

use crate::client::{Departure, Urgency};
use crate::task::{Room, Settled};
use crate::wire;

/// Whether the sender waits for an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ExpectsReply {
    Yes,
    No,
}

impl Room {
    /// Carries out one frame of a client that is here.
    pub(crate) async fn receive(&mut self, session: SessionId, frame: ClientFrame) {
        match frame {
            ClientFrame::JoinAcknowledged => self.core().complete_join(&session),
            ClientFrame::Leave => {
                self.depart(Departure::new(session, CloseCode::CONSENTED)).await;
            }
            ClientFrame::Message { kind, payload } => {
                let payload = self.payload(payload);
                self.take_message(session, kind, payload).await;
            }
            ClientFrame::Bytes { kind, bytes } => {
                self.take_message(session, kind, Payload::Raw(bytes)).await;
            }
            ClientFrame::Request { id, kind, payload } => {
                let payload = self.payload(payload);
                self.answer_request(session, id, kind, payload).await;
            }
            // The connection answers pings itself; what nobody knows, every SDK ignores too.
            ClientFrame::Ping | ClientFrame::Unknown(_) => {}
        }
    }

    fn payload(&self, payload: Option<Vec<u8>>) -> Payload {
        match payload {
            None => Payload::Empty,
            Some(value) => Payload::Value(wire::into_document(value, self.room_type.definition.encoding)),
        }
    }

    async fn take_message(&mut self, session: SessionId, kind: MessageType, payload: Payload) {
        let message = message(&session, kind, payload, ExpectsReply::No);
        let result = self.instance.on_message(message).await;
        let frame = match self.settle("on-message", result) {
            Settled::Done(_) => return,
            Settled::Refused(refusal) => server::error(refusal.code, &refusal.message),
            Settled::Faulted => fault_frame("the room could not handle the message"),
        };
        self.core().deliver(&session, frame, Urgency::Queue);
    }

    /// §4.1 of the protocol notes.
    async fn answer_request(&mut self, session: SessionId, id: u32, kind: MessageType, payload: Payload) {
        let message = message(&session, kind, payload, ExpectsReply::Yes);
        let result = self.instance.on_message(message).await;
        let frame = match self.settle("on-message", result) {
            Settled::Done(reply) => match wire::value(&reply) {
                Ok(value) => server::response(id, Response::Ok(value.as_deref())),
                Err(error) => {
                    let core = self.core();
                    tracing::error!(
                        target: "room", room = %core.id(), room_type = %core.name(), hook = "on-message",
                        "fault: the reply cannot be sent: {error}"
                    );
                    failed(id, "the room's reply cannot be sent")
                }
            },
            Settled::Refused(refusal) => server::response(id, Response::Rejected(&rejection(&refusal))),
            Settled::Faulted => failed(id, "the room could not handle the request"),
        };
        self.core().deliver(&session, frame, Urgency::Queue);
    }
}

/// All that a client learns of a fault.
fn fault_frame(text: &str) -> Bytes {
    let error = MatchmakeError::Application(text.to_owned());
    server::error(error.code(), text)
}

fn message(session: &SessionId, kind: MessageType, payload: Payload, reply: ExpectsReply) -> Message {
    let kind = match kind {
        MessageType::Text(text) => parlor_plugin::MessageType::Text(text.into_string()),
        MessageType::Number(number) => parlor_plugin::MessageType::Number(number),
    };
    Message {
        sender: session.to_string(),
        kind,
        payload,
        expects_reply: reply == ExpectsReply::Yes,
    }
}

/// The reason of a rejected request: `{code, message}`.
fn rejection(refusal: &Refusal) -> Cow<'static, [u8]> {
    use parlor_schema::Plain;
    Cow::Owned(msgpack::from_plain(&Plain::Map(vec![
        ("code".to_owned(), Plain::Unsigned(refusal.code.into())),
        ("message".to_owned(), Plain::Text(refusal.message.clone())),
    ])))
}

fn failed(id: u32, message: &str) -> Bytes {
    server::response(
        id,
        Response::Error {
            name: "error",
            message,
            code: None,
        },
    )
}
