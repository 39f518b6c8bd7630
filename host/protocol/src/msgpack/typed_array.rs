//! Extension 0x74: JavaScript's typed arrays, as msgpackr writes them when told to keep types.

use super::transcode::Output;
use super::{MsgpackError, write};

pub(super) const EXTENSION: i8 = 0x74;

/// Writes the plain form: binary for arrays of bytes, otherwise a list of numbers, so that rooms in any language can
/// read it without knowing JavaScript's types. The body is a type and little-endian elements.
pub(super) fn write(body: &[u8], at: usize, out: &mut Output<'_>) -> Result<(), MsgpackError> {
    let bad = MsgpackError::BadExtension {
        at,
        what: "typed array",
    };
    let Some((&kind, data)) = body.split_first() else {
        return Err(bad);
    };
    match kind {
        1 | 16 | 17 => {
            let mut head = Vec::with_capacity(5);
            write::binary_head(&mut head, data.len());
            out.append(&head)?;
            out.append(data)
        }
        0 => list(data, at, out, |v, n| {
            write::signed(v, i64::from(i8::from_le_bytes(n)))
        }),
        2 => list(data, at, out, |v, n| {
            write::unsigned(v, u64::from(u8::from_le_bytes(n)))
        }),
        3 => list(data, at, out, |v, n| {
            write::signed(v, i64::from(i16::from_le_bytes(n)))
        }),
        4 => list(data, at, out, |v, n| {
            write::unsigned(v, u64::from(u16::from_le_bytes(n)))
        }),
        5 => list(data, at, out, |v, n| {
            write::signed(v, i64::from(i32::from_le_bytes(n)))
        }),
        6 => list(data, at, out, |v, n| {
            write::unsigned(v, u64::from(u32::from_le_bytes(n)))
        }),
        7 => list(data, at, out, |v, n| write::float32(v, f32::from_le_bytes(n))),
        8 => list(data, at, out, |v, n| write::float64(v, f64::from_le_bytes(n))),
        9 => list(data, at, out, |v, n| write::signed(v, i64::from_le_bytes(n))),
        10 => list(data, at, out, |v, n| write::unsigned(v, u64::from_le_bytes(n))),
        _ => Err(bad),
    }
}

fn list<const N: usize>(
    data: &[u8],
    at: usize,
    out: &mut Output<'_>,
    element: fn(&mut Vec<u8>, [u8; N]),
) -> Result<(), MsgpackError> {
    let (elements, rest) = data.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(MsgpackError::BadExtension {
            at,
            what: "typed array",
        });
    }
    let mut scratch = Vec::with_capacity(9);
    write::list(&mut scratch, elements.len());
    out.append(&scratch)?;
    for bytes in elements {
        scratch.clear();
        element(&mut scratch, *bytes);
        out.append(&scratch)?;
    }
    Ok(())
}
