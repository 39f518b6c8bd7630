//! What a room says about itself to the matchmaker.

use crate::bindings::parlor::room::room as wit;
use crate::data::Document;
use crate::refusal::Refusal;
use serde::Serialize;
use std::fmt;

/// Several settings of matchmaking at once; what is not said stays as it is.
///
/// ```no_run
/// # use parlor_sdk::prelude::*;
/// # fn hook<R: Room>(ctx: &Context<R>) {
/// ctx.set_matchmaking(Matchmaking::new().locked(true).max_clients(8));
/// # }
/// ```
#[derive(Debug)]
pub struct Matchmaking(wit::Matchmaking);

impl Default for Matchmaking {
    fn default() -> Self {
        Self::new()
    }
}

impl Matchmaking {
    /// Changes nothing.
    pub fn new() -> Self {
        Self(wit::Matchmaking {
            metadata: None,
            private: None,
            unlisted: None,
            locked: None,
            max_clients: None,
        })
    }

    /// What is shown in listings and open to filters: a struct or a map. Replaces what was there.
    pub fn metadata(mut self, metadata: impl Serialize) -> Self {
        self.0.metadata = Some(Document::of(&metadata).into_wit());
        self
    }

    /// Whether the room is found by its id only.
    pub fn private(mut self, on: bool) -> Self {
        self.0.private = Some(on);
        self
    }

    /// Whether the room is left out of listings.
    pub fn unlisted(mut self, on: bool) -> Self {
        self.0.unlisted = Some(on);
        self
    }

    /// Whether nobody is let in any more.
    pub fn locked(mut self, on: bool) -> Self {
        self.0.locked = Some(on);
        self
    }

    /// How many clients may sit here at once; none: no limit.
    pub fn max_clients(mut self, limit: impl Into<Option<u32>>) -> Self {
        self.0.max_clients = Some(match limit.into() {
            Some(limit) => wit::ClientLimit::AtMost(limit),
            None => wit::ClientLimit::Unlimited,
        });
        self
    }

    pub(crate) fn apply(self) {
        wit::set_matchmaking(&self.0);
    }
}

/// Why a room could not get the id that it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    /// Another room of this host has that id.
    Taken,
    /// Not letters, digits, `-` and `_`, or more than 64 of them, or none.
    NotValid,
    /// `create` is over: clients may know the room by its id.
    TooLate,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Taken => "another room has that id",
            Self::NotValid => "an id is made of 1 to 64 letters, digits, `-` and `_`",
            Self::TooLate => "the id is fixed once the room has been created",
        })
    }
}

impl std::error::Error for IdError {}

impl From<IdError> for Refusal {
    fn from(error: IdError) -> Self {
        error.to_string().into()
    }
}

impl From<wit::IdError> for IdError {
    fn from(error: wit::IdError) -> Self {
        match error {
            wit::IdError::Taken => Self::Taken,
            wit::IdError::NotValid => Self::NotValid,
            wit::IdError::TooLate => Self::TooLate,
        }
    }
}
