//! Names that appear in URLs and frames. Each is a validated text behind an `Arc`: cloning costs one counter.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rand::RngCore;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// Most characters an id may have that the host makes up (§1.4 uses 9; the room interface promises at most 32 for
/// sessions).
pub const MAX_ID_CHARACTERS: usize = 32;
/// Most characters the id of a room may have, which it can choose itself.
pub const MAX_ROOM_ID_CHARACTERS: usize = 64;
/// Most characters the name of a room type may have.
pub const MAX_NAME_CHARACTERS: usize = 64;
/// Characters of a generated room, session or process id, as upstream.
const ID_CHARACTERS: usize = 9;
/// Characters of a generated reconnection token: 126 bits, because whoever guesses one takes over a seat.
const TOKEN_CHARACTERS: usize = 21;
/// What the nested half of a seat reply appends to the process id (§0.1).
const NESTED_SUFFIX: &str = "-legacy";

/// Why a text is not an id or a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// No characters at all.
    #[error("{what} is empty")]
    Empty {
        /// Which kind of id.
        what: &'static str,
    },
    /// More characters than the kind allows.
    #[error("{what} has {length} characters; at most {limit} are allowed")]
    TooLong {
        /// Which kind of id.
        what: &'static str,
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A character outside `A-Z a-z 0-9 _ -`.
    #[error("{what} contains {character:?}; only letters, digits, '_' and '-' are allowed")]
    BadCharacter {
        /// Which kind of id.
        what: &'static str,
        /// The first one that is not allowed.
        character: char,
    },
    /// A process id that could not be told from the nested form of another.
    #[error("a process id must not end in \"-legacy\"")]
    ReservedSuffix,
}

fn check(what: &'static str, text: &str, limit: usize) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { what });
    }
    if let Some(character) = text
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
    {
        return Err(IdError::BadCharacter { what, character });
    }
    if text.len() > limit {
        return Err(IdError::TooLong {
            what,
            length: text.len(),
            limit,
        });
    }
    Ok(())
}

/// As many characters of the alphabet, from a generator of the thread's own that is fit for secrets: it is fed by the
/// operating system now and then, not asked for each text.
fn random_text(characters: usize) -> String {
    let mut bytes = [0; TOKEN_CHARACTERS];
    rand::rng().fill_bytes(&mut bytes);
    // Six bits of each byte name one of 64 characters.
    let text = bytes.iter().take(characters).map(|byte| match byte & 63 {
        letter @ 0..26 => b'A' + letter,
        letter @ 26..52 => b'a' + (letter - 26),
        digit @ 52..62 => b'0' + (digit - 52),
        62 => b'_',
        _ => b'-',
    });
    text.map(char::from).collect()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $limit:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks length and alphabet.
            ///
            /// # Errors
            /// [`IdError`] says what is wrong with the text.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check($what, text, $limit)?;
                Self::check_further(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    };
}

macro_rules! shown_in_debug {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )*};
}

macro_rules! without_further_rules {
    ($($name:ident)*) => {$(
        impl $name {
            fn check_further(_: &str) -> Result<(), IdError> {
                Ok(())
            }
        }
    )*};
}

macro_rules! generated {
    ($($name:ident: $characters:expr;)*) => {$(
        impl $name {
            /// A new one that nobody can guess.
            #[must_use]
            pub fn random() -> Self {
                Self(Arc::from(random_text($characters)))
            }
        }
    )*};
}

id!(
    /// Names a room: the last segment of `joinById` and of the WebSocket path. At most 64 characters.
    RoomId, "room id", MAX_ROOM_ID_CHARACTERS
);
id!(
    /// Names a client inside its room; kept across reconnections. At most 32 characters.
    SessionId, "session id", MAX_ID_CHARACTERS
);
id!(
    /// Names one running host: the first segment of the WebSocket path. At most 25 characters, so that its
    /// nested form still fits an id.
    ProcessId, "process id", MAX_ID_CHARACTERS - NESTED_SUFFIX.len()
);
id!(
    /// The secret with which a client claims its held seat (§4.6). Clients know it as `roomId:token`; this is the
    /// part after the colon. `Debug` hides it.
    ReconnectionToken, "reconnection token", MAX_ID_CHARACTERS
);
id!(
    /// The name under which clients ask for a room type. At most 64 characters.
    RoomTypeName, "room name", MAX_NAME_CHARACTERS
);

shown_in_debug!(RoomId SessionId ProcessId RoomTypeName);
without_further_rules!(RoomId SessionId ReconnectionToken RoomTypeName);
generated!(RoomId: ID_CHARACTERS; SessionId: ID_CHARACTERS; ReconnectionToken: TOKEN_CHARACTERS;);

impl fmt::Debug for ReconnectionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReconnectionToken(…)")
    }
}

/// Which half of the union seat reply (§1.4) a client has read, seen in the process id of its WebSocket path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeatForm {
    /// `room: {…}`: SDKs 0.15 and 0.16.
    Nested,
    /// Top-level members: SDKs 0.17 and 0.18.
    Flat,
}

impl ProcessId {
    /// A new one that nobody can guess.
    #[must_use]
    pub fn random() -> Self {
        // Nine random characters never end in seven given ones often enough to loop twice.
        loop {
            if let Ok(id) = Self::parse(&random_text(ID_CHARACTERS)) {
                return id;
            }
        }
    }

    /// The text that the nested half of a seat reply carries instead of this id.
    #[must_use]
    pub fn nested(&self) -> String {
        format!("{self}{NESTED_SUFFIX}")
    }

    /// Reads the first segment of a WebSocket path: which process, and which half of the reply it came from.
    ///
    /// # Errors
    /// [`IdError`] if what remains without the suffix is no process id.
    pub fn parse_segment(segment: &str) -> Result<(Self, SeatForm), IdError> {
        match segment.strip_suffix(NESTED_SUFFIX) {
            Some(id) => Ok((Self::parse(id)?, SeatForm::Nested)),
            None => Ok((Self::parse(segment)?, SeatForm::Flat)),
        }
    }

    fn check_further(text: &str) -> Result<(), IdError> {
        if text.ends_with(NESTED_SUFFIX) {
            Err(IdError::ReservedSuffix)
        } else {
            Ok(())
        }
    }
}
