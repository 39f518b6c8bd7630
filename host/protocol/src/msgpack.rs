//! MessagePack: what clients send is turned into plain MessagePack in one pass (§4.7), what rooms send is checked,
//! and both are turned into JSON and back for rooms that declare it.
//!
//! *Plain* means: every value of the MessagePack standard, of its extension types only the timestamp (−1), map keys
//! that are not themselves maps, lists or timestamps, UTF-8 text, nothing after the value.

mod head;
mod json;
mod map;
mod plain;
mod record;
mod text;
mod timestamp;
mod transcode;
mod typed_array;
pub(crate) mod write;

pub use json::{from_json, from_json_value, to_json, to_json_value};
pub use map::{is_map, list, map_overlay};
pub use plain::{from_plain, to_plain};
pub use transcode::{transcode, validate};

pub(crate) use timestamp::{iso_date, write as write_moment};

use thiserror::Error;

/// How deep lists and maps may nest, by the room interface; the outermost counts as one.
pub const MAX_DEPTH: usize = 32;

/// A map without members: the options of a client that gave none.
pub const EMPTY_MAP: &[u8] = &[0x80];

/// What a payload may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nesting of lists and maps; more than [`MAX_DEPTH`] counts as that.
    pub depth: usize,
    /// Bytes of the plain form. Records repeat their keys in it, so it may be longer than what was sent.
    pub output: usize,
}

impl Limits {
    /// Limits for payloads in frames of at most `bytes`: the plain form may be eight times as long. A list of objects
    /// whose keys msgpackr sent once grows about that much when the values are small.
    #[must_use]
    pub fn for_frames_of(bytes: usize) -> Self {
        Self {
            depth: MAX_DEPTH,
            output: bytes.saturating_mul(8),
        }
    }
}

impl Default for Limits {
    /// For frames of 64 KiB.
    fn default() -> Self {
        Self::for_frames_of(64 * 1024)
    }
}

/// Why bytes are not MessagePack that may pass. `at` counts bytes from the payload's first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MsgpackError {
    /// The input ends inside a value.
    #[error("ends inside a value: more is missing at byte {at}")]
    UnexpectedEnd {
        /// Where the missing part would begin.
        at: usize,
    },
    /// Something follows the value.
    #[error("goes on at byte {at} after one whole value")]
    TrailingBytes {
        /// The first byte too many.
        at: usize,
    },
    /// `c1` begins no value.
    #[error("byte {at}: 0xc1 begins no value")]
    ReservedByte {
        /// Where it is.
        at: usize,
    },
    /// Lists and maps nested too deep.
    #[error("byte {at}: nested deeper than {limit}")]
    TooDeep {
        /// Where the innermost begins.
        at: usize,
        /// Levels allowed.
        limit: usize,
    },
    /// The plain form would be too long.
    #[error("byte {at}: unpacks to more than {limit} bytes")]
    TooLong {
        /// How far the input was read.
        at: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Text that is not UTF-8.
    #[error("byte {at}: text is not valid UTF-8")]
    NotUtf8 {
        /// Where the text begins.
        at: usize,
    },
    /// An extension type that no room understands.
    #[error("byte {at}: extension type {kind} is not supported")]
    UnknownExtension {
        /// Where the extension begins.
        at: usize,
        /// Its type.
        kind: i8,
    },
    /// An extension that is supported, with a body that is not.
    #[error("byte {at}: malformed {what}")]
    BadExtension {
        /// Where the extension begins.
        at: usize,
        /// Which one.
        what: &'static str,
    },
    /// A record definition without a list of texts, or with an id outside 0x40–0x7f.
    #[error("byte {at}: malformed record definition")]
    BadRecord {
        /// Where it begins.
        at: usize,
    },
    /// A map key that is a map, a list or an extension.
    #[error("byte {at}: a map key must be text, a number, a truth value, bytes or nil")]
    BadKey {
        /// Where the key begins.
        at: usize,
    },
    /// A value that has to be a map and is not.
    #[error("must be a map")]
    NotAMap,
    /// Text that is not JSON, or JSON nested too deep.
    #[error("not valid JSON: {0}")]
    Json(String),
}

/// One level further down, if it is allowed.
fn deeper(depth: usize, at: usize) -> Result<usize, MsgpackError> {
    if depth < MAX_DEPTH {
        Ok(depth + 1)
    } else {
        Err(MsgpackError::TooDeep { at, limit: MAX_DEPTH })
    }
}
