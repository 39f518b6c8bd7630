//! Heads of frames and their masks (RFC 6455 §5.2, §5.3).

/// Longest payload of a control frame, and of any frame whose length fits into the head's second byte.
pub(super) const SHORT: usize = 125;
/// The second byte says: the length is in the next two bytes.
const LENGTH_16: u8 = 126;
/// The second byte says: the length is in the next eight bytes.
const LENGTH_64: u8 = 127;
const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// Whether a frame ends its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    More,
    Last,
}

/// Why bytes are no frame that a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    #[error("a frame uses an extension that was not agreed upon")]
    Reserved,
    #[error("a frame has the unknown opcode {0:#x}")]
    Opcode(u8),
    #[error("a frame is not masked")]
    Unmasked,
    #[error("a control frame is too long or comes in parts")]
    Control,
    #[error("a message begins before the last one has ended")]
    Interrupted,
    #[error("a frame continues no message")]
    Continues,
    #[error("a close frame has one byte only")]
    Close,
}

/// The head of a frame from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub part: Part,
    pub opcode: Opcode,
    /// Bytes of the payload.
    pub length: usize,
    pub mask: [u8; 4],
    /// Bytes of the head itself.
    pub size: usize,
}

impl Opcode {
    fn of(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

impl Head {
    /// Reads the head of the frame that `received` begins with; none if it has not come whole.
    pub fn parse(received: &[u8]) -> Result<Option<Self>, Violation> {
        let [first, second, rest @ ..] = received else {
            return Ok(None);
        };
        if first & RESERVED != 0 {
            return Err(Violation::Reserved);
        }
        let opcode = Opcode::of(first & 0x0f).ok_or(Violation::Opcode(first & 0x0f))?;
        let part = if first & FINAL == 0 {
            Part::More
        } else {
            Part::Last
        };
        if second & MASKED == 0 {
            return Err(Violation::Unmasked);
        }
        let short = second & !MASKED;
        if opcode.is_control() && (part == Part::More || usize::from(short) > SHORT) {
            return Err(Violation::Control);
        }
        let (length, rest) = match short {
            LENGTH_16 => match rest.split_first_chunk() {
                Some((length, rest)) => (usize::from(u16::from_be_bytes(*length)), rest),
                None => return Ok(None),
            },
            LENGTH_64 => match rest.split_first_chunk() {
                Some((length, rest)) => {
                    let length = u64::from_be_bytes(*length);
                    (usize::try_from(length).unwrap_or(usize::MAX), rest)
                }
                None => return Ok(None),
            },
            short => (usize::from(short), rest),
        };
        let Some((mask, payload)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        Ok(Some(Self {
            part,
            opcode,
            length,
            mask: *mask,
            size: received.len() - payload.len(),
        }))
    }
}

/// Takes the mask off a payload, or puts it on.
pub(super) fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let twice = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (eights, rest) = payload.as_chunks_mut();
    for eight in eights {
        *eight = (u64::from_ne_bytes(*eight) ^ twice).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

/// Writes the head of a whole message to a client.
pub(super) fn write_head(out: &mut Vec<u8>, opcode: Opcode, length: usize) {
    out.push(FINAL | opcode.bits());
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if usize::from(short) <= SHORT => out.push(short),
        (_, Ok(length)) => {
            out.push(LENGTH_16);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(LENGTH_64);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Bytes that [`write_head`] writes.
pub(super) fn head_len(length: usize) -> usize {
    match length {
        ..=SHORT => 2,
        126..=0xffff => 4,
        _ => 10,
    }
}
