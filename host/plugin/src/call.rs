//! How a call into a guest is run: woken up for, measured, and given up on.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use crate::engine::Shared;
use crate::epoch::Meter;

/// A hook waited too long.
#[derive(Debug, thiserror::Error)]
#[error("the hook did not end within {0:?}, its pauses counted")]
pub(crate) struct OutOfPatience(pub(crate) Duration);

/// Runs one call. Its processor time is bounded by the epoch (see [`Meter`]), the time that
/// it waits by a timer, which is set only when it first pauses: most calls never do.
///
/// Takes the call pinned: as an argument it would be in the caller's future twice, and copied for each hook.
pub(crate) fn run<T>(
    shared: &Shared,
    meter: &Meter,
    mut call: Pin<&mut impl Future<Output = wasmtime::Result<T>>>,
) -> impl Future<Output = wasmtime::Result<T>> {
    let mut patience = None;
    meter.begin();
    poll_fn(move |task| {
        shared.ticker.wake();
        if patience.is_some() {
            meter.resume();
        }
        let outcome = call.as_mut().poll(task);
        if outcome.is_ready() {
            return outcome;
        }
        let wait = shared.settings.hook_wait;
        let timer = patience.get_or_insert_with(|| {
            meter.begin_waiting();
            Box::pin(tokio::time::sleep(wait))
        });
        timer
            .as_mut()
            .poll(task)
            .map(|()| Err(wasmtime::Error::new(OutOfPatience(wait))))
    })
}
