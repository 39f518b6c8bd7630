//! A patch as a host would send it, made once: nothing is simulated and nothing encoded.

use bytes::Bytes;

const ROOM_STATE_PATCH: u8 = 0x0f;

/// `changing` of `entities` entities with two fractions each, as bytes of state (protocol §10).
pub fn patch(entities: u64, changing: u64) -> Bytes {
    let mut bytes = vec![ROOM_STATE_PATCH];
    // The root has reference 0, the map 1.
    let end = entities + 2;
    for reference in end.saturating_sub(changing)..end {
        bytes.push(0xff);
        match reference {
            0..=0x7f => bytes.push(reference as u8),
            0x80..=0xff => bytes.extend([0xcc, reference as u8]),
            _ => {
                bytes.push(0xcd);
                bytes.extend((reference as u16).to_le_bytes());
            }
        }
        for field in [0, 1] {
            bytes.push(field);
            bytes.push(0xcb);
            bytes.extend(37.77_f64.to_le_bytes());
        }
    }
    Bytes::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_has_the_size_of_its_entities() {
        for (entities, changing, bytes) in [(100, 100, 1 + 100 * 22), (10_000, 100, 1 + 100 * 24), (2, 0, 1)]
        {
            let length = patch(entities, changing).len();
            assert!(length.abs_diff(bytes) <= 1, "{changing} of {entities}: {length}");
        }
    }
}
