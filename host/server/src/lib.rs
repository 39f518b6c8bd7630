//! The front of a host: HTTP for matchmaking, WebSockets for play.
//!
//! ```text
//! POST /matchmake/{method}/{target} ─▶ matchmake.rs ─▶ Matchmaker ─▶ a seat
//! GET  /{process}/{room} (upgrade)  ─▶ upgrade.rs ─▶ connection.rs ◀─ Outbox ── room
//!                                                        └── Command ──▶ mailbox ─┘
//! GET  / (upgrade)                  ─▶ probe.rs
//! ```
//!
//! - `server.rs` listens and stops; `http.rs` says which path is whose, `cors.rs` lets browsers in, `compat.rs` knows the
//!   door for SDK 0.15.
//! - `websocket` is RFC 6455 on the bare TCP stream.
//! - A connection is one task (`connection.rs`): it decodes frames into commands for its room and writes what the
//!   room has queued, all of it in one write. It never waits for one of the two while it could do the other.
//! - `address.rs` says who asks, `crowd.rs` how many of them there are.
//! - Nothing here knows what a room does. Paths, texts and codes are those of `parlor-protocol`.

mod address;
mod compat;
mod connection;
mod cors;
mod crowd;
mod error;
mod http;
mod matchmake;
mod probe;
mod query;
mod server;
mod settings;
mod status;
mod upgrade;
mod websocket;

pub use error::ServerError;
pub use server::Server;
pub use settings::ServerSettings;
