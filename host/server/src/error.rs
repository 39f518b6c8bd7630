//! Why a server could not begin.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// Why a server could not listen. The text says what to do.
#[derive(Debug, Error)]
pub enum ServerError {
    /// Something else listens there.
    #[error(
        "{address} is in use: another program, perhaps another Parlor, listens there. Stop it, or choose another port"
    )]
    AddressInUse {
        /// Where the server was to listen.
        address: SocketAddr,
    },
    /// Ports below 1024 are not for everybody.
    #[error(
        "not allowed to listen on {address}: choose a port of 1024 or above, or run with the right to use this one"
    )]
    NotAllowed {
        /// Where the server was to listen.
        address: SocketAddr,
    },
    /// No interface of this machine has that address.
    #[error("this machine has no address {}: use one of its own, 127.0.0.1 for itself only, or 0.0.0.0 for all", .address.ip())]
    NotHere {
        /// Where the server was to listen.
        address: SocketAddr,
    },
    /// Anything else.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where the server was to listen.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
}

impl ServerError {
    pub(crate) fn of_listening(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::AddressInUse { address },
            io::ErrorKind::PermissionDenied => Self::NotAllowed { address },
            io::ErrorKind::AddrNotAvailable => Self::NotHere { address },
            _ => Self::Listen { address, source },
        }
    }
}
