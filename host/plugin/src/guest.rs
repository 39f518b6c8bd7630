//! What the store of one instance carries: whom the guest talks to, and its bounds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime_wasi::{WasiCtxView, WasiView};

use crate::context::RoomContext;
use crate::epoch::Meter;
use crate::limits::Limits;
use crate::settings::PluginSettings;
use crate::vocabulary::LogLevel;
use crate::wasi::Wasi;

/// Bytes of one line in a room's log. A longer message is cut; a longer line of output becomes several.
pub(crate) const LONGEST_LINE: usize = 8 << 10;

/// The data of one instance's store.
pub(crate) struct Guest<C> {
    pub(crate) context: C,
    pub(crate) limits: Limits,
    pub(crate) meter: Arc<Meter>,
    hook_wait: Duration,
    wasi: Option<Box<Wasi>>,
}

impl<C: RoomContext> Guest<C> {
    pub(crate) fn new(context: C, settings: &PluginSettings) -> Self {
        Self {
            context,
            limits: Limits::new(settings),
            meter: Arc::new(Meter::new()),
            hook_wait: settings.hook_wait,
            wasi: None,
        }
    }

    /// When an import of the running hook has to give up waiting: a tenth before the hook's time on the wall is over.
    pub(crate) fn gives_up_at(&self) -> Instant {
        self.meter.waits_since() + (self.hook_wait - self.hook_wait / 10)
    }

    /// Writes to the room's log, after what the guest has written to its stdout and stderr before.
    pub(crate) fn log(&mut self, level: LogLevel, message: &str) {
        self.drain_output(Drain::Lines);
        self.context.log(level, cut(message));
    }

    /// Sends to the room's log what the guest wrote to its stdout and stderr.
    pub(crate) fn drain_output(&mut self, what: Drain) {
        if let Some(wasi) = &mut self.wasi {
            wasi.drain(what, |level, line| self.context.log(level, line));
        }
    }
}

/// What of a guest's output goes to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drain {
    /// Lines that are finished; a hook is running.
    Lines,
    /// Everything; the hook has ended.
    All,
}

impl<C: RoomContext> WasiView for Guest<C> {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.get_or_insert_with(|| Box::new(Wasi::new())).view()
    }
}

fn cut(message: &str) -> &str {
    message
        .get(..message.floor_char_boundary(LONGEST_LINE))
        .unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        let long = format!("{}\u{1f600}", "x".repeat(LONGEST_LINE - 2));
        assert_eq!(cut(&long).len(), LONGEST_LINE - 2);
    }
}
