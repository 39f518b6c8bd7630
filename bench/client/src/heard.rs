//! What a load program wants to know of what came in: a look at the first byte.

use bytes::Bytes;
use parlor_protocol::ServerFrame;
use parlor_protocol::frame::opcode;

use crate::error::ClientError;
use crate::websocket::Event;

/// What came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A message of the room, as a whole frame.
    Message(&'a [u8]),
    /// The answer to a request, as a whole frame.
    Response(&'a [u8]),
    /// A snapshot of so many bytes, the opcode included.
    Snapshot(usize),
    /// A patch of so many bytes, the opcode included.
    Patch(usize),
    /// Anything else: probes, JOIN a second time, frames of later versions.
    Other,
}

impl<'a> Heard<'a> {
    /// Looks at an event.
    ///
    /// # Errors
    /// [`ClientError::Told`] for ERROR, [`ClientError::Closed`] for the end.
    pub fn of(event: Event<'a>) -> Result<Self, ClientError> {
        let frame = match event {
            Event::Message(frame) => frame,
            Event::Closed(code) => return Err(ClientError::Closed(code)),
        };
        Ok(match frame.first().copied() {
            Some(opcode::ROOM_DATA | opcode::ROOM_DATA_BYTES) => Self::Message(frame),
            Some(opcode::ROOM_RESPONSE) => Self::Response(frame),
            Some(opcode::ROOM_STATE) => Self::Snapshot(frame.len()),
            Some(opcode::ROOM_STATE_PATCH) => Self::Patch(frame.len()),
            Some(opcode::ERROR) => return Err(told(frame)?),
            _ => Self::Other,
        })
    }
}

fn told(frame: &[u8]) -> Result<ClientError, ClientError> {
    Ok(match ServerFrame::decode(&Bytes::copy_from_slice(frame))? {
        ServerFrame::Error { code, message } => ClientError::Told { code, text: message },
        // Its first byte says that it is one.
        other => ClientError::BadReply(format!("{other:?} instead of an error")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart_by_their_first_byte() {
        let cases: [(&[u8], Heard<'_>); 6] = [
            (&[0x0d, 0xa1, b'a'], Heard::Message(&[0x0d, 0xa1, b'a'])),
            (&[0x16, 0, 0], Heard::Response(&[0x16, 0, 0])),
            (&[0x0e, 0x80], Heard::Snapshot(2)),
            (&[0x0f], Heard::Patch(1)),
            (&[0x12], Heard::Other),
            (&[], Heard::Other),
        ];
        for (frame, wanted) in cases {
            assert_eq!(Heard::of(Event::Message(frame)).unwrap(), wanted, "{frame:x?}");
        }
    }

    #[test]
    fn errors_and_ends_are_errors() {
        let frame = [0x0b, 0xcd, 0x87, 0x13, 0xa6, b'c', b'u', b's', b't', b'o', b'm'];
        let error = Heard::of(Event::Message(&frame)).unwrap_err();
        assert_eq!(error.to_string(), "the room sent error 4999: custom");
        let error = Heard::of(Event::Closed(4002)).unwrap_err();
        assert_eq!(error.to_string(), "closed with 4002");
    }
}
