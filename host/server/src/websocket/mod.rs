//! WebSockets (RFC 6455), the server's side, on the bare TCP stream.
//!
//! Not a library's, for one reason: thousands of clients are connected and few of them say something at any moment. What
//! is read goes into a buffer of the thread and is taken apart there, and what is written is gathered in another one;
//! so a connection has no buffers of its own, and a message is copied once on its way to the room. No extensions are
//! negotiated: no SDK needs any.

mod frame;
mod handshake;
mod incoming;
mod outgoing;
mod scratch;
#[cfg(test)]
mod tests;

pub(crate) use handshake::{NotAWebSocket, Upgrade};
pub(crate) use incoming::{Flow, Incoming, Message, Unreadable};
pub(crate) use outgoing::Outgoing;
pub(crate) use scratch::with_read_buffer;
