//! As much of WebSocket (RFC 6455) as a client needs that counts more than it looks: frames are borrowed from the
//! buffer they were received in, and what is sent often is masked once.

mod buffer;
mod frame;
mod socket;

pub use frame::Outgoing;
pub use socket::{Event, WebSocket};
