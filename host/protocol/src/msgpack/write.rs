//! Writing plain MessagePack into a buffer, each value in its shortest form. Writing into a `Vec` cannot fail,
//! so what `rmp` returns is dropped.

use rmp::encode;

pub(crate) fn nil(out: &mut Vec<u8>) {
    out.push(0xc0);
}

pub(crate) fn boolean(out: &mut Vec<u8>, value: bool) {
    out.push(if value { 0xc3 } else { 0xc2 });
}

pub(crate) fn unsigned(out: &mut Vec<u8>, value: u64) {
    encode::write_uint(out, value).ok();
}

pub(crate) fn signed(out: &mut Vec<u8>, value: i64) {
    encode::write_sint(out, value).ok();
}

pub(crate) fn float32(out: &mut Vec<u8>, value: f32) {
    encode::write_f32(out, value).ok();
}

pub(crate) fn float64(out: &mut Vec<u8>, value: f64) {
    encode::write_f64(out, value).ok();
}

pub(crate) fn text(out: &mut Vec<u8>, value: &str) {
    encode::write_str(out, value).ok();
}

/// Head of a byte string; the bytes follow.
pub(crate) fn binary_head(out: &mut Vec<u8>, length: usize) {
    encode::write_bin_len(out, u32::try_from(length).unwrap_or(u32::MAX)).ok();
}

/// Head of a list. More than 2³² values do not fit into memory.
pub(crate) fn list(out: &mut Vec<u8>, length: usize) {
    encode::write_array_len(out, u32::try_from(length).unwrap_or(u32::MAX)).ok();
}

/// Head of a map. More than 2³² members do not fit into memory.
pub(crate) fn map(out: &mut Vec<u8>, length: usize) {
    encode::write_map_len(out, u32::try_from(length).unwrap_or(u32::MAX)).ok();
}

/// The head of a map in the first bytes of an array, and how many they are.
pub(crate) fn map_head(length: usize) -> ([u8; 5], usize) {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let [first, second, third, fourth] = length.to_be_bytes();
    match length {
        0..=0xf => ([0x80 | fourth, 0, 0, 0, 0], 1),
        0x10..=0xffff => ([0xde, third, fourth, 0, 0], 3),
        0x1_0000.. => ([0xdf, first, second, third, fourth], 5),
    }
}
