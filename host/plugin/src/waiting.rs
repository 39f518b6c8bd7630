//! Futures of trait objects, and how long a hook may wait for them.

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

/// What an import waits for. The running hook pauses meanwhile, and its time on the wall goes on.
pub type Waiting<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Waits until then; none if it took longer. So an import that waits gives its guest an error to handle before the hook's
/// own time on the wall is over, which would end the room.
pub(crate) async fn until<T>(end: Instant, work: Waiting<'_, T>) -> Option<T> {
    tokio::time::timeout_at(end.into(), work).await.ok()
}
