//! Takes MessagePack apart, one value or head of one at a time.

use super::error::ReadError;
use serde::de::Error as _;

type Result<T> = std::result::Result<T, ReadError>;

/// Bytes that are not read yet.
pub(super) struct Reader<'de> {
    pub(super) rest: &'de [u8],
}

/// One value, or the head of one that contains others.
pub(super) enum Token<'de> {
    Nil,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(&'de str),
    Bytes(&'de [u8]),
    Array(usize),
    Map(usize),
    /// A type and uninterpreted bytes.
    Extension(i8, &'de [u8]),
}

impl<'de> Reader<'de> {
    fn take(&mut self, count: usize) -> Result<&'de [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }

    /// A length of one, two or four bytes, by the low bits of the marker.
    fn length(&mut self, width: u8) -> Result<usize> {
        Ok(match width {
            0 => usize::from(self.u8()?),
            1 => usize::from(u16::from_be_bytes(self.array()?)),
            _ => usize::try_from(u32::from_be_bytes(self.array()?)).map_err(ReadError::custom)?,
        })
    }

    fn text(&mut self, length: usize) -> Result<Token<'de>> {
        let text = std::str::from_utf8(self.take(length)?).map_err(ReadError::custom)?;
        Ok(Token::Text(text))
    }

    /// The next value, or its head.
    pub(super) fn token(&mut self) -> Result<Token<'de>> {
        Ok(match self.u8()? {
            value @ 0x00..=0x7f => Token::Unsigned(u64::from(value)),
            marker @ 0x80..=0x8f => Token::Map(usize::from(marker & 0x0f)),
            marker @ 0x90..=0x9f => Token::Array(usize::from(marker & 0x0f)),
            marker @ 0xa0..=0xbf => self.text(usize::from(marker & 0x1f))?,
            0xc0 => Token::Nil,
            marker @ (0xc2 | 0xc3) => Token::Bool(marker == 0xc3),
            marker @ 0xc4..=0xc6 => {
                let length = self.length(marker - 0xc4)?;
                Token::Bytes(self.take(length)?)
            }
            marker @ 0xc7..=0xc9 => {
                let length = self.length(marker - 0xc7)?;
                self.extension(length)?
            }
            0xca => Token::Float(f64::from(f32::from_be_bytes(self.array()?))),
            0xcb => Token::Float(f64::from_be_bytes(self.array()?)),
            0xcc => Token::Unsigned(u64::from(self.u8()?)),
            0xcd => Token::Unsigned(u64::from(u16::from_be_bytes(self.array()?))),
            0xce => Token::Unsigned(u64::from(u32::from_be_bytes(self.array()?))),
            0xcf => Token::Unsigned(u64::from_be_bytes(self.array()?)),
            0xd0 => Token::Signed(i64::from(i8::from_be_bytes(self.array()?))),
            0xd1 => Token::Signed(i64::from(i16::from_be_bytes(self.array()?))),
            0xd2 => Token::Signed(i64::from(i32::from_be_bytes(self.array()?))),
            0xd3 => Token::Signed(i64::from_be_bytes(self.array()?)),
            marker @ 0xd4..=0xd8 => self.extension(1 << (marker - 0xd4))?,
            marker @ 0xd9..=0xdb => {
                let length = self.length(marker - 0xd9)?;
                self.text(length)?
            }
            marker @ (0xdc | 0xdd) => Token::Array(self.length(marker - 0xdb)?),
            marker @ (0xde | 0xdf) => Token::Map(self.length(marker - 0xdd)?),
            value @ 0xe0..=0xff => Token::Signed(i64::from(i8::from_be_bytes([value]))),
            0xc1 => return Err(ReadError::new("a byte that means nothing")),
        })
    }

    fn extension(&mut self, length: usize) -> Result<Token<'de>> {
        let kind = i8::from_be_bytes(self.array()?);
        Ok(Token::Extension(kind, self.take(length)?))
    }

    pub(super) fn peek_is_nil(&self) -> bool {
        self.rest.first() == Some(&0xc0)
    }

    /// Passes over one value with all that is in it.
    pub(super) fn skip(&mut self) -> Result<()> {
        let mut left = 1_usize;
        while left > 0 {
            left -= 1;
            left = match self.token()? {
                Token::Array(count) => left.saturating_add(count),
                Token::Map(count) => left.saturating_add(count.saturating_mul(2)),
                _ => left,
            };
        }
        Ok(())
    }

    /// The bytes of one value with all that is in it.
    pub(super) fn whole(&mut self) -> Result<&'de [u8]> {
        let before = self.rest;
        self.skip()?;
        Ok(before.get(..before.len() - self.rest.len()).unwrap_or_default())
    }
}

fn cut_short() -> ReadError {
    ReadError::new("the value is cut short")
}
