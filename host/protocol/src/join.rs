//! JOIN_ROOM, the one frame whose layout differs between SDK versions (§4.3, §11.4).

use bytes::Bytes;
use parlor_schema::{Decoders, Schema, reflection};
use thiserror::Error;

use crate::frame::opcode;
use crate::ids::{ReconnectionToken, SeatForm};
use crate::wire;

/// The serializer of rooms with a state.
const SCHEMA: &str = "schema";
/// The serializer of rooms without one.
const NONE: &str = "none";
/// "Go on at the root": leads the polyglot handshake, and pads it.
const SWITCH_TO_ROOT: [u8; 2] = [0xff, 0x00];

/// Which layout of JOIN, and which reflection in it, a client reads. State bodies are the same for all but the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SDK 0.15: the layout of 0.16 with reflection R2. Nobody can tell it from 0.16 but by the path that it was
    /// given.
    Compat015,
    /// SDKs 0.16 and 0.17: reflection R3 to the end of the frame.
    Legacy,
    /// SDK 0.18: reflection R5 with its length before it.
    Tagged,
    /// For 0.17 or 0.18 when nobody can tell: a length that 0.17 skips (with two console warnings), and a
    /// reflection that both read.
    Polyglot,
}

impl Dialect {
    /// The dialect for a connection: clients that read the nested reply are known to be old; for the others the
    /// operator's setting decides.
    #[must_use]
    pub fn for_seat(form: SeatForm, flat: Self) -> Self {
        match form {
            SeatForm::Nested => Self::Legacy,
            SeatForm::Flat => flat,
        }
    }

    /// Which bodies of state the client reads.
    #[must_use]
    pub fn decoders(self) -> Decoders {
        match self {
            Self::Compat015 => Decoders::V2,
            Self::Legacy | Self::Tagged | Self::Polyglot => Decoders::Current,
        }
    }
}

/// The reflection is longer than a polyglot JOIN can say.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the state's description takes {length} bytes in JOIN; at most {MAX_POLYGLOT} fit. Use fewer structs or fields"
)]
pub struct HandshakeTooLong {
    /// Bytes it would take.
    pub length: usize,
}

/// What a two-byte length can say.
const MAX_POLYGLOT: usize = 0xffff;

/// The ends of JOIN frames for one room type, prepared once: a join copies one of them.
#[derive(Debug, Clone)]
pub struct Handshake {
    compat_015: Bytes,
    legacy: Bytes,
    tagged: Bytes,
    polyglot: Bytes,
}

impl Handshake {
    /// The handshakes of a room type with this schema.
    ///
    /// # Errors
    /// [`HandshakeTooLong`] beyond 64 KiB.
    pub fn of(schema: &Schema) -> Result<Self, HandshakeTooLong> {
        Self::new(
            reflection::r2(schema),
            reflection::r3(schema),
            &reflection::r5(schema),
            &reflection::polyglot(schema),
        )
    }

    /// Takes the four reflections of one schema, as [`parlor_schema::reflection`] makes them.
    ///
    /// # Errors
    /// [`HandshakeTooLong`] beyond 64 KiB.
    pub fn new(r2: Bytes, r3: Bytes, r5: &[u8], polyglot: &[u8]) -> Result<Self, HandshakeTooLong> {
        let length = u32::try_from(r5.len()).map_err(|_| HandshakeTooLong { length: r5.len() })?;
        let mut tagged = Vec::with_capacity(wire::number_len(length) + r5.len());
        wire::write_number(&mut tagged, length);
        tagged.extend_from_slice(r5);
        Ok(Self {
            compat_015: r2,
            legacy: r3,
            tagged: Bytes::from(tagged),
            polyglot: polyglot_tail(polyglot)?,
        })
    }

    fn tail(&self, dialect: Dialect) -> &[u8] {
        match dialect {
            Dialect::Compat015 => &self.compat_015,
            Dialect::Legacy => &self.legacy,
            Dialect::Tagged => &self.tagged,
            Dialect::Polyglot => &self.polyglot,
        }
    }
}

/// `cd LL HH | ff 00 | ops`. 0.18 reads a two-byte length. 0.17 reads `cd` as an operation on a field that does not
/// exist and skips to the next `ff` followed by a reference it knows; at that point it knows only 0.
fn polyglot_tail(ops: &[u8]) -> Result<Bytes, HandshakeTooLong> {
    // `ff 00` as the length itself would be taken for such a switch: one more switch makes it longer.
    let switches = if SWITCH_TO_ROOT.len() + ops.len() == 0xff {
        2
    } else {
        1
    };
    let length = switches * SWITCH_TO_ROOT.len() + ops.len();
    let [low, high] = u16::try_from(length)
        .map_err(|_| HandshakeTooLong { length })?
        .to_le_bytes();
    let mut tail = Vec::with_capacity(3 + length);
    tail.extend_from_slice(&[0xcd, low, high]);
    for _ in 0..switches {
        tail.extend_from_slice(&SWITCH_TO_ROOT);
    }
    tail.extend_from_slice(ops);
    Ok(Bytes::from(tail))
}

/// What JOIN says about the room's state.
#[derive(Debug, Clone, Copy)]
pub enum Greeting<'a> {
    /// The room has none.
    Stateless,
    /// The room has one, described here.
    Handshake(&'a Handshake),
    /// The room has one, and the client knows its description (`skipHandshake` in the URL).
    SkipHandshake,
}

/// Builds JOIN_ROOM. The token is new for every connection.
#[must_use]
pub fn join_frame(dialect: Dialect, token: &ReconnectionToken, greeting: Greeting<'_>) -> Bytes {
    let (serializer, tail): (_, &[u8]) = match greeting {
        Greeting::Handshake(handshake) => (SCHEMA, handshake.tail(dialect)),
        // Ending the frame here is read as "no handshake" by every SDK; 0.18's own server says so with a zero.
        Greeting::SkipHandshake => (SCHEMA, if dialect == Dialect::Tagged { &[0] } else { &[] }),
        Greeting::Stateless => (NONE, if dialect == Dialect::Tagged { &[0] } else { &[] }),
    };
    let mut out = Vec::with_capacity(3 + token.as_str().len() + serializer.len() + tail.len());
    out.push(opcode::JOIN_ROOM);
    write_short_text(&mut out, token.as_str());
    write_short_text(&mut out, serializer);
    out.extend_from_slice(tail);
    Bytes::from(out)
}

/// One byte of length, then the text; ids are far shorter than 256 bytes.
fn write_short_text(out: &mut Vec<u8>, text: &str) {
    out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(text.as_bytes());
}
