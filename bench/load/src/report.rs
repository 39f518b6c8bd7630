//! What a run found.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::measuring::Span;
use crate::tally::Tally;

/// Figures by name. A name says the unit; figures of the server's CPU time and memory are missing when its process
/// is not known.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Report {
    figures: BTreeMap<String, f64>,
}

impl Report {
    /// Adds a figure.
    pub fn set(&mut self, name: &str, value: f64) {
        self.figures.insert(name.to_owned(), value);
    }

    /// Adds a figure that may not be known.
    pub fn set_known(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// `WHAT_per_second` and `WHAT_per_cpu_second`.
    pub fn set_rates(&mut self, what: &str, count: f64, span: &Span) {
        self.set(&format!("{what}_per_second"), count / span.seconds());
        let per_cpu_second = span.server_seconds().map(|seconds| count / seconds);
        self.set_known(&format!("{what}_per_cpu_second"), per_cpu_second);
    }

    /// `WHAT_p50_ms` and `WHAT_p99_ms`.
    pub fn set_times(&mut self, what: &str, tally: &Tally) {
        self.set(&format!("{what}_p50_ms"), tally.milliseconds(0.5));
        self.set(&format!("{what}_p99_ms"), tally.milliseconds(0.99));
    }

    /// How busy both sides were, and everybody else on the machine, each in cores. A load generator near 1 was itself what limited a rate per second; a rate per CPU second
    /// holds all the same.
    pub fn set_busy(&mut self, span: &Span) {
        self.set("load_busy_share", span.busy_seconds() / span.seconds());
        let server = span.server_seconds().map(|seconds| seconds / span.seconds());
        self.set_known("server_cpu_share", server);
        let others = span.others_seconds().map(|seconds| seconds / span.seconds());
        self.set_known("others_cpu_share", others);
    }
}
