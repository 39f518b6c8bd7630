//! Values that are sent, received and saved.

mod document;
mod error;
mod payload;
mod reader;
#[cfg(test)]
mod tests;
mod token;

pub use document::Document;
pub(crate) use error::Quoted;
pub use error::ReadError;
pub use payload::{IntoPayload, Payload};

/// What can be sent, received, saved, and put into options and timers: every type with serde's
/// `Serialize` and `Deserialize`. Derived with `#[derive(Data)]`.
pub trait Data: serde::Serialize + serde::de::DeserializeOwned {}

impl<T: serde::Serialize + serde::de::DeserializeOwned> Data for T {}
