//! Futures of trait objects.

use std::future::Future;
use std::pin::Pin;

/// What an import waits for. The running hook pauses meanwhile, and its time on the wall goes on.
pub type Waiting<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
