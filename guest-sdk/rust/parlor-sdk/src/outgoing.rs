//! Messages on their way out: sent where the statement ends.

use crate::bindings::parlor::room::clients as wit_clients;
use crate::bindings::parlor::room::room as wit_room;
use crate::bindings::parlor::room::room::{Audience, SendOptions};
use crate::data::Payload;
use crate::message::MessageType;

/// A message to one client. Goes out when it is dropped, that is where the statement ends.
#[derive(Debug)]
pub struct Send {
    to: String,
    kind: MessageType,
    payload: Payload,
    options: SendOptions,
}

impl Send {
    pub(crate) fn new(to: String, kind: MessageType, payload: Payload) -> Self {
        Self {
            to,
            kind,
            payload,
            options: SendOptions::empty(),
        }
    }

    /// Holds the message back until the next state patch has gone out, or would have.
    pub fn after_next_patch(mut self) -> Self {
        self.options = self.options | SendOptions::AFTER_NEXT_PATCH;
        self
    }

    /// Leaves the message out if something is still waiting to be written to the client.
    pub fn volatile(mut self) -> Self {
        self.options = self.options | SendOptions::VOLATILE;
        self
    }
}

impl Drop for Send {
    fn drop(&mut self) {
        let kind = take_kind(&mut self.kind);
        let payload = take_payload(&mut self.payload);
        // A client who is gone, or about to be closed because too much is waiting for it: `on_leave` tells.
        let _ = wit_clients::send(&self.to, &kind.into_wit(), &payload.into_wit(), self.options);
    }
}

/// A message to everyone in the room, or to whom the methods say. Goes out when it is dropped,
/// that is where the statement ends.
#[derive(Debug)]
pub struct Broadcast {
    kind: MessageType,
    payload: Payload,
    audience: Audience,
    options: SendOptions,
}

impl Broadcast {
    pub(crate) fn new(kind: MessageType, payload: Payload) -> Self {
        let audience = Audience {
            groups: Vec::new(),
            except: Vec::new(),
        };
        Self {
            kind,
            payload,
            audience,
            options: SendOptions::empty(),
        }
    }

    /// Only to the members of this group; called again, to those of the other group too. Who is in
    /// both gets the message once.
    pub fn to_group(mut self, group: impl Into<String>) -> Self {
        self.audience.groups.push(group.into());
        self
    }

    /// Not to this client.
    pub fn except(mut self, client: impl AsRef<str>) -> Self {
        self.audience.except.push(client.as_ref().to_owned());
        self
    }

    /// Holds the message back until the next state patch has gone out, or would have.
    pub fn after_next_patch(mut self) -> Self {
        self.options = self.options | SendOptions::AFTER_NEXT_PATCH;
        self
    }

    /// Leaves out clients to whom something is still waiting to be written.
    pub fn volatile(mut self) -> Self {
        self.options = self.options | SendOptions::VOLATILE;
        self
    }
}

impl Drop for Broadcast {
    fn drop(&mut self) {
        let kind = take_kind(&mut self.kind);
        let payload = take_payload(&mut self.payload);
        wit_room::broadcast(
            &kind.into_wit(),
            &payload.into_wit(),
            &self.audience,
            self.options,
        );
    }
}

fn take_kind(kind: &mut MessageType) -> MessageType {
    std::mem::replace(kind, MessageType::Number(0))
}

fn take_payload(payload: &mut Payload) -> Payload {
    std::mem::replace(payload, Payload::Empty)
}
