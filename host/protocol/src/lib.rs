//! The Colyseus wire protocol, apart from the encoding of room state: frames, MessagePack, the dialects of
//! JOIN, the JSON of matchmaking and the close codes. Pure code: no I/O, no async; every function takes bytes
//! and gives bytes.
#![doc = include_str!("../README.md")]

pub mod close;
pub mod frame;
pub mod ids;
pub mod join;
pub mod matchmake;
pub mod message;
pub mod msgpack;
mod wire;

pub use close::CloseCode;
pub use frame::{ClientFrame, FrameError, Response, ServerFrame};
pub use ids::{IdError, ProcessId, ReconnectionToken, RoomId, RoomTypeName, SeatForm, SessionId};
pub use join::{Dialect, Greeting, Handshake, join_frame};
pub use message::MessageType;
