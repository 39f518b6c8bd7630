//! A client in a room.

use std::time::Duration;

use bytes::Bytes;
use parlor_protocol::frame::opcode;
use parlor_protocol::{ClientFrame, ServerFrame};
use tokio::time::timeout;

use crate::endpoint::Endpoint;
use crate::error::ClientError;
use crate::matchmake::Seat;
use crate::websocket::{Event, WebSocket};

/// How long a client waits for its JOIN.
pub const JOINING: Duration = Duration::from_secs(30);

/// A client whose JOIN has come and is acknowledged.
#[derive(Debug)]
pub struct Client {
    socket: WebSocket,
    seat: Seat,
    reconnection_token: String,
}

/// How a leave ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// The code with which the server closed.
    pub code: u16,
}

impl Client {
    /// Takes the seat: connects, waits for JOIN, and acknowledges it. What the room sends after that is to be taken
    /// from the socket.
    ///
    /// # Errors
    /// Whatever keeps the client out: [`ClientError::Told`] and [`ClientError::Closed`] are the server's decision.
    pub async fn join(endpoint: &Endpoint, seat: Seat) -> Result<Self, ClientError> {
        let joining = async {
            let elsewhere = seat.public_address.as_deref().map(Endpoint::at);
            let path = format!(
                "/{}/{}?sessionId={}",
                seat.process_id, seat.room_id, seat.session_id
            );
            let mut socket = WebSocket::connect(elsewhere.as_ref().unwrap_or(endpoint), &path).await?;
            let reconnection_token = await_join(&mut socket).await?;
            socket.queue_bytes(&[opcode::JOIN_ROOM]);
            socket.flush().await?;
            Ok(Self {
                socket,
                seat,
                reconnection_token,
            })
        };
        let too_slow = |_| ClientError::TooSlow {
            what: "joining",
            limit: JOINING,
        };
        timeout(JOINING, joining).await.map_err(too_slow)?
    }

    /// The seat it has.
    #[must_use]
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// With which a client would come back: the part after the colon.
    #[must_use]
    pub fn reconnection_token(&self) -> &str {
        &self.reconnection_token
    }

    /// Its connection.
    pub fn socket(&mut self) -> &mut WebSocket {
        &mut self.socket
    }

    /// Leaves with consent, and waits until the server has closed. What comes meanwhile is dropped.
    ///
    /// # Errors
    /// [`ClientError::TooSlow`] after `limit`, and what can happen to a connection.
    pub async fn leave(mut self, limit: Duration) -> Result<Closing, ClientError> {
        self.socket.queue_bytes(&ClientFrame::Leave.encode());
        let leaving = async {
            loop {
                while let Some(event) = self.socket.event()? {
                    if let Event::Closed(code) = event {
                        self.socket.ended().await?;
                        return Ok(Closing { code });
                    }
                }
                self.socket.exchange().await?;
            }
        };
        let too_slow = |_| ClientError::TooSlow {
            what: "leaving",
            limit,
        };
        timeout(limit, leaving).await.map_err(too_slow)?
    }
}

/// The reconnection token, once JOIN has come.
async fn await_join(socket: &mut WebSocket) -> Result<String, ClientError> {
    loop {
        while let Some(event) = socket.event()? {
            let frame = match event {
                Event::Message(frame) => Bytes::copy_from_slice(frame),
                Event::Closed(code) => return Err(ClientError::Closed(code)),
            };
            match ServerFrame::decode(&frame)? {
                ServerFrame::Join(join) => return Ok(join.token),
                ServerFrame::Error { code, message } => {
                    return Err(ClientError::Told { code, text: message });
                }
                // Nothing else can mean anything to a client that is not in.
                _ => {}
            }
        }
        socket.exchange().await?;
    }
}
