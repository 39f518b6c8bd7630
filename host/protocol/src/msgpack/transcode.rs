//! The one pass from what clients send to plain MessagePack.
//!
//! The input is walked value by value. As long as everything is plain already, nothing is written; at the first value
//! that is not, everything before it is copied, its plain form written, and so on. Work and memory are bounded: each
//! value takes at least one byte of input, each key that a record repeats is counted against the output limit before
//! it is written, and nothing is allocated by a length that was only claimed.

use std::borrow::Cow;

use super::head::{Cursor, Head};
use super::record::{Record, Records};
use super::{Limits, MAX_DEPTH, MsgpackError, text, timestamp, typed_array, write};

/// Turns one value as msgpackr or notepack write it into plain MessagePack (§4.7):
///
/// - records become maps; a byte 0x40–0x7f names a record only if one was defined, otherwise it is a number;
/// - `undefined` becomes nil, also as a member's value: the member stays;
/// - an invalid `Date` becomes nil, a valid one stays a timestamp;
/// - typed arrays become lists of numbers; those of bytes (`Uint8Array`, `ArrayBuffer`, `DataView`) become binary;
/// - halves of surrogate pairs in text become U+FFFD.
///
/// The result borrows the input if nothing had to be rewritten.
///
/// # Errors
/// [`MsgpackError`] says what is wrong and at which byte.
pub fn transcode<'a>(input: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, MsgpackError> {
    let mut walk = Walk::new(input, Source::Client, limits);
    walk.value(0)?;
    walk.finish()
}

/// Checks what a room sends: one whole value that is plain (see [the module](super)) and nested at most
/// [`MAX_DEPTH`] deep.
///
/// # Errors
/// [`MsgpackError`] says what is wrong and at which byte.
pub fn validate(input: &[u8]) -> Result<(), MsgpackError> {
    let limits = Limits {
        depth: MAX_DEPTH,
        output: usize::MAX,
    };
    let mut walk = Walk::new(input, Source::Room, &limits);
    walk.value(0)?;
    walk.cursor.finish()
}

/// Who wrote the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// An SDK, or somebody who pretends to be one: its dialect is translated.
    Client,
    /// A room: must be plain already.
    Room,
}

struct Walk<'a> {
    cursor: Cursor<'a>,
    source: Source,
    depth: usize,
    records: Records,
    output: Output<'a>,
}

impl<'a> Walk<'a> {
    fn new(input: &'a [u8], source: Source, limits: &Limits) -> Self {
        Self {
            cursor: Cursor::new(input),
            source,
            depth: limits.depth.min(MAX_DEPTH),
            records: Records::default(),
            output: Output {
                input,
                written: None,
                copied: 0,
                limit: limits.output,
            },
        }
    }

    fn finish(self) -> Result<Cow<'a, [u8]>, MsgpackError> {
        self.cursor.finish()?;
        self.output.finish()
    }

    fn value(&mut self, depth: usize) -> Result<(), MsgpackError> {
        let at = self.cursor.at();
        if let Some(record) = self.cursor.peek().and_then(|byte| self.records.named_by(byte)) {
            self.cursor.take(1)?;
            return self.members(record, at, depth);
        }
        if self.cursor.skip_scalar() {
            return Ok(());
        }
        let head = self.cursor.head()?;
        self.body(head, at, depth)
    }

    /// What follows the head of a value that began at `at`.
    fn body(&mut self, head: Head, at: usize, depth: usize) -> Result<(), MsgpackError> {
        match head {
            Head::Nil | Head::Bool(_) | Head::Unsigned(_) | Head::Signed(_) | Head::F32(_) | Head::F64(_) => {
            }
            Head::Text(length) => self.text(length, at)?,
            Head::Binary(length) => {
                self.cursor.take(length)?;
            }
            Head::List(length) => {
                let depth = self.deeper(depth, at)?;
                for _ in 0..length {
                    self.value(depth)?;
                }
            }
            Head::Map(length) => {
                let depth = self.deeper(depth, at)?;
                for _ in 0..length {
                    self.key(depth)?;
                    self.value(depth)?;
                }
            }
            Head::Extension(kind, length) => self.extension(kind, length, at, depth)?,
        }
        Ok(())
    }

    fn deeper(&self, depth: usize, at: usize) -> Result<usize, MsgpackError> {
        if depth < self.depth {
            Ok(depth + 1)
        } else {
            Err(MsgpackError::TooDeep {
                at,
                limit: self.depth,
            })
        }
    }

    fn text(&mut self, length: usize, at: usize) -> Result<(), MsgpackError> {
        let bytes = self.cursor.take(length)?;
        let body = self.cursor.at() - bytes.len();
        match text::checked(bytes) {
            Some(Cow::Borrowed(_)) => Ok(()),
            Some(Cow::Owned(fixed)) if self.source == Source::Client => {
                self.output.begin(body)?.append(&fixed)?;
                self.output.resume(self.cursor.at());
                Ok(())
            }
            _ => Err(MsgpackError::NotUtf8 { at }),
        }
    }

    fn key(&mut self, depth: usize) -> Result<(), MsgpackError> {
        let at = self.cursor.at();
        let first = self.cursor.peek();
        if matches!(first, Some(0xa0..=0xbf))
            && let Some(length) = self.cursor.text_head()?
        {
            return self.text(length, at);
        }
        let record = first.and_then(|byte| self.records.named_by(byte));
        match self.cursor.head()? {
            head if record.is_none()
                && !matches!(head, Head::List(_) | Head::Map(_) | Head::Extension(..)) =>
            {
                self.body(head, at, depth)
            }
            _ => Err(MsgpackError::BadKey { at }),
        }
    }

    fn extension(&mut self, kind: i8, length: usize, at: usize, depth: usize) -> Result<(), MsgpackError> {
        let body = self.cursor.take(length)?;
        match (kind, body) {
            (timestamp::EXTENSION, body) if timestamp::is_valid(body) => Ok(()),
            // How msgpackr writes `new Date(NaN)`.
            (timestamp::EXTENSION, [0xff]) if self.source == Source::Client => self.nil(at),
            (timestamp::EXTENSION, _) => Err(MsgpackError::BadExtension {
                at,
                what: "timestamp",
            }),
            (0, [_]) if self.source == Source::Client => self.nil(at),
            (RECORD, [id]) if self.source == Source::Client => {
                let record = self.records.define(*id, &mut self.cursor, at)?;
                self.members(record, at, depth)
            }
            (typed_array::EXTENSION, body) if self.source == Source::Client => {
                self.deeper(depth, at)?;
                let output = self.output.begin(at)?;
                typed_array::write(body, at, output)?;
                self.output.resume(self.cursor.at());
                Ok(())
            }
            _ => Err(MsgpackError::UnknownExtension { at, kind }),
        }
    }

    fn nil(&mut self, at: usize) -> Result<(), MsgpackError> {
        self.output.begin(at)?.append(&[0xc0])?;
        self.output.resume(self.cursor.at());
        Ok(())
    }

    /// Writes an object whose values begin at the cursor as a map. `at` is where the object began.
    fn members(&mut self, record: Record, at: usize, depth: usize) -> Result<(), MsgpackError> {
        let depth = self.deeper(depth, at)?;
        let (head, length) = write::map_head(record.keys);
        self.output
            .begin(at)?
            .append(head.get(..length).unwrap_or_default())?;
        self.output.resume(self.cursor.at());
        let mut keys = self.cursor.moved_to(record.at);
        for _ in 0..record.keys {
            self.repeat_key(&mut keys)?;
            self.value(depth)?;
        }
        Ok(())
    }

    /// Writes the record's next key before the value at the cursor. Keys were read as texts when they were defined.
    fn repeat_key(&mut self, keys: &mut Cursor<'a>) -> Result<(), MsgpackError> {
        let from = keys.at();
        let Some(length) = keys.text_head()? else {
            return Err(MsgpackError::BadRecord { at: from });
        };
        let body = keys.at();
        let text = keys.take(length)?;
        let value = self.cursor.at();
        let output = self.output.begin(value)?;
        match text::checked(text).ok_or(MsgpackError::NotUtf8 { at: from })? {
            Cow::Borrowed(_) => output.append(keys.between(from, keys.at()))?,
            Cow::Owned(fixed) => {
                output.append(keys.between(from, body))?;
                output.append(&fixed)?;
            }
        }
        Ok(())
    }
}

/// Extension type of a record definition: `r`.
const RECORD: i8 = 0x72;

/// The plain form, not written before it differs from the input.
pub(super) struct Output<'a> {
    input: &'a [u8],
    written: Option<Vec<u8>>,
    /// Input up to here is in `written`, or was replaced there.
    copied: usize,
    limit: usize,
}

impl<'a> Output<'a> {
    /// Copies the input before `at`, where something else is to be written.
    fn begin(&mut self, at: usize) -> Result<&mut Self, MsgpackError> {
        // Half as much again: keys that records repeat. The input is at hand, so this is no claim.
        let room = self.input.len() + self.input.len() / 2;
        self.written.get_or_insert_with(|| Vec::with_capacity(room));
        if let Some(plain) = self.input.get(self.copied..at)
            && !plain.is_empty()
        {
            self.append(plain)?;
        }
        self.copied = at;
        Ok(self)
    }

    /// Writes what replaces a part of the input.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), MsgpackError> {
        let written = self.written.get_or_insert_default();
        if self.limit.saturating_sub(written.len()) < bytes.len() {
            return Err(MsgpackError::TooLong {
                at: self.copied,
                limit: self.limit,
            });
        }
        written.extend_from_slice(bytes);
        Ok(())
    }

    /// Ends the replacement: the input from `at` on is plain until the next `begin`.
    fn resume(&mut self, at: usize) {
        self.copied = at;
    }

    fn finish(mut self) -> Result<Cow<'a, [u8]>, MsgpackError> {
        if self.written.is_none() {
            return if self.input.len() <= self.limit {
                Ok(Cow::Borrowed(self.input))
            } else {
                Err(MsgpackError::TooLong {
                    at: self.limit,
                    limit: self.limit,
                })
            };
        }
        self.begin(self.input.len())?;
        Ok(Cow::Owned(self.written.unwrap_or_default()))
    }
}
