//! The self-describing number and the text of §9: MessagePack's prefixes with little-endian bodies.

use crate::frame::FrameError;

/// Reads one frame from its front.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, FrameError> {
        let [byte] = self.array(what)?;
        Ok(byte)
    }

    pub(crate) fn take(&mut self, what: &'static str, count: usize) -> Result<&'a [u8], FrameError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(FrameError::Truncated { what })?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], FrameError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(FrameError::Truncated { what })?;
        self.rest = rest;
        Ok(*taken)
    }

    /// A number that has to be whole (§9.1). SDKs write whole numbers above 2³¹ as floats.
    pub(crate) fn integer(&mut self, what: &'static str) -> Result<i64, FrameError> {
        let prefix = self.byte(what)?;
        let number = match prefix {
            0x00..=0x7f => i64::from(prefix),
            0xe0..=0xff => i64::from(prefix.cast_signed()),
            0xcc => i64::from(self.byte(what)?),
            0xcd => i64::from(u16::from_le_bytes(self.array(what)?)),
            0xce => i64::from(u32::from_le_bytes(self.array(what)?)),
            0xcf => i64::try_from(u64::from_le_bytes(self.array(what)?)).unwrap_or(i64::MAX),
            0xd0 => i64::from(i8::from_le_bytes(self.array(what)?)),
            0xd1 => i64::from(i16::from_le_bytes(self.array(what)?)),
            0xd2 => i64::from(i32::from_le_bytes(self.array(what)?)),
            0xd3 => i64::from_le_bytes(self.array(what)?),
            0xca => whole(what, f64::from(f32::from_le_bytes(self.array(what)?)))?,
            0xcb => whole(what, f64::from_le_bytes(self.array(what)?))?,
            _ => return Err(FrameError::BadNumber { what, prefix }),
        };
        Ok(number)
    }

    /// A text of at most `limit` bytes (§9.2).
    pub(crate) fn text(&mut self, what: &'static str, limit: usize) -> Result<&'a str, FrameError> {
        let prefix = self.byte(what)?;
        let length = match prefix {
            0xa0..=0xbf => usize::from(prefix & 0x1f),
            0xd9 => usize::from(self.byte(what)?),
            0xda => usize::from(u16::from_le_bytes(self.array(what)?)),
            0xdb => usize::try_from(u32::from_le_bytes(self.array(what)?)).unwrap_or(usize::MAX),
            _ => return Err(FrameError::BadText { what, prefix }),
        };
        if length > limit {
            return Err(FrameError::TextTooLong { what, length, limit });
        }
        std::str::from_utf8(self.take(what, length)?).map_err(|_| FrameError::NotUtf8 { what })
    }
}

fn whole(what: &'static str, number: f64) -> Result<i64, FrameError> {
    // Beyond 2⁵³ the clients cannot count either.
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= LIMIT {
        Ok(number as i64)
    } else {
        Err(FrameError::NotWhole { what })
    }
}

/// Writes the shortest form that every SDK reads.
pub(crate) fn write_number(out: &mut Vec<u8>, number: u32) {
    match number {
        0..=0x7f => out.push(number.to_le_bytes()[0]),
        0x80..=0xff => out.extend_from_slice(&[0xcc, number.to_le_bytes()[0]]),
        0x100..=0xffff => {
            let [low, high, _, _] = number.to_le_bytes();
            out.extend_from_slice(&[0xcd, low, high]);
        }
        0x1_0000.. => {
            out.push(0xce);
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
}

pub(crate) fn number_len(number: u32) -> usize {
    match number {
        0..=0x7f => 1,
        0x80..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000.. => 5,
    }
}

/// Writes a text; one beyond 4 GiB, which no caller can hold, would lose its end.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let [first, second, _, _] = length.to_le_bytes();
    match length {
        0..=0x1f => out.push(0xa0 | first),
        0x20..=0xff => out.extend_from_slice(&[0xd9, first]),
        0x100..=0xffff => out.extend_from_slice(&[0xda, first, second]),
        0x1_0000.. => {
            out.push(0xdb);
            out.extend_from_slice(&length.to_le_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

pub(crate) fn text_len(text: &str) -> usize {
    let prefix = match text.len() {
        0..=0x1f => 1,
        0x20..=0xff => 2,
        0x100..=0xffff => 3,
        _ => 5,
    };
    prefix + text.len()
}
