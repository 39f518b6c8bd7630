//! Frames of RFC 6455.

use crate::error::ClientError;

/// A client masks what it sends. The key guards proxies against scripts in browsers; a load program has neither, but a
/// server must be given the work of unmasking, so it is not zero.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// The longest message that is taken: a state of some hundred thousand entities.
const MAX_MESSAGE: u64 = 64 << 20;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Kind {
    const fn opcode(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    fn of(opcode: u8) -> Result<Self, ClientError> {
        let kinds = [
            Self::Continuation,
            Self::Text,
            Self::Binary,
            Self::Close,
            Self::Ping,
            Self::Pong,
        ];
        kinds
            .into_iter()
            .find(|kind| kind.opcode() == opcode)
            .ok_or(ClientError::BadWebSocket("a frame of an unknown kind"))
    }
}

/// The part of a server's frame before its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub kind: Kind,
    /// Whether the message ends with this frame.
    pub last: bool,
    /// Bytes of the head itself.
    pub length: usize,
    /// Bytes that follow it.
    pub payload: usize,
}

impl Head {
    /// None while it is not there as a whole.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, ClientError> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        if first & 0x70 != 0 {
            return Err(ClientError::BadWebSocket("an extension that was not agreed upon"));
        }
        if second & 0x80 != 0 {
            return Err(ClientError::BadWebSocket("a masked frame"));
        }
        let (length, payload) = match second & 0x7f {
            126 => match rest.first_chunk::<2>() {
                Some(bytes) => (4, u64::from(u16::from_be_bytes(*bytes))),
                None => return Ok(None),
            },
            127 => match rest.first_chunk::<8>() {
                Some(bytes) => (10, u64::from_be_bytes(*bytes)),
                None => return Ok(None),
            },
            short => (2, u64::from(short)),
        };
        if payload > MAX_MESSAGE {
            return Err(ClientError::BadWebSocket("a frame of more than 64 MiB"));
        }
        Ok(Some(Self {
            kind: Kind::of(first & 0x0f)?,
            last: first & 0x80 != 0,
            length,
            payload: payload as usize,
        }))
    }
}

/// A message in the form in which it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing(Vec<u8>);

impl Outgoing {
    /// A binary message: one frame of the Colyseus protocol.
    #[must_use]
    pub fn new(message: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(message.len() + 14);
        write(&mut bytes, Kind::Binary, message);
        Self(bytes)
    }

    /// How many bytes it takes on the wire.
    #[must_use]
    pub fn wire_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Writes one whole, masked frame.
pub(super) fn write(out: &mut Vec<u8>, kind: Kind, payload: &[u8]) {
    out.push(0x80 | kind.opcode());
    match payload.len() {
        length @ 0..=125 => out.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    out.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_at_every_length() {
        let cases = [
            (&[0x82][..], None),
            (&[0x82, 5], Some((2, 5))),
            (&[0x82, 126, 1], None),
            (&[0x82, 126, 1, 0], Some((4, 256))),
            (&[0x82, 127, 0, 0, 0, 0, 0, 1, 0], None),
            (&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0], Some((10, 65536))),
            (&[0x82, 0], Some((2, 0))),
        ];
        for (bytes, wanted) in cases {
            let head = Head::read(bytes).unwrap();
            assert_eq!(head.map(|head| (head.length, head.payload)), wanted, "{bytes:x?}");
        }
    }

    #[test]
    fn what_no_server_may_send_is_refused() {
        for bytes in [
            &[0xc2, 0][..],
            &[0x82, 0x80],
            &[0x83, 0],
            &[0x82, 127, 1, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert!(Head::read(bytes).is_err(), "{bytes:x?}");
        }
    }

    #[test]
    fn frames_are_masked() {
        let mut out = Vec::new();
        write(&mut out, Kind::Binary, &[1, 2, 3, 4, 5]);
        assert_eq!(out.get(..6), Some(&[0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d][..]));
        let unmasked: Vec<u8> = out[6..]
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        assert_eq!(unmasked, [1, 2, 3, 4, 5]);
    }
}
