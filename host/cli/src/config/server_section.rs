//! `[server]` of `parlor.toml`: connections.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::IpNet;
use parlor_protocol::join::Dialect;
use parlor_protocol::msgpack::Limits;
use parlor_server::ServerSettings;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::settings::not_zero;
use super::source::{ConfigError, Source};
use super::units::{ByteSize, TimeSpan};

/// Every key of the table; [`ServerSettings`] says what each is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ServerSection {
    flat_dialect: Option<FlatDialect>,
    max_connections: Option<ConnectionCount>,
    max_connections_per_address: Option<ConnectionCount>,
    #[serde(default)]
    trusted_proxies: Vec<Spanned<String>>,
    max_frame_bytes: Option<ByteSize>,
    max_body_bytes: Option<ByteSize>,
    outbound_queue_bytes: Option<ByteSize>,
    ping_interval: Option<TimeSpan>,
    max_unanswered_pings: Option<u32>,
    join_timeout: Option<TimeSpan>,
    shutdown_grace: Option<TimeSpan>,
    close_grace: Option<TimeSpan>,
    request_timeout: Option<TimeSpan>,
}

/// The dialect of JOIN for clients whose SDK cannot be told apart (protocol §4.3, §11.4), by
/// the version of the SDK whose form it is.
#[derive(Debug, Clone, Copy, Deserialize)]
enum FlatDialect {
    #[serde(rename = "polyglot")]
    Polyglot,
    #[serde(rename = "0.18")]
    V018,
    #[serde(rename = "0.17")]
    V017,
}

/// At least one: a host that nobody may reach serves nobody.
#[derive(Debug, Clone, Copy)]
struct ConnectionCount(NonZeroU32);

impl<'de> Deserialize<'de> for ConnectionCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        not_zero(deserializer).map(Self)
    }
}

/// One address, or a network.
fn read_network(source: &Source, text: &Spanned<String>) -> Result<IpNet, ConfigError> {
    let network = text.get_ref().parse::<IpNet>();
    let network = network.or_else(|_| text.get_ref().parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| {
        let message = format!(
            "`{}` is no address; write one like \"10.0.0.1\", or a network like \"10.0.0.0/8\" or \"fd00::/8\"",
            text.get_ref()
        );
        source.complaint(text.span(), message)
    })
}

/// The smallest frame that holds a message worth the name.
const LEAST_BYTES: usize = 1 << 10;
/// Below this a busy machine would cut healthy connections.
const LEAST_TIME: Duration = Duration::from_millis(100);

impl ServerSection {
    /// Over the defaults.
    ///
    /// # Errors
    /// A value with which no client could play.
    pub(super) fn settings(&self, source: &Source) -> Result<ServerSettings, ConfigError> {
        let default = ServerSettings::default();
        let bytes = |key: &str, value: Option<ByteSize>, default: usize| match value.map(ByteSize::as_usize) {
            Some(bytes) if bytes < LEAST_BYTES => {
                Err(source.complaint_about(&format!("server.{key}"), "must be at least \"1KiB\""))
            }
            bytes => Ok(bytes.unwrap_or(default)),
        };
        let time = |key: &str, value: Option<TimeSpan>, default: Duration| match value {
            Some(TimeSpan(span)) if span < LEAST_TIME => {
                Err(source.complaint_about(&format!("server.{key}"), "must be at least \"100ms\""))
            }
            span => Ok(span.map_or(default, |span| span.0)),
        };
        if self.max_unanswered_pings == Some(0) {
            return Err(source.complaint_about("server.max-unanswered-pings", "must be at least 1"));
        }
        let max_frame_bytes = bytes("max-frame-bytes", self.max_frame_bytes, default.max_frame_bytes)?;
        Ok(ServerSettings {
            flat_dialect: self.flat_dialect.map_or(default.flat_dialect, Dialect::from),
            max_connections: self.max_connections.map(|count| count.0),
            max_connections_per_address: self.max_connections_per_address.map(|count| count.0),
            trusted_proxies: self
                .trusted_proxies
                .iter()
                .map(|text| read_network(source, text))
                .collect::<Result<_, _>>()?,
            max_frame_bytes,
            msgpack_limits: Limits::for_frames_of(max_frame_bytes),
            max_body_bytes: bytes("max-body-bytes", self.max_body_bytes, default.max_body_bytes)?,
            outbound_queue_bytes: bytes(
                "outbound-queue-bytes",
                self.outbound_queue_bytes,
                default.outbound_queue_bytes,
            )?,
            ping_interval: time("ping-interval", self.ping_interval, default.ping_interval)?,
            max_unanswered_pings: self.max_unanswered_pings.unwrap_or(default.max_unanswered_pings),
            join_timeout: time("join-timeout", self.join_timeout, default.join_timeout)?,
            // None at all is a grace time, too.
            shutdown_grace: self.shutdown_grace.map_or(default.shutdown_grace, |span| span.0),
            close_grace: time("close-grace", self.close_grace, default.close_grace)?,
            request_timeout: time("request-timeout", self.request_timeout, default.request_timeout)?,
            ..default
        })
    }
}

impl From<FlatDialect> for Dialect {
    fn from(dialect: FlatDialect) -> Self {
        match dialect {
            FlatDialect::Polyglot => Self::Polyglot,
            FlatDialect::V018 => Self::Tagged,
            FlatDialect::V017 => Self::Legacy,
        }
    }
}
