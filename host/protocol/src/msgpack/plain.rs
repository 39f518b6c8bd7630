//! MessagePack and the schema crate's loose values: how a document becomes state and back.

use parlor_schema::Plain;

use super::head::{Cursor, Head};
use super::timestamp::{self, Timestamp};
use super::{MsgpackError, deeper, json, write};

/// Unpacks one plain value. Timestamps become ISO 8601 text, or nothing beyond the range of a JavaScript date; keys
/// that are not text become the text of their JSON, as in [`super::to_json`].
///
/// # Errors
/// [`MsgpackError`] if the input is not one plain value, nested at most [`super::MAX_DEPTH`] deep.
pub fn to_plain(input: &[u8]) -> Result<Plain, MsgpackError> {
    let mut cursor = Cursor::new(input);
    let value = read(&mut cursor, 0)?;
    cursor.finish()?;
    Ok(value)
}

fn read(cursor: &mut Cursor<'_>, depth: usize) -> Result<Plain, MsgpackError> {
    let at = cursor.at();
    Ok(match cursor.head()? {
        Head::Nil => Plain::Null,
        Head::Bool(value) => Plain::Boolean(value),
        Head::Unsigned(value) => i64::try_from(value).map_or(Plain::Unsigned(value), Plain::Integer),
        Head::Signed(value) => Plain::Integer(value),
        Head::F32(value) => Plain::Float(f64::from(value)),
        Head::F64(value) => Plain::Float(value),
        Head::Text(length) => Plain::Text(text(cursor.take(length)?, at)?),
        Head::Binary(length) => Plain::Bytes(cursor.take(length)?.to_vec()),
        Head::List(length) => {
            let depth = deeper(depth, at)?;
            let mut values = Vec::new();
            for _ in 0..length {
                values.push(read(cursor, depth)?);
            }
            Plain::List(values)
        }
        Head::Map(length) => {
            let depth = deeper(depth, at)?;
            let mut members = Vec::new();
            for _ in 0..length {
                let key = key(cursor, depth)?;
                members.push((key, read(cursor, depth)?));
            }
            Plain::Map(members)
        }
        Head::Extension(timestamp::EXTENSION, length) => {
            let body = cursor.take(length)?;
            let moment = Timestamp::read(body).ok_or(MsgpackError::BadExtension {
                at,
                what: "timestamp",
            })?;
            moment.to_iso().map_or(Plain::Null, Plain::Text)
        }
        Head::Extension(kind, _) => return Err(MsgpackError::UnknownExtension { at, kind }),
    })
}

fn key(cursor: &mut Cursor<'_>, depth: usize) -> Result<String, MsgpackError> {
    let at = cursor.at();
    let mut ahead = *cursor;
    if let Head::Text(length) = ahead.head()? {
        let key = text(ahead.take(length)?, at)?;
        *cursor = ahead;
        return Ok(key);
    }
    json::key_text(cursor, depth)
}

fn text(bytes: &[u8], at: usize) -> Result<String, MsgpackError> {
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|_| MsgpackError::NotUtf8 { at })
}

/// Packs a value. One nested deeper than [`super::MAX_DEPTH`] makes bytes that [`super::validate`] refuses.
#[must_use]
pub fn from_plain(value: &Plain) -> Vec<u8> {
    let mut out = Vec::new();
    pack(value, &mut out);
    out
}

fn pack(value: &Plain, out: &mut Vec<u8>) {
    match value {
        Plain::Null => write::nil(out),
        Plain::Boolean(value) => write::boolean(out, *value),
        Plain::Integer(value) => write::signed(out, *value),
        Plain::Unsigned(value) => write::unsigned(out, *value),
        Plain::Float(value) => write::float64(out, *value),
        Plain::Text(value) => write::text(out, value),
        Plain::Bytes(value) => {
            write::binary_head(out, value.len());
            out.extend_from_slice(value);
        }
        Plain::List(values) => {
            write::list(out, values.len());
            values.iter().for_each(|value| pack(value, out));
        }
        Plain::Map(members) => {
            write::map(out, members.len());
            for (key, value) in members {
                write::text(out, key);
                pack(value, out);
            }
        }
    }
}
