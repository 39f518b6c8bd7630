//! Buffers that a thread lends to whichever connection it serves just now.

use std::cell::Cell;

/// Bytes that are read at once.
const READ: usize = 16 * 1024;
/// A buffer for writing that grew beyond this is not kept.
const KEPT: usize = 64 * 1024;

thread_local! {
    static READING: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static WRITING: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Lends a buffer to read into, with whatever was last in it.
pub(crate) fn with_read_buffer<T>(use_it: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut buffer = READING.take();
    buffer.resize(READ, 0);
    let outcome = use_it(&mut buffer);
    READING.set(buffer);
    outcome
}

/// Lends an empty buffer to gather in what is to be written.
pub(super) fn with_write_buffer<T>(use_it: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let mut buffer = WRITING.take();
    buffer.clear();
    let outcome = use_it(&mut buffer);
    if buffer.capacity() <= KEPT {
        WRITING.set(buffer);
    }
    outcome
}
