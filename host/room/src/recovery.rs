//! How often a room may come back after traps.

use std::time::Duration;

use tokio::time::Instant;

use crate::settings::Recovery;

/// When a room came back lately.
#[derive(Debug, Default)]
pub(crate) struct Recoveries {
    /// Oldest first.
    times: Vec<Instant>,
}

/// What a room does after one more trap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    After(Duration),
    /// It has come back too often.
    Never,
}

impl Recoveries {
    /// The first recovery comes at once, the second after the backoff, each further one within the window after
    /// twice the time of the one before.
    pub fn next(&mut self, now: Instant, rules: &Recovery) -> Retry {
        self.times
            .retain(|time| now.saturating_duration_since(*time) < rules.window);
        let so_far = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        if so_far >= rules.budget {
            return Retry::Never;
        }
        self.times.push(now);
        Retry::After(match so_far.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => rules.backoff.saturating_mul(2_u32.saturating_pow(doublings)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_spent_and_comes_back() {
        let rules = Recovery {
            budget: 3,
            window: Duration::from_secs(60),
            backoff: Duration::from_millis(50),
            ..Recovery::default()
        };
        let start = Instant::now();
        let mut recoveries = Recoveries::default();
        let mut next = |seconds| recoveries.next(start + Duration::from_secs(seconds), &rules);
        assert_eq!(next(0), Retry::After(Duration::ZERO));
        assert_eq!(next(1), Retry::After(Duration::from_millis(50)));
        assert_eq!(next(2), Retry::After(Duration::from_millis(100)));
        assert_eq!(next(3), Retry::Never);
        assert_eq!(next(60), Retry::After(Duration::from_millis(100)));
    }
}
