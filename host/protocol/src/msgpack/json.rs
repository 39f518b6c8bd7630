//! MessagePack and JSON, for rooms that declare `json` and for matchmaking.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::head::{Cursor, Head};
use super::timestamp::{self, Timestamp};
use super::{MAX_DEPTH, MsgpackError, deeper, write};

/// Turns one plain value into JSON text. What JSON cannot say becomes what JavaScript would make of it: NaN and the
/// infinities null, timestamps ISO 8601 text to the millisecond, whole floats up to 2⁵³ integers, keys text. Binary
/// becomes base64 text (standard alphabet, padded).
///
/// # Errors
/// [`MsgpackError`] if the input is not one plain value, nested at most [`MAX_DEPTH`] deep.
pub fn to_json(input: &[u8]) -> Result<String, MsgpackError> {
    let mut cursor = Cursor::new(input);
    let mut out = Vec::with_capacity(input.len() + input.len() / 2);
    to_text(&mut cursor, &mut out, 0)?;
    cursor.finish()?;
    String::from_utf8(out).map_err(|_| MsgpackError::NotUtf8 { at: 0 })
}

/// As [`to_json`], into a tree. Of members with the same key the last one stays.
///
/// # Errors
/// As [`to_json`].
pub fn to_json_value(input: &[u8]) -> Result<Value, MsgpackError> {
    serde_json::from_str(&to_json(input)?).map_err(json_error)
}

/// Turns JSON text into one plain value: numbers without fraction become integers, others 64-bit floats. Members keep
/// their order.
///
/// # Errors
/// [`MsgpackError::Json`] if it is not JSON, or nested more than [`MAX_DEPTH`] deep.
pub fn from_json(text: &str) -> Result<Vec<u8>, MsgpackError> {
    let mut out = Vec::with_capacity(text.len());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Packer {
        out: &mut out,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .map_err(json_error)?;
    deserializer.end().map_err(json_error)?;
    Ok(out)
}

/// As [`from_json`], from a tree.
///
/// # Errors
/// [`MsgpackError::Json`] if it is nested more than [`MAX_DEPTH`] deep.
pub fn from_json_value(value: &Value) -> Result<Vec<u8>, MsgpackError> {
    let mut out = Vec::new();
    Packer {
        out: &mut out,
        depth: 0,
    }
    .deserialize(value)
    .map_err(json_error)?;
    Ok(out)
}

fn json_error(error: serde_json::Error) -> MsgpackError {
    MsgpackError::Json(error.to_string())
}

fn to_text(cursor: &mut Cursor<'_>, out: &mut Vec<u8>, depth: usize) -> Result<(), MsgpackError> {
    let at = cursor.at();
    match cursor.head()? {
        Head::Nil => out.extend_from_slice(b"null"),
        Head::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Head::Unsigned(value) => serde_json::to_writer(&mut *out, &value).map_err(json_error)?,
        Head::Signed(value) => serde_json::to_writer(&mut *out, &value).map_err(json_error)?,
        Head::F32(value) => float(f64::from(value), out)?,
        Head::F64(value) => float(value, out)?,
        Head::Text(length) => {
            let bytes = cursor.take(length)?;
            let text = std::str::from_utf8(bytes).map_err(|_| MsgpackError::NotUtf8 { at })?;
            serde_json::to_writer(&mut *out, text).map_err(json_error)?;
        }
        Head::Binary(length) => {
            out.push(b'"');
            out.extend_from_slice(STANDARD.encode(cursor.take(length)?).as_bytes());
            out.push(b'"');
        }
        Head::List(length) => {
            let depth = deeper(depth, at)?;
            out.push(b'[');
            for index in 0..length {
                separate(out, index);
                to_text(cursor, out, depth)?;
            }
            out.push(b']');
        }
        Head::Map(length) => {
            let depth = deeper(depth, at)?;
            out.push(b'{');
            for index in 0..length {
                separate(out, index);
                key(cursor, out, depth)?;
                out.push(b':');
                to_text(cursor, out, depth)?;
            }
            out.push(b'}');
        }
        Head::Extension(timestamp::EXTENSION, length) => {
            let body = cursor.take(length)?;
            let moment = Timestamp::read(body).ok_or(MsgpackError::BadExtension {
                at,
                what: "timestamp",
            })?;
            serde_json::to_writer(&mut *out, &moment.to_iso()).map_err(json_error)?;
        }
        Head::Extension(kind, _) => return Err(MsgpackError::UnknownExtension { at, kind }),
    }
    Ok(())
}

/// The next value, a map's key, as text: the content of a text, base64 of binary, otherwise its JSON.
pub(super) fn key_text(cursor: &mut Cursor<'_>, depth: usize) -> Result<String, MsgpackError> {
    let mut out = Vec::new();
    key(cursor, &mut out, depth)?;
    serde_json::from_slice(&out).map_err(json_error)
}

fn separate(out: &mut Vec<u8>, index: usize) {
    if index > 0 {
        out.push(b',');
    }
}

/// Keys are text in JSON: those that are something else become the text of their JSON.
fn key(cursor: &mut Cursor<'_>, out: &mut Vec<u8>, depth: usize) -> Result<(), MsgpackError> {
    let at = cursor.at();
    let mut ahead = *cursor;
    match ahead.head()? {
        head if !head.can_be_key() => Err(MsgpackError::BadKey { at }),
        Head::Text(_) | Head::Binary(_) => to_text(cursor, out, depth),
        _ => {
            out.push(b'"');
            to_text(cursor, out, depth)?;
            out.push(b'"');
            Ok(())
        }
    }
}

fn float(value: f64, out: &mut Vec<u8>) -> Result<(), MsgpackError> {
    /// Up to here every whole number is a float of its own.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= WHOLE {
        return serde_json::to_writer(out, &(value as i64)).map_err(json_error);
    }
    serde_json::to_writer(out, &value).map_err(json_error)
}

/// Writes what a deserializer finds as MessagePack.
struct Packer<'a> {
    out: &'a mut Vec<u8>,
    depth: usize,
}

impl Packer<'_> {
    fn deeper<E: de::Error>(&mut self) -> Result<Packer<'_>, E> {
        if self.depth < MAX_DEPTH {
            Ok(Packer {
                out: self.out,
                depth: self.depth + 1,
            })
        } else {
            Err(E::custom(format_args!("nested deeper than {MAX_DEPTH}")))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Packer<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Packer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        write::nil(self.out);
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        write::boolean(self.out, value);
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        write::unsigned(self.out, value);
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        write::signed(self.out, value);
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        write::float64(self.out, value);
        Ok(())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<(), E> {
        write::text(self.out, value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let head = reserve(self.out);
        let mut inner = self.deeper()?;
        let mut length = 0;
        while list
            .next_element_seed(Packer {
                out: inner.out,
                depth: inner.depth,
            })?
            .is_some()
        {
            length += 1;
        }
        inner.fill(head, |out| write::list(out, length));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let head = reserve(self.out);
        let mut inner = self.deeper()?;
        let mut length = 0;
        while map
            .next_key_seed(Packer {
                out: inner.out,
                depth: inner.depth,
            })?
            .is_some()
        {
            map.next_value_seed(Packer {
                out: inner.out,
                depth: inner.depth,
            })?;
            length += 1;
        }
        inner.fill(head, |out| write::map(out, length));
        Ok(())
    }
}

/// Leaves one byte for a head whose length is not known yet; that is enough for up to 15 elements.
fn reserve(out: &mut Vec<u8>) -> usize {
    out.push(0);
    out.len() - 1
}

impl Packer<'_> {
    fn fill(&mut self, at: usize, head: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = Vec::with_capacity(5);
        head(&mut bytes);
        self.out.splice(at..=at, bytes);
    }
}
