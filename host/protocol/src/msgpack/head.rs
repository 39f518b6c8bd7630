//! The first bytes of each MessagePack value: what follows, and how much of it.

use rmp::Marker;

use super::MsgpackError;

/// A value's head. Lengths are as claimed, not yet checked against the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Head {
    Nil,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    F32(f32),
    F64(f64),
    /// Bytes of text that follow.
    Text(usize),
    /// Bytes that follow.
    Binary(usize),
    /// Values that follow.
    List(usize),
    /// Pairs of values that follow.
    Map(usize),
    /// Type, and bytes that follow.
    Extension(i8, usize),
}

impl Head {
    /// Whether a map may have such a key. Maps and lists as keys mean nothing to most languages, and in JSON, as text
    /// inside text inside text, they would take twice as much with each level.
    pub(crate) fn can_be_key(self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_) | Self::Extension(..))
    }
}

/// Bytes of each value that begins with this byte, its head counted; 0 for those that are not [scalars](Cursor::skip_scalar).
const SCALAR_WIDTHS: [u8; 256] = {
    let mut widths = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::indexing_slicing)] // Evaluated by the compiler.
        {
            widths[byte] = match byte {
                0x00..=0x7f | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => 1,
                0xcc | 0xd0 => 2,
                0xcd | 0xd1 => 3,
                0xca | 0xce | 0xd2 => 5,
                0xcb | 0xcf | 0xd3 => 9,
                _ => 0,
            };
        }
        byte += 1;
    }
    widths
};

/// A place in the input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    input: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { input, rest: input }
    }

    /// Bytes read so far.
    pub(crate) fn at(&self) -> usize {
        self.input.len() - self.rest.len()
    }

    /// Another place in the same input.
    pub(crate) fn moved_to(self, at: usize) -> Self {
        Self {
            input: self.input,
            rest: self.input.get(at..).unwrap_or_default(),
        }
    }

    /// The input between two places.
    pub(crate) fn between(&self, from: usize, to: usize) -> &'a [u8] {
        self.input.get(from..to).unwrap_or_default()
    }

    pub(crate) fn finish(&self) -> Result<(), MsgpackError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(MsgpackError::TrailingBytes { at: self.at() })
        }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], MsgpackError> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(self.unexpected_end());
        };
        self.rest = rest;
        Ok(taken)
    }

    /// Passes over a value whose first byte says how long it is and that is plain whatever it is: nil, a truth value, a
    /// number. False: nothing was read, and [`Self::head`] tells what is there.
    pub(crate) fn skip_scalar(&mut self) -> bool {
        let width = self.peek().and_then(|byte| SCALAR_WIDTHS.get(usize::from(byte)));
        let rest = match width {
            None | Some(0) => None,
            Some(width) => self.rest.get(usize::from(*width)..),
        };
        if let Some(rest) = rest {
            self.rest = rest;
        }
        rest.is_some()
    }

    /// Reads the head of a text, and tells how many bytes of it follow. `None` if something else is there, whose head
    /// has been read.
    #[inline]
    pub(crate) fn text_head(&mut self) -> Result<Option<usize>, MsgpackError> {
        if let Some((byte @ 0xa0..=0xbf, rest)) = self.rest.split_first() {
            self.rest = rest;
            return Ok(Some(usize::from(byte & 0x1f)));
        }
        match self.head()? {
            Head::Text(length) => Ok(Some(length)),
            _ => Ok(None),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MsgpackError> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            return Err(self.unexpected_end());
        };
        self.rest = rest;
        Ok(*taken)
    }

    #[cold]
    fn unexpected_end(&self) -> MsgpackError {
        MsgpackError::UnexpectedEnd { at: self.at() }
    }

    fn byte_len(&mut self) -> Result<usize, MsgpackError> {
        Ok(usize::from(u8::from_be_bytes(self.array()?)))
    }

    fn short_len(&mut self) -> Result<usize, MsgpackError> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn long_len(&mut self) -> Result<usize, MsgpackError> {
        Ok(usize::try_from(u32::from_be_bytes(self.array()?)).unwrap_or(usize::MAX))
    }

    fn extension(&mut self, length: usize) -> Result<Head, MsgpackError> {
        Ok(Head::Extension(i8::from_be_bytes(self.array()?), length))
    }

    /// Reads the next head.
    pub(crate) fn head(&mut self) -> Result<Head, MsgpackError> {
        let [byte] = self.array()?;
        Ok(match Marker::from_u8(byte) {
            Marker::FixPos(value) => Head::Unsigned(u64::from(value)),
            Marker::FixNeg(value) => Head::Signed(i64::from(value)),
            Marker::Null => Head::Nil,
            Marker::True => Head::Bool(true),
            Marker::False => Head::Bool(false),
            Marker::U8 => Head::Unsigned(u64::from(u8::from_be_bytes(self.array()?))),
            Marker::U16 => Head::Unsigned(u64::from(u16::from_be_bytes(self.array()?))),
            Marker::U32 => Head::Unsigned(u64::from(u32::from_be_bytes(self.array()?))),
            Marker::U64 => Head::Unsigned(u64::from_be_bytes(self.array()?)),
            Marker::I8 => Head::Signed(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Head::Signed(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Head::Signed(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Head::Signed(i64::from_be_bytes(self.array()?)),
            Marker::F32 => Head::F32(f32::from_be_bytes(self.array()?)),
            Marker::F64 => Head::F64(f64::from_be_bytes(self.array()?)),
            Marker::FixStr(length) => Head::Text(usize::from(length)),
            Marker::Str8 => Head::Text(self.byte_len()?),
            Marker::Str16 => Head::Text(self.short_len()?),
            Marker::Str32 => Head::Text(self.long_len()?),
            Marker::Bin8 => Head::Binary(self.byte_len()?),
            Marker::Bin16 => Head::Binary(self.short_len()?),
            Marker::Bin32 => Head::Binary(self.long_len()?),
            Marker::FixArray(length) => Head::List(usize::from(length)),
            Marker::Array16 => Head::List(self.short_len()?),
            Marker::Array32 => Head::List(self.long_len()?),
            Marker::FixMap(length) => Head::Map(usize::from(length)),
            Marker::Map16 => Head::Map(self.short_len()?),
            Marker::Map32 => Head::Map(self.long_len()?),
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => {
                let length = self.byte_len()?;
                self.extension(length)?
            }
            Marker::Ext16 => {
                let length = self.short_len()?;
                self.extension(length)?
            }
            Marker::Ext32 => {
                let length = self.long_len()?;
                self.extension(length)?
            }
            Marker::Reserved => return Err(MsgpackError::ReservedByte { at: self.at() - 1 }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_told_from_all_else() {
        for byte in 0..=u8::MAX {
            let input = [&[byte][..], &[1; 8]].concat();
            let (mut head, mut text) = (Cursor::new(&input), Cursor::new(&input));
            match (head.head(), text.text_head()) {
                (Ok(Head::Text(expected)), Ok(Some(length))) => assert_eq!(length, expected),
                (Ok(_), Ok(None)) | (Err(_), Err(_)) => {}
                (head, text) => panic!("{byte:#x}: {head:?}, {text:?}"),
            }
            assert_eq!(text.at(), head.at(), "{byte:#x}");
        }
    }

    #[test]
    fn what_is_passed_over_is_what_would_be_read() {
        for byte in 0..=u8::MAX {
            let input = [&[byte][..], &[1; 8]].concat();
            let (mut read, mut passed) = (Cursor::new(&input), Cursor::new(&input));
            let head = read.head();
            let scalar = !matches!(
                head,
                Err(_)
                    | Ok(Head::Text(_)
                        | Head::Binary(_)
                        | Head::List(_)
                        | Head::Map(_)
                        | Head::Extension(..))
            );
            assert_eq!(passed.skip_scalar(), scalar, "{byte:#x}");
            let end = if scalar { read.at() } else { 0 };
            assert_eq!(passed.at(), end, "{byte:#x}");
            // Cut short, it is left to be refused.
            let mut cut = Cursor::new(&input[..end.saturating_sub(1)]);
            assert!(!cut.skip_scalar() && cut.at() == 0, "{byte:#x}");
        }
    }
}
