//! Small operations on packed maps and lists that need no unpacking.

use std::collections::HashSet;

use super::head::{Cursor, Head};
use super::{MsgpackError, write};

/// Whether the value is a map; looks at its head only.
#[must_use]
pub fn is_map(value: &[u8]) -> bool {
    matches!(Cursor::new(value).head(), Ok(Head::Map(_)))
}

/// One list out of several packed values: how a message of several values reaches clients that know one.
#[must_use]
pub fn list<'a>(values: impl ExactSizeIterator<Item = &'a [u8]> + Clone) -> Vec<u8> {
    let mut out = Vec::with_capacity(5 + values.clone().map(<[u8]>::len).sum::<usize>());
    write::list(&mut out, values.len());
    values.for_each(|value| out.extend_from_slice(value));
    out
}

/// Lays one map over another: the members of `over` replace those of `base` with the same key, all others stay. So an
/// operator's options stand above a client's.
///
/// # Errors
/// [`MsgpackError`] if one of them is not one whole map.
pub fn map_overlay(base: &[u8], over: &[u8]) -> Result<Vec<u8>, MsgpackError> {
    let over_members = members(over)?;
    let taken: HashSet<Key<'_>> = over_members.iter().map(|member| member.key).collect();
    let base_members = members(base)?;
    let kept = base_members.iter().filter(|member| !taken.contains(&member.key));

    let mut out = Vec::with_capacity(base.len() + over.len() + 5);
    write::map(&mut out, kept.clone().count() + over_members.len());
    for member in kept.chain(&over_members) {
        out.extend_from_slice(member.bytes);
    }
    Ok(out)
}

/// A key, equal to another however long the head of its text was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Text(&'a [u8]),
    Other(&'a [u8]),
}

struct Member<'a> {
    key: Key<'a>,
    /// Key and value.
    bytes: &'a [u8],
}

fn members(map: &[u8]) -> Result<Vec<Member<'_>>, MsgpackError> {
    let mut cursor = Cursor::new(map);
    let Head::Map(length) = cursor.head()? else {
        return Err(MsgpackError::NotAMap);
    };
    let mut members = Vec::new();
    for _ in 0..length {
        let from = cursor.at();
        let mut ahead = cursor;
        let text = match ahead.head()? {
            Head::Text(length) => Some(ahead.take(length)?),
            _ => None,
        };
        skip(&mut cursor)?;
        let key = text.map_or(Key::Other(cursor.between(from, cursor.at())), Key::Text);
        skip(&mut cursor)?;
        members.push(Member {
            key,
            bytes: cursor.between(from, cursor.at()),
        });
    }
    cursor.finish()?;
    Ok(members)
}

/// Moves behind one value, however deep it is.
fn skip(cursor: &mut Cursor<'_>) -> Result<(), MsgpackError> {
    let mut pending: usize = 1;
    while pending > 0 {
        pending -= 1;
        match cursor.head()? {
            Head::List(length) => pending = pending.saturating_add(length),
            Head::Map(length) => pending = pending.saturating_add(length.saturating_mul(2)),
            Head::Text(length) | Head::Binary(length) | Head::Extension(_, length) => {
                cursor.take(length)?;
            }
            _ => {}
        }
    }
    Ok(())
}
