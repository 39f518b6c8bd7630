//! Runs room types: WebAssembly components of the world `parlor:room/room-type`, under limits.
//!
//! [`Engine`] compiles a component into [`RoomCode`]; that says what the room type is
//! ([`RoomCode::define`]), decides who may come in ([`RoomCode::authenticate`]) and makes an
//! [`Instance`] for each room, on which the room calls hooks. What the guest may do meanwhile is a
//! [`RoomContext`], which the room implements. This crate knows the WIT, not the network.
//!
//! See `README.md` in this folder for how the parts hang together.

mod alone;
mod bindings;
mod build_id;
mod cache;
mod call;
mod code;
mod compilers;
mod context;
mod convert;
mod definition;
mod doorkeeper;
mod engine;
mod epoch;
mod error;
mod fit;
mod guest;
mod imports;
mod instance;
mod limits;
mod other_rooms;
mod presence;
mod schema;
mod settings;
mod trap;
mod vocabulary;
mod waiting;
mod wasi;

pub use build_id::BuildId;
pub use code::RoomCode;
pub use context::{ClientResult, IdResult, RoomContext, StateResult, ViewResult, Violation};
pub use definition::{Definition, OptionalHooks};
pub use engine::Engine;
pub use error::{EngineError, HookError, LoadError, Misfit, Trap, TrapKind};
pub use instance::Instance;
pub use other_rooms::{
    Comparison, Condition, Direction, OtherRooms, ReservedSeat, RoomError, RoomMessage, RoomQuery,
    RoomSummary, SeatWish,
};
pub use presence::{Answer, ListEnd, Presence, PresenceError};
pub use settings::PluginSettings;
pub use vocabulary::{
    Audience, ClientError, ClientLimit, Document, Encoding, HeldSeat, IdError, JoinRequest, JoiningClient,
    LogLevel, MatchmakingChanges, Message, MessageType, Payload, Refusal, Saved, SendOptions, StateHandover,
    TimerId, ViewError,
};
pub use waiting::Waiting;
