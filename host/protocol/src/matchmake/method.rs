//! The five methods of `POST /matchmake/{method}/{roomNameOrId}` (§1.1).

use std::fmt;
use std::str::FromStr;

use super::MatchmakeError;

/// What a client asks the matchmaker for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// An existing room of this type, else a new one.
    JoinOrCreate,
    /// A new room.
    Create,
    /// An existing room of this type.
    Join,
    /// The room with this id, private or not.
    JoinById,
    /// The held seat in the room with this id.
    Reconnect,
}

impl Method {
    /// As in the path.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JoinOrCreate => "joinOrCreate",
            Self::Create => "create",
            Self::Join => "join",
            Self::JoinById => "joinById",
            Self::Reconnect => "reconnect",
        }
    }

    /// Whether the path's last segment is a room id; otherwise it is the name of a room type.
    #[must_use]
    pub fn takes_room_id(self) -> bool {
        matches!(self, Self::JoinById | Self::Reconnect)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Method {
    type Err = MatchmakeError;

    fn from_str(text: &str) -> Result<Self, MatchmakeError> {
        match text {
            "joinOrCreate" => Ok(Self::JoinOrCreate),
            "create" => Ok(Self::Create),
            "join" => Ok(Self::Join),
            "joinById" => Ok(Self::JoinById),
            "reconnect" => Ok(Self::Reconnect),
            unknown => Err(MatchmakeError::InvalidMethod(unknown.to_owned())),
        }
    }
}
