//! The queue between a room and one connection's writer.
//!
//! A room never waits for a client: it puts finished frames here and goes on. The
//! writer takes everything that is queued at once and writes it in one go. The queue
//! is bounded in bytes. At the bound state frames go first, because a later snapshot
//! replaces them; if messages alone fill it, the connection is closed.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use parlor_protocol::close::CloseCode;

/// Tells one connection from another that belongs to the same client, so that what an
/// old connection still has to say cannot harm its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId(u64);

/// Why and how a connection is to be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The WebSocket close code.
    pub code: CloseCode,
    /// At most 123 bytes reach the client (RFC 6455 §5.5).
    pub reason: String,
}

impl Close {
    /// A close that gives no reason.
    pub fn with(code: CloseCode) -> Self {
        Self {
            code,
            reason: String::new(),
        }
    }
}

/// What became of a state frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateDelivery {
    /// It will be written.
    Queued,
    /// It, and every state frame that waited before it, was dropped: the client needs
    /// a fresh snapshot.
    Dropped,
}

/// The queue is full of messages; its connection is being closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client's outbound queue is full")]
pub struct QueueFull;

/// The room's end of the queue.
#[derive(Clone, Debug)]
pub struct Outbox {
    shared: Arc<Shared>,
}

/// The writer's end of the queue. Dropping it tells the room's end that nobody writes
/// any more.
#[derive(Debug)]
pub struct OutboxReader {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    connection: ConnectionId,
    limit: usize,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    frames: Vec<Bytes>,
    /// Which of them are state, in order.
    state: Vec<usize>,
    /// Bytes in `frames` and in the batch that is being written.
    bytes: usize,
    close: Option<Close>,
    ended: Ended,
    /// The writer, while it waits. Taken by whoever wakes it, so that it is woken once for all that is queued meanwhile.
    waiting: Option<Waker>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Ended {
    #[default]
    No,
    /// Nothing more is accepted.
    Yes,
}

/// Makes the two ends of a connection's queue. `limit` is in bytes.
pub fn outbox(limit: usize) -> (Outbox, OutboxReader) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let shared = Arc::new(Shared {
        connection: ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed)),
        limit,
        queue: Mutex::default(),
    });
    (
        Outbox {
            shared: Arc::clone(&shared),
        },
        OutboxReader { shared },
    )
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox {
    /// The connection that this queue belongs to.
    pub fn connection(&self) -> ConnectionId {
        self.shared.connection
    }

    /// Queues a message frame. To a connection that has ended it does nothing.
    ///
    /// # Errors
    /// Messages alone would exceed the bound: what waited is thrown away and the
    /// connection is closed with [`CloseCode::TOO_SLOW`].
    pub fn push_message(&self, frame: Bytes) -> Result<(), QueueFull> {
        let mut queue = self.shared.queue();
        if queue.ended == Ended::Yes {
            return Ok(());
        }
        if queue.bytes + frame.len() > self.shared.limit {
            queue.drop_state();
        }
        if queue.bytes + frame.len() > self.shared.limit {
            queue.drop_all();
            queue.end(Close {
                code: CloseCode::TOO_SLOW,
                reason: "too slow: more messages were waiting for this client than may wait".to_owned(),
            });
            wake_writer(queue);
            return Err(QueueFull);
        }
        queue.push(frame);
        wake_writer(queue);
        Ok(())
    }

    /// Queues a snapshot or patch frame, or drops all of them if it does not fit.
    pub fn push_state(&self, frame: Bytes) -> StateDelivery {
        let mut queue = self.shared.queue();
        if queue.ended == Ended::Yes {
            return StateDelivery::Queued;
        }
        // A snapshot larger than the bound must still be able to go out on an empty queue.
        if queue.bytes > 0 && queue.bytes + frame.len() > self.shared.limit {
            queue.drop_state();
            return StateDelivery::Dropped;
        }
        let at = queue.frames.len();
        queue.state.push(at);
        queue.push(frame);
        wake_writer(queue);
        StateDelivery::Queued
    }

    /// True once everything that was queued has been written.
    pub fn is_empty(&self) -> bool {
        self.shared.queue().bytes == 0
    }

    /// Closes the connection once everything that is queued has been written. The first
    /// call counts; what is pushed afterwards is dropped.
    pub fn close(&self, code: CloseCode, reason: impl Into<String>) {
        self.close_with(Close {
            code,
            reason: reason.into(),
        });
    }

    /// The same, by a value.
    pub fn close_with(&self, close: Close) {
        let mut queue = self.shared.queue();
        queue.end(close);
        wake_writer(queue);
    }
}

/// Once the queue is free again: the writer may run at once, on another thread.
fn wake_writer(mut queue: MutexGuard<'_, Queue>) {
    let waiting = queue.waiting.take();
    drop(queue);
    if let Some(writer) = waiting {
        writer.wake();
    }
}

impl Queue {
    fn push(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.frames.push(frame);
    }

    /// The two exchange what they have their frames in, so that nothing is copied one by one.
    fn take(&mut self, batch: &mut Batch) {
        batch.frames.clear();
        mem::swap(&mut self.frames, &mut batch.frames);
        self.state.clear();
        batch.close = self.close.take();
    }

    fn drop_state(&mut self) {
        let mut state = mem::take(&mut self.state).into_iter().peekable();
        let (mut at, mut freed) = (0, 0);
        self.frames.retain(|frame| {
            let is_state = state.next_if_eq(&at).is_some();
            at += 1;
            if is_state {
                freed += frame.len();
            }
            !is_state
        });
        self.bytes -= freed;
    }

    fn drop_all(&mut self) {
        let freed: usize = self.frames.drain(..).map(|frame| frame.len()).sum();
        self.state.clear();
        self.bytes -= freed;
    }

    fn end(&mut self, close: Close) {
        if self.ended == Ended::No {
            self.ended = Ended::Yes;
            self.close = Some(close);
        }
    }
}

/// What the writer has to do next.
#[derive(Debug, Default)]
pub struct Batch {
    /// Frames to write, in order, before one flush.
    pub frames: Vec<Bytes>,
    /// Close the connection after the frames.
    pub close: Option<Close>,
}

impl OutboxReader {
    /// The connection that this queue belongs to.
    pub fn connection(&self) -> ConnectionId {
        self.shared.connection
    }

    /// Takes all that is queued; ready once there is something. `batch` is cleared first; handing the same one in again
    /// saves an allocation.
    pub fn poll_next(&mut self, cx: &mut Context<'_>, batch: &mut Batch) -> Poll<()> {
        let mut queue = self.shared.queue();
        queue.take(batch);
        if !batch.frames.is_empty() || batch.close.is_some() {
            return Poll::Ready(());
        }
        let known = queue.waiting.as_ref();
        if !known.is_some_and(|waiting| waiting.will_wake(cx.waker())) {
            queue.waiting = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Tells that frames of so many bytes have been written, so that they no longer count.
    pub fn written(&mut self, bytes: usize) {
        let mut queue = self.shared.queue();
        queue.bytes = queue.bytes.saturating_sub(bytes);
    }
}

impl Drop for OutboxReader {
    fn drop(&mut self) {
        let mut queue = self.shared.queue();
        queue.drop_all();
        queue.ended = Ended::Yes;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    async fn taken(reader: &mut OutboxReader) -> Batch {
        let mut batch = Batch::default();
        poll_fn(|cx| reader.poll_next(cx, &mut batch)).await;
        batch
    }

    #[tokio::test]
    async fn everything_queued_comes_in_one_batch() {
        let (outbox, mut reader) = outbox(100);
        outbox.push_message(Bytes::from_static(b"one")).unwrap();
        assert_eq!(
            outbox.push_state(Bytes::from_static(b"two")),
            StateDelivery::Queued
        );
        outbox.close(CloseCode::CONSENTED, "bye");
        outbox.push_message(Bytes::from_static(b"late")).unwrap();
        let batch = taken(&mut reader).await;
        assert_eq!(batch.frames, ["one", "two"]);
        assert_eq!(
            batch.close,
            Some(Close {
                code: CloseCode::CONSENTED,
                reason: "bye".into()
            })
        );
    }

    #[tokio::test]
    async fn state_makes_room_for_messages() {
        let (outbox, mut reader) = outbox(10);
        assert_eq!(
            outbox.push_state(Bytes::from_static(b"patch1")),
            StateDelivery::Queued
        );
        assert_eq!(
            outbox.push_state(Bytes::from_static(b"patch2")),
            StateDelivery::Dropped
        );
        outbox.push_message(Bytes::from_static(b"12345678")).unwrap();
        assert_eq!(taken(&mut reader).await.frames, ["12345678"]);
    }

    #[tokio::test]
    async fn only_state_makes_room() {
        let (outbox, mut reader) = outbox(10);
        for (message, state) in [("a1", "S1"), ("b2", "S2")] {
            outbox
                .push_message(Bytes::from_static(message.as_bytes()))
                .unwrap();
            outbox.push_state(Bytes::from_static(state.as_bytes()));
        }
        outbox.push_message(Bytes::from_static(b"c345")).unwrap();
        outbox.push_state(Bytes::from_static(b"S3"));
        assert_eq!(taken(&mut reader).await.frames, ["a1", "b2", "c345", "S3"]);
    }

    #[tokio::test]
    async fn messages_beyond_the_bound_close() {
        let (outbox, mut reader) = outbox(10);
        outbox.push_message(Bytes::from_static(b"12345678")).unwrap();
        assert_eq!(outbox.push_message(Bytes::from_static(b"9ab")), Err(QueueFull));
        let batch = taken(&mut reader).await;
        assert!(batch.frames.is_empty());
        assert_eq!(batch.close.map(|close| close.code), Some(CloseCode::TOO_SLOW));
    }

    #[tokio::test]
    async fn bytes_count_until_they_are_written() {
        let (outbox, mut reader) = outbox(10);
        outbox.push_message(Bytes::from_static(b"12345678")).unwrap();
        let batch = taken(&mut reader).await;
        assert!(!outbox.is_empty());
        reader.written(batch.frames.iter().map(Bytes::len).sum());
        assert!(outbox.is_empty());
    }
}
