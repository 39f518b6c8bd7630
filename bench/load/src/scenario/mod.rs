//! What is played, one file each.

pub mod broadcast;
pub mod churn;
pub mod echo;
pub mod rooms;
pub mod state;

use anyhow::Result;
use clap::ValueEnum;
use parlor_loadclient::{ObjectForm, Outgoing, payload};
use parlor_protocol::{ClientFrame, MessageType};
use serde_json::json;

/// How the payload of a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// As a plain map
    Map,
    /// As a msgpackr record, as the JavaScript SDKs do
    Record,
}

impl Form {
    /// The message that all scenarios send: what a game says of a player who moves.
    fn message(self) -> Result<Outgoing> {
        let form = match self {
            Self::Map => ObjectForm::Map,
            Self::Record => ObjectForm::Record,
        };
        let body = json!({"x": 12.5, "y": -3.25, "facing": 90, "running": true});
        let frame = ClientFrame::Message {
            kind: MessageType::text("move")?,
            payload: Some(payload(&body, form)),
        };
        Ok(Outgoing::new(&frame.encode()))
    }
}
