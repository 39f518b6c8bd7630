//! What the room answers: what came out, or by which error nothing did.

use parlor_sdk::prelude::*;

/// `{ok}` or `{error, text}`.
#[derive(Data)]
#[serde(untagged)]
pub enum Answer {
    Done { ok: Document },
    Failed { error: String, text: String },
}

impl Answer {
    pub fn of(outcome: Result<impl Into<Outcome>, RoomError>) -> Self {
        match outcome {
            Ok(value) => Self::Done { ok: value.into().0 },
            Err(error) => Self::Failed {
                error: name(&error).to_owned(),
                text: error.to_string(),
            },
        }
    }
}

/// A value that was asked for.
pub struct Outcome(Document);

impl From<Document> for Outcome {
    fn from(document: Document) -> Self {
        Self(document)
    }
}

impl From<()> for Outcome {
    fn from((): ()) -> Self {
        Self(Document::of(&true))
    }
}

impl From<String> for Outcome {
    fn from(text: String) -> Self {
        Self(Document::of(&text))
    }
}

/// The error as `wit/` names it.
fn name(error: &RoomError) -> &'static str {
    match error {
        RoomError::NotAllowed => "not-allowed",
        RoomError::NoSuchRoom => "no-such-room",
        RoomError::NoSuchRoomType => "no-such-room-type",
        RoomError::Full => "full",
        RoomError::Locked => "locked",
        RoomError::NoSuchClient => "no-such-client",
        RoomError::Refused(_) => "refused",
        RoomError::NotValid(_) => "not-valid",
        RoomError::TimedOut => "timed-out",
        RoomError::Failed(_) => "failed",
    }
}
