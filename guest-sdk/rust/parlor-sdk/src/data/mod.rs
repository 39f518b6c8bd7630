//! Values that are sent, received and saved.

mod document;
mod error;
mod payload;
mod reader;

pub use document::Document;
pub use error::ReadError;
pub use payload::{IntoPayload, Payload};
