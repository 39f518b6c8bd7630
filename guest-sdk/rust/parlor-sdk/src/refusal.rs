//! The ways in which a hook can end.

use crate::bindings::parlor::room::types;
use crate::bindings::parlor::room::types::Fault;
use crate::data::IntoPayload;
use crate::data::Payload;
use std::fmt;

/// The room says no; the client is told so, the room goes on.
///
/// ```
/// # use parlor_sdk::prelude::*;
/// fn take_turn(his_turn: bool) -> Result<(), Refusal> {
///     if !his_turn {
///         return Err(Refusal::new(4001, "it is not your turn"));
///     }
///     let _piece = None::<u8>.ok_or("there is no piece")?; // A text alone has the code 4000.
///     Ok(())
/// }
/// assert_eq!(take_turn(true).unwrap_err().code(), 4000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: u16,
    message: String,
}

/// For refusals that are only a text.
const UNNUMBERED: u16 = 4000;
/// The protocol's "invalid payload" (protocol §1.5).
const INVALID: u16 = 4217;
/// The protocol's "not allowed" (protocol §1.5).
const NOT_ALLOWED: u16 = 525;

impl Refusal {
    /// A refusal with a code. 4000–4999 is the application's own range; from `authenticate` and
    /// `create` HTTP statuses (400–599) become the status of the reply.
    pub fn new(code: u16, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// What `authenticate` says to a client that may not come in (code 525).
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(NOT_ALLOWED, message)
    }

    /// What was sent cannot be used (code 4217).
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(INVALID, message)
    }

    /// The code.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The text for the client.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same refusal, saying what it is about.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    pub(crate) fn into_wit(self) -> types::Rejection {
        types::Rejection::Refused(types::Refusal {
            code: self.code,
            message: self.message,
        })
    }
}

impl From<&str> for Refusal {
    fn from(message: &str) -> Self {
        Self::new(UNNUMBERED, message)
    }
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self::new(UNNUMBERED, message)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.message, self.code)
    }
}

impl std::error::Error for Refusal {}

/// What hooks may return that tell no client anything: nothing, or a `Result` whose error goes
/// to the room's log.
#[diagnostic::on_unimplemented(
    message = "this hook returns nothing, or a `Result<(), E>` with an error that can be shown"
)]
pub trait Outcome {
    /// The outcome as the host takes it.
    fn into_outcome(self) -> Result<(), Fault>;
}

impl Outcome for () {
    fn into_outcome(self) -> Result<(), Fault> {
        Ok(())
    }
}

impl<E: fmt::Display> Outcome for Result<(), E> {
    fn into_outcome(self) -> Result<(), Fault> {
        self.map_err(|error| error.to_string())
    }
}

/// What `on_join` may return: nothing, or a `Result` whose refusal frees the seat.
#[diagnostic::on_unimplemented(message = "this hook returns nothing or a `Result<(), Refusal>`")]
pub trait Admission {
    /// The outcome as the host takes it.
    fn into_admission(self) -> Result<(), Refusal>;
}

impl Admission for () {
    fn into_admission(self) -> Result<(), Refusal> {
        Ok(())
    }
}

impl Admission for Result<(), Refusal> {
    fn into_admission(self) -> Result<(), Refusal> {
        self
    }
}

/// What `on_message` and `on_room_message` may return: nothing, or a `Result` with a refusal or with the reply to
/// who made a request. For a plain message the reply is dropped.
#[diagnostic::on_unimplemented(
    message = "this hook returns nothing or a `Result<T, Refusal>`",
    note = "`T` is the reply to a request: anything that can be sent, or `()`"
)]
pub trait Reply {
    /// The outcome as the host takes it.
    fn into_reply(self) -> Result<Payload, Refusal>;
}

impl Reply for () {
    fn into_reply(self) -> Result<Payload, Refusal> {
        Ok(Payload::Empty)
    }
}

impl<T: IntoPayload> Reply for Result<T, Refusal> {
    fn into_reply(self) -> Result<Payload, Refusal> {
        self.map(IntoPayload::into_payload)
    }
}

/// What becomes of the seat of a client whose connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Given up: `on_leave` follows.
    Release,
    /// Held for so many milliseconds, at most one day.
    HoldFor(u32),
    /// Held until [`Context::release_seat`](crate::Context::release_seat).
    HoldUntilReleased,
}

/// What `on_drop` may return: a [`Seat`], or a `Result` with one.
#[diagnostic::on_unimplemented(message = "`on_drop` returns a `Seat` or a `Result<Seat, E>`")]
pub trait SeatOutcome {
    /// The outcome as the host takes it.
    fn into_seat(self) -> Result<Seat, Fault>;
}

impl SeatOutcome for Seat {
    fn into_seat(self) -> Result<Seat, Fault> {
        Ok(self)
    }
}

impl<E: fmt::Display> SeatOutcome for Result<Seat, E> {
    fn into_seat(self) -> Result<Seat, Fault> {
        self.map_err(|error| error.to_string())
    }
}
