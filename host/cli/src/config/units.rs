//! Sizes and times as people write them: `64MiB`, `100ms`.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// A number of bytes: `"64MiB"`, `"64 KiB"`, `"10MB"`, or a plain integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

/// A span of time: `"100ms"`, `"15s"`, `"1.5m"`, `"1h"`. Never a bare number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSpan(pub Duration);

const SIZE_UNITS: [(&str, u64); 7] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

const TIME_UNITS: [(&str, f64); 5] = [("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

/// What both parsers share: a decimal number, then one of the units.
fn split_quantity(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number = number.parse::<f64>().ok()?;
    Some((number, unit.trim_start()))
}

fn unit_list<T>(units: &[(&str, T)]) -> String {
    units.iter().map(|(unit, _)| *unit).collect::<Vec<_>>().join(", ")
}

impl ByteSize {
    /// Reads `64MiB`. The unit must be there; case does not matter.
    ///
    /// # Errors
    /// A sentence that says what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "`{text}` is not a size; write a number and one of {}, like \"64MiB\"",
                unit_list(&SIZE_UNITS)
            )
        };
        let (number, unit) = split_quantity(text).ok_or_else(bad)?;
        let (_, factor) = SIZE_UNITS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit))
            .ok_or_else(bad)?;
        let bytes = number * *factor as f64;
        // Above 2^53 a double no longer holds every integer, and no machine has that much.
        if bytes > (1u64 << 53) as f64 || bytes.fract() != 0.0 {
            return Err(bad());
        }
        Ok(Self(bytes as u64))
    }

    /// For settings that count in the machine's own word size.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl TimeSpan {
    /// Reads `100ms`. The unit must be there.
    ///
    /// # Errors
    /// A sentence that says what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "`{text}` is not a time; write a number and one of {}, like \"100ms\"",
                unit_list(&TIME_UNITS)
            )
        };
        let (number, unit) = split_quantity(text).ok_or_else(bad)?;
        let (_, factor) = TIME_UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(bad)?;
        Duration::try_from_secs_f64(number * factor)
            .map(Self)
            .map_err(|_| bad())
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SizeVisitor;
        impl Visitor<'_> for SizeVisitor {
            type Value = ByteSize;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size like \"64MiB\", or a number of bytes")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ByteSize, E> {
                ByteSize::parse(text).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<ByteSize, E> {
                u64::try_from(bytes)
                    .map(ByteSize)
                    .map_err(|_| E::custom("a size cannot be negative"))
            }
            fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<ByteSize, E> {
                Ok(ByteSize(bytes))
            }
        }
        deserializer.deserialize_any(SizeVisitor)
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimeVisitor;
        impl Visitor<'_> for TimeVisitor {
            type Value = TimeSpan;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time with its unit, like \"100ms\" or \"15s\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<TimeSpan, E> {
                TimeSpan::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(TimeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("0B", 0),
            ("1B", 1),
            ("64KiB", 65_536),
            ("64 KiB", 65_536),
            ("64kib", 65_536),
            ("1.5MiB", 1_572_864),
            ("2GiB", 2_147_483_648),
            ("10MB", 10_000_000),
        ] {
            assert_eq!(ByteSize::parse(text), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_the_units() {
        for text in [
            "",
            "64",
            "MiB",
            "64 mebi",
            "-1KiB",
            "0.5B",
            "1e3KB",
            "1..5KB",
            "99999999999GiB",
            "NaNKiB",
        ] {
            let message = ByteSize::parse(text).unwrap_err();
            assert!(
                message.contains("MiB") && message.contains(text),
                "{text}: {message}"
            );
        }
    }

    #[test]
    fn times_are_read() {
        for (text, micros) in [
            ("0s", 0),
            ("250us", 250),
            ("100ms", 100_000),
            ("100 ms", 100_000),
            ("15s", 15_000_000),
            ("1.5m", 90_000_000),
            ("2h", 7_200_000_000),
        ] {
            assert_eq!(
                TimeSpan::parse(text),
                Ok(TimeSpan(Duration::from_micros(micros))),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_units() {
        for text in [
            "",
            "100",
            "ms",
            "5 seconds",
            "-1s",
            "1S",
            "1e99h",
            "999999999999999999999h",
        ] {
            let message = TimeSpan::parse(text).unwrap_err();
            assert!(
                message.contains("ms") && message.contains(text),
                "{text}: {message}"
            );
        }
    }
}
