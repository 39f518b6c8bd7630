//! Primitive codecs of the wire (protocol §9), in forms that all decoders read exactly.

use crate::Primitive;
use crate::scalar::Scalar;

/// A body being written.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    bytes: Vec<u8>,
}

impl Wire {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
        }
    }

    pub(crate) fn into_bytes(self) -> bytes::Bytes {
        self.bytes.into()
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(crate) fn u8(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// A reference, index, code or length (§9.1).
    #[inline]
    pub(crate) fn count(&mut self, count: u64) {
        match count {
            0..=0x7f => self.u8(count as u8),
            0x80..=0xff => self.tagged(0xcc, (count as u8).to_le_bytes()),
            0x100..=0xffff => self.tagged(0xcd, (count as u16).to_le_bytes()),
            0x1_0000..=0xffff_ffff => self.tagged(0xce, (count as u32).to_le_bytes()),
            _ => self.tagged(0xcf, count.to_le_bytes()),
        }
    }

    /// A `number` (§9.1): the shortest form that is exact.
    #[inline]
    pub(crate) fn number(&mut self, number: f64) {
        let integer = number as i64;
        if integer as f64 == number && (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&integer) {
            match integer {
                0.. => self.count(integer as u64),
                -32..=-1 => self.u8(integer as i8 as u8),
                -0x80..=-33 => self.tagged(0xd0, (integer as i8).to_le_bytes()),
                -0x8000..=-0x81 => self.tagged(0xd1, (integer as i16).to_le_bytes()),
                _ => self.tagged(0xd2, (integer as i32).to_le_bytes()),
            }
        } else if f64::from(number as f32) == number || number.is_nan() {
            self.tagged(0xca, (number as f32).to_le_bytes());
        } else {
            self.tagged(0xcb, number.to_le_bytes());
        }
    }

    /// A string (§9.2), of any length.
    pub(crate) fn text(&mut self, text: &str) {
        match text.len() {
            len @ 0..=0x1f => self.u8(0xa0 | len as u8),
            len @ 0x20..=0xff => self.tagged(0xd9, (len as u8).to_le_bytes()),
            len @ 0x100..=0xffff => self.tagged(0xda, (len as u16).to_le_bytes()),
            len => self.tagged(0xdb, (len as u32).to_le_bytes()),
        }
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A primitive in the form of its type (§9).
    #[inline]
    pub(crate) fn primitive(&mut self, primitive: Primitive, value: &Scalar) {
        match (value, primitive) {
            (Scalar::Text(text), _) => self.text(text),
            (Scalar::Boolean(boolean), _) => self.u8(u8::from(*boolean)),
            (Scalar::Unsigned(integer), _) => self.raw(&integer.to_le_bytes()),
            (Scalar::Integer(integer), Primitive::Int8 | Primitive::Uint8) => self.u8(*integer as u8),
            (Scalar::Integer(integer), Primitive::Int16 | Primitive::Uint16) => {
                self.raw(&(*integer as u16).to_le_bytes());
            }
            (Scalar::Integer(integer), Primitive::Int32 | Primitive::Uint32) => {
                self.raw(&(*integer as u32).to_le_bytes());
            }
            (Scalar::Integer(integer), _) => self.raw(&integer.to_le_bytes()),
            (Scalar::Float(float), Primitive::Number) => self.number(*float),
            (Scalar::Float(float), Primitive::Float32) => self.raw(&(*float as f32).to_le_bytes()),
            (Scalar::Float(float), _) => self.raw(&float.to_le_bytes()),
            // The tree stores neither under a primitive type.
            (Scalar::Unset | Scalar::Node(_), _) => {}
        }
    }

    #[inline]
    fn tagged<const N: usize>(&mut self, tag: u8, bytes: [u8; N]) {
        // Space is looked for once; most of what a patch consists of goes through here.
        self.bytes.reserve(N + 1);
        self.u8(tag);
        self.raw(&bytes);
    }

    #[inline]
    fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(write: impl FnOnce(&mut Wire)) -> String {
        let mut wire = Wire::default();
        write(&mut wire);
        wire.bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn numbers_take_the_shortest_exact_form() {
        let cases: [(f64, &str); 22] = [
            (0.0, "00"),
            (127.0, "7f"),
            (128.0, "cc80"),
            (255.0, "ccff"),
            (256.0, "cd0001"),
            (65_536.0, "ce00000100"),
            (4_294_967_295.0, "ceffffffff"),
            (4_294_967_296.0, "ca0000804f"),
            (9_007_199_254_740_991.0, "cbffffffffffff3f43"),
            (-1.0, "ff"),
            (-32.0, "e0"),
            (-33.0, "d0df"),
            (-128.0, "d080"),
            (-129.0, "d17fff"),
            (-32_769.0, "d2ff7fffff"),
            (-2_147_483_648.0, "d200000080"),
            (0.5, "ca0000003f"),
            (0.1, "cb9a9999999999b93f"),
            (1e39, "cb1d4a9cf487820748"),
            (f64::INFINITY, "ca0000807f"),
            (f64::NAN, "ca0000c07f"),
            (-2_147_483_649.0, "cb000020000000e0c1"),
        ];
        for (number, expected) in cases {
            assert_eq!(hex(|wire| wire.number(number)), expected, "{number}");
        }
    }

    #[test]
    fn strings_of_every_length_class() {
        for (len, prefix) in [
            (0, "a0"),
            (31, "bf"),
            (32, "d920"),
            (255, "d9ff"),
            (256, "da0001"),
            (65_536, "db00000100"),
        ] {
            assert!(
                hex(|wire| wire.text(&"a".repeat(len))).starts_with(prefix),
                "{len}"
            );
        }
    }
}
