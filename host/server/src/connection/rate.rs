//! How much a client may say.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Whether one more message is within the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Within,
    /// More than so many came within a second.
    Beyond(NonZeroU32),
}

/// Counts a client's messages, anew in each second that begins with one (§4.2).
#[derive(Debug)]
pub(crate) struct Rate {
    /// None: no limit.
    limit: Option<NonZeroU32>,
    second: Instant,
    counted: u32,
}

impl Rate {
    pub fn new(limit: Option<NonZeroU32>) -> Self {
        Self {
            limit,
            second: Instant::now(),
            counted: 0,
        }
    }

    /// A message has come. `now` is asked for only if there is a limit.
    pub fn count(&mut self, now: impl FnOnce() -> Instant) -> Verdict {
        let Some(limit) = self.limit else {
            return Verdict::Within;
        };
        let now = now();
        if now.saturating_duration_since(self.second) >= SECOND {
            self.second = now;
            self.counted = 0;
        }
        self.counted += 1;
        if self.counted > limit.get() {
            Verdict::Beyond(limit)
        } else {
            Verdict::Within
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_has_its_messages() {
        let mut rate = Rate::new(NonZeroU32::new(2));
        let start = Instant::now();
        let limit = NonZeroU32::new(2).unwrap();
        let cases = [
            (0, Verdict::Within),
            (999, Verdict::Within),
            (1000, Verdict::Within),
            (1001, Verdict::Within),
            (1999, Verdict::Beyond(limit)),
            (2000, Verdict::Within),
        ];
        for (milliseconds, expected) in cases {
            let now = start + SECOND + Duration::from_millis(milliseconds);
            assert_eq!(rate.count(|| now), expected, "at {milliseconds} ms");
        }
    }

    #[test]
    fn without_a_limit_everything_is_within() {
        let mut rate = Rate::new(None);
        let now = Instant::now();
        assert!((0..10_000).all(|_| rate.count(|| now) == Verdict::Within));
    }
}
