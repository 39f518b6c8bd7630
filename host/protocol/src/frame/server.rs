//! Frames to clients. Each encoder builds one buffer of exactly the needed size.

mod received;

pub use received::{JoinFrame, Outcome, ServerFrame};

use bytes::Bytes;

use super::opcode;
use crate::message::TypeRef;
use crate::msgpack::write as pack;
use crate::wire;

/// Answer to a request (§4.1), as bytes to send or as bytes received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response<'a> {
    /// The resolved value as MessagePack; none resolves to `undefined`.
    Ok(Option<&'a [u8]>),
    /// The room said no: the reason as MessagePack.
    Rejected(&'a [u8]),
    /// Something failed.
    Error {
        /// Name of the error; `no_handler` if nobody handles the type.
        name: &'a str,
        /// For people.
        message: &'a str,
        /// The application's own, if it has one.
        code: Option<u16>,
    },
}

pub(super) const STATUS_OK: u8 = 0;
pub(super) const STATUS_REJECTED: u8 = 1;
pub(super) const STATUS_ERROR: u8 = 2;

/// ERROR: `onError(code, message)` on the client; before JOIN it rejects the join.
#[must_use]
pub fn error(code: u16, message: &str) -> Bytes {
    let code = u32::from(code);
    let mut out = Vec::with_capacity(1 + wire::number_len(code) + wire::text_len(message));
    out.push(opcode::ERROR);
    wire::write_number(&mut out, code);
    wire::write_text(&mut out, message);
    Bytes::from(out)
}

/// LEAVE_ROOM: asks the SDK to call `leave()`.
#[must_use]
pub fn leave() -> Bytes {
    Bytes::from_static(&[opcode::LEAVE_ROOM])
}

/// PING: a probe, or the answer to one.
#[must_use]
pub fn pong() -> Bytes {
    Bytes::from_static(&[opcode::PING])
}

/// ROOM_DATA: a message; `payload` is one MessagePack value.
#[must_use]
pub fn message<'a>(kind: impl Into<TypeRef<'a>>, payload: Option<&[u8]>) -> Bytes {
    typed(opcode::ROOM_DATA, kind.into(), payload.unwrap_or_default())
}

/// ROOM_DATA_BYTES: a message of uninterpreted bytes.
#[must_use]
pub fn bytes<'a>(kind: impl Into<TypeRef<'a>>, bytes: &[u8]) -> Bytes {
    typed(opcode::ROOM_DATA_BYTES, kind.into(), bytes)
}

/// ROOM_STATE: a full snapshot.
#[must_use]
pub fn state(body: &[u8]) -> Bytes {
    prefixed(opcode::ROOM_STATE, body)
}

/// ROOM_STATE_PATCH: the changes of one tick.
#[must_use]
pub fn patch(body: &[u8]) -> Bytes {
    prefixed(opcode::ROOM_STATE_PATCH, body)
}

/// ROOM_RESPONSE: the answer to the request with this id.
#[must_use]
pub fn response(id: u32, response: Response<'_>) -> Bytes {
    let error;
    let (status, payload) = match response {
        Response::Ok(payload) => (STATUS_OK, payload.unwrap_or_default()),
        Response::Rejected(reason) => (STATUS_REJECTED, reason),
        Response::Error { name, message, code } => {
            error = pack_error(name, message, code);
            (STATUS_ERROR, error.as_slice())
        }
    };
    let mut out = Vec::with_capacity(2 + wire::number_len(id) + payload.len());
    out.push(opcode::ROOM_RESPONSE);
    wire::write_number(&mut out, id);
    out.push(status);
    out.extend_from_slice(payload);
    Bytes::from(out)
}

fn pack_error(name: &str, message: &str, code: Option<u16>) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + name.len() + message.len());
    pack::map(&mut out, if code.is_some() { 3 } else { 2 });
    pack::text(&mut out, "name");
    pack::text(&mut out, name);
    pack::text(&mut out, "message");
    pack::text(&mut out, message);
    if let Some(code) = code {
        pack::text(&mut out, "code");
        pack::unsigned(&mut out, u64::from(code));
    }
    out
}

fn typed(opcode: u8, kind: TypeRef<'_>, body: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(1 + kind.encoded_len() + body.len());
    out.push(opcode);
    kind.write(&mut out);
    out.extend_from_slice(body);
    Bytes::from(out)
}

fn prefixed(opcode: u8, body: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(1 + body.len());
    out.push(opcode);
    out.extend_from_slice(body);
    Bytes::from(out)
}
