//! From the engine's errors to [`Trap`]s.

use std::fmt::Write;

use wasmtime::{PoolConcurrencyLimitError, Trap as WasmTrap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::call::OutOfPatience;
use crate::context::Violation;
use crate::error::{Trap, TrapKind};

/// Frames of a guest's stack that are worth reading.
const FRAMES: usize = 24;

/// A hook has used up its time.
#[derive(Debug, thiserror::Error)]
#[error("the hook used more than its {0:?} of processor time")]
pub(crate) struct OutOfTime(pub(crate) std::time::Duration);

/// What `error` says about the hook that ended with it.
pub(crate) fn trap_from(error: &wasmtime::Error, hook: &'static str, growth_refused: bool) -> Trap {
    let kind = kind_of(error, growth_refused);
    let mut message = match error.downcast_ref::<I32Exit>() {
        Some(exit) => format!("the guest called exit({})", exit.0),
        None => error.root_cause().to_string(),
    };
    if kind == TrapKind::MemoryLimit {
        message = format!("{message} after memory beyond the room's bound was refused");
    }
    Trap {
        kind,
        hook,
        message,
        backtrace: backtrace_of(error),
    }
}

fn kind_of(error: &wasmtime::Error, growth_refused: bool) -> TrapKind {
    if error.is::<OutOfTime>() || error.is::<OutOfPatience>() {
        return TrapKind::TimeLimit;
    }
    if error.is::<Violation>() {
        return TrapKind::Violation;
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return TrapKind::NoCapacity;
    }
    match error.downcast_ref::<WasmTrap>() {
        Some(WasmTrap::StackOverflow) => TrapKind::StackOverflow,
        Some(WasmTrap::Interrupt) => TrapKind::TimeLimit,
        // What a guest does about refused memory looks different in every language; all of it
        // ends in one of these.
        _ if growth_refused => TrapKind::MemoryLimit,
        Some(WasmTrap::UnreachableCodeReached) => TrapKind::Panic,
        _ if error.is::<I32Exit>() => TrapKind::Panic,
        _ => TrapKind::Other,
    }
}

fn backtrace_of(error: &wasmtime::Error) -> String {
    let mut text = String::new();
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return text;
    };
    for frame in backtrace.frames().iter().take(FRAMES) {
        let separator = if text.is_empty() { "" } else { "\n" };
        let name = match frame.func_name() {
            Some(name) => name.to_owned(),
            None => format!("function {}", frame.func_index()),
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{name}");
    }
    text
}
