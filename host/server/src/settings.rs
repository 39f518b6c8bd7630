//! What an operator may set for the front of a host.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::IpNet;
use parlor_protocol::join::Dialect;
use parlor_protocol::msgpack::Limits;

/// Where a host listens unless told otherwise; upstream's port.
const DEFAULT_PORT: u16 = 2567;

/// Address, bounds and times of the HTTP and WebSocket front. How many sockets there may be is the operating
/// system's to say (open files); at that bound new ones wait in its backlog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Address and port to listen on; port 0 takes a free one. Default: `127.0.0.1:2567`.
    pub listen: SocketAddr,
    /// The form of JOIN for clients that read the flat half of the seat reply: SDKs 0.17 and 0.18, which nobody can
    /// tell apart (§0.1). Default: the polyglot form, which both read.
    pub flat_dialect: Dialect,
    /// WebSockets at once; at that bound matchmaking and upgrades are refused with 503. Default: no limit.
    pub max_connections: Option<NonZeroU32>,
    /// WebSockets at once from one address (IPv6: one network of 64 bits); at that bound matchmaking and upgrades
    /// from there are refused with 429. Default: no limit.
    pub max_connections_per_address: Option<NonZeroU32>,
    /// Reverse proxies whose `X-Forwarded-For` is believed. Default: none; the peer's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Bytes of one WebSocket message from a client. A longer one closes the connection with 1009.
    /// Default: 64 KiB.
    pub max_frame_bytes: usize,
    /// What the MessagePack in such a message may cost. Default: for 64 KiB.
    pub msgpack_limits: Limits,
    /// Bytes of the body of one HTTP request. A longer one is answered with 413. Default: 1 MiB.
    pub max_body_bytes: usize,
    /// Bytes that may wait to be written to one client, see `parlor_room::outbox`. Default: 1 MiB.
    pub outbound_queue_bytes: usize,
    /// How long a client may be silent before it is sent a WebSocket ping, and how long until the next.
    /// Default: 3 s.
    pub ping_interval: Duration,
    /// Pings in a row without any sign of life after which a connection is cut, without a closing handshake.
    /// Default: 2.
    pub max_unanswered_pings: u32,
    /// How long a client may take to acknowledge its JOIN_ROOM; looked at once in a ping interval.
    /// Default: 10 s.
    pub join_timeout: Duration,
    /// How long rooms may play on when the host stops, before their clients are closed with 4001. A room without
    /// clients ends at once. Default: 10 s.
    pub shutdown_grace: Duration,
    /// How long a connection that is being closed gets to take what is queued for it and to answer the close
    /// frame, and how long an HTTP request gets to end when the host stops. Default: 5 s.
    pub close_grace: Duration,
    /// How long a client may take to send the head of an HTTP request, and then again to send its body. An idle
    /// connection ends after it, too. Default: 30 s.
    pub request_timeout: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            flat_dialect: Dialect::Polyglot,
            max_connections: None,
            max_connections_per_address: None,
            trusted_proxies: Vec::new(),
            max_frame_bytes: 64 * 1024,
            msgpack_limits: Limits::default(),
            max_body_bytes: 1 << 20,
            outbound_queue_bytes: 1 << 20,
            ping_interval: Duration::from_secs(3),
            max_unanswered_pings: 2,
            join_timeout: Duration::from_secs(10),
            shutdown_grace: Duration::from_secs(10),
            close_grace: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
        }
    }
}
