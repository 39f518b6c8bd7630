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
