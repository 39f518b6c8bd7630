//! A client of the Colyseus protocol that costs less than any server: for `parlor loadtest` and the benchmark.
//!
//! It does what an SDK does on the wire: asks the matchmaker for a seat ([`matchmake`]), connects, reads JOIN and
//! acknowledges it ([`Client::join`]), sends messages and requests, counts what comes, and leaves with consent. What
//! it leaves out is what makes an SDK dear: state is not decoded, payloads are not unpacked, and frames are
//! borrowed from the connection's buffer. Messages that are sent often are made once ([`Outgoing`]).
//!
//! It has no TLS, and it does not come back by itself: a load program wants to hear of a lost connection.

mod client;
mod endpoint;
mod error;
mod heard;
mod http;
mod matchmake;
mod payload;
mod websocket;

pub use client::{Client, Closing, JOINING};
pub use endpoint::{Endpoint, EndpointError};
pub use error::ClientError;
pub use heard::Heard;
pub use matchmake::{Entrance, Seat, matchmake};
pub use payload::{ObjectForm, payload};
pub use websocket::{Event, Outgoing, WebSocket};
