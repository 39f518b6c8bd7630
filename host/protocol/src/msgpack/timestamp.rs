//! Extension −1: a moment in seconds and nanoseconds since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rmp::encode;

pub(super) const EXTENSION: i8 = -1;

const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// A moment as the extension has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timestamp {
    pub(super) seconds: i64,
    /// Below 10⁹.
    pub(super) nanos: u32,
}

pub(super) fn is_valid(body: &[u8]) -> bool {
    Timestamp::read(body).is_some()
}

impl Timestamp {
    /// Reads one of the three bodies of the standard.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let (seconds, nanos) = match body.len() {
            4 => (i64::from(u32::from_be_bytes(*body.first_chunk()?)), 0),
            8 => {
                let both = u64::from_be_bytes(*body.first_chunk()?);
                (
                    i64::try_from(both & 0x3_ffff_ffff).ok()?,
                    u32::try_from(both >> 34).ok()?,
                )
            }
            12 => (
                i64::from_be_bytes(*body.last_chunk()?),
                u32::from_be_bytes(*body.first_chunk()?),
            ),
            _ => return None,
        };
        (nanos < NANOS_PER_SECOND).then_some(Self { seconds, nanos })
    }

    /// As JavaScript's `Date.toJSON` writes it, to the millisecond; `None` outside the range of a `Date`.
    pub(super) fn to_iso(self) -> Option<String> {
        const DATE_LIMIT: i64 = 8_640_000_000_000;
        if !(-DATE_LIMIT..=DATE_LIMIT).contains(&self.seconds)
            || (self.seconds == DATE_LIMIT && self.nanos > 0)
        {
            return None;
        }
        let days = self.seconds.div_euclid(86_400);
        let second = self.seconds.rem_euclid(86_400);
        let (year, month, day) = civil(days);
        let year = match year {
            0..=9999 => format!("{year:04}"),
            _ => format!("{year:+07}"),
        };
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let millis = self.nanos / 1_000_000;
        Some(format!(
            "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        ))
    }
}

/// A moment since 1970 as JavaScript's `Date.toJSON` writes it; none beyond a `Date`'s range.
pub(crate) fn iso_date(since_1970: Duration) -> Option<String> {
    let seconds = i64::try_from(since_1970.as_secs()).ok()?;
    Timestamp {
        seconds,
        nanos: since_1970.subsec_nanos(),
    }
    .to_iso()
}

/// Writes a moment, to the millisecond, as a JavaScript `Date` has it. One before 1970 becomes 1970.
pub(crate) fn write(out: &mut Vec<u8>, moment: SystemTime) {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, nanos) = (since.as_secs(), since.subsec_millis() * 1_000_000);
    if seconds >> 34 == 0 {
        encode::write_ext_meta(out, 8, EXTENSION).ok();
        out.extend_from_slice(&(u64::from(nanos) << 34 | seconds).to_be_bytes());
    } else {
        encode::write_ext_meta(out, 12, EXTENSION).ok();
        out.extend_from_slice(&nanos.to_be_bytes());
        out.extend_from_slice(&seconds.to_be_bytes());
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar: whole 400-year eras, then years
/// that begin in March, so that the leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
