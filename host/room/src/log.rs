//! How much a room may write to the log.

use std::time::Duration;

use tokio::time::Instant;

/// Lines that are left in the running second.
#[derive(Debug)]
pub(crate) struct LogBudget {
    per_second: u32,
    second: Instant,
    written: u32,
}

/// Whether a line is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    Write,
    /// The first line of a second that is lost: say so once.
    WriteNotice,
    Drop,
}

impl LogBudget {
    pub fn new(per_second: u32) -> Self {
        Self {
            per_second,
            second: Instant::now(),
            written: 0,
        }
    }

    /// Asks for one line at `now`.
    pub fn ask(&mut self, now: Instant) -> Allowance {
        if now.saturating_duration_since(self.second) >= Duration::from_secs(1) {
            self.second = now;
            self.written = 0;
        }
        self.written = self.written.saturating_add(1);
        match self.written.cmp(&self.per_second.saturating_add(1)) {
            std::cmp::Ordering::Less => Allowance::Write,
            std::cmp::Ordering::Equal => Allowance::WriteNotice,
            std::cmp::Ordering::Greater => Allowance::Drop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_its_lines_and_one_notice() {
        let start = Instant::now();
        let mut budget = LogBudget::new(2);
        budget.second = start;
        let asked: Vec<_> = (0..5).map(|_| budget.ask(start)).collect();
        assert_eq!(
            asked,
            [
                Allowance::Write,
                Allowance::Write,
                Allowance::WriteNotice,
                Allowance::Drop,
                Allowance::Drop
            ]
        );
        assert_eq!(budget.ask(start + Duration::from_secs(1)), Allowance::Write);
    }
}
