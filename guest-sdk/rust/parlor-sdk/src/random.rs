//! Unpredictable numbers, different in every room.

use crate::bindings::parlor::room::random as wit;
use std::ops::Range;

/// Any 64 bits.
pub fn next() -> u64 {
    wit::next()
}

/// An integer out of the range, each as likely as the others. An empty range gives its start.
pub fn range(range: Range<u32>) -> u32 {
    scale(next(), range)
}

/// A number from 0 up to, but not including, 1.
pub fn fraction() -> f64 {
    // 53 bits: as many as a float holds exactly.
    (next() >> 11) as f64 / (1_u64 << 53) as f64
}

/// True so often, from 0 (never) to 1 (always).
pub fn chance(probability: f64) -> bool {
    fraction() < probability
}

/// One of the values; none if there are none.
pub fn pick<T>(values: &[T]) -> Option<&T> {
    values.get(position(next(), values.len()))
}

/// Brings the values into any order.
pub fn shuffle<T>(values: &mut [T]) {
    for last in (1..values.len()).rev() {
        values.swap(last, position(next(), last + 1));
    }
}

/// The high half of a product with 64 random bits: even but for 1 part in 2^32.
fn scale(random: u64, range: Range<u32>) -> u32 {
    let width = u128::from(range.end.saturating_sub(range.start));
    let offset = (u128::from(random) * width) >> 64;
    range.start + u32::try_from(offset).unwrap_or_default()
}

fn position(random: u64, length: usize) -> usize {
    usize::try_from((u128::from(random) * length as u128) >> 64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_reaches_both_ends_and_not_beyond() {
        let cases = [
            (0, 5..8, 5),
            (u64::MAX, 5..8, 7),
            (u64::MAX, 0..u32::MAX, u32::MAX - 1),
            (7, 3..3, 3),
        ];
        for (random, range, expected) in cases {
            assert_eq!(scale(random, range.clone()), expected, "{random} in {range:?}");
        }
        assert_eq!(position(u64::MAX, 10), 9);
        assert_eq!(position(u64::MAX, 0), 0);
    }
}
