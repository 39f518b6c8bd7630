//! A client's WebSocket.

use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use crate::rooms::{Kind, Room, Rooms};

/// JOIN_ROOM with the token `raw` and without a state.
const JOIN: &[u8] = b"\x0a\x03raw\x04none\x00";
const ACKNOWLEDGED: u8 = 0x0a;
const LEAVE: u8 = 0x0c;
/// The close code of a leave with consent.
const CONSENTED: u16 = 4000;

/// The library fills its read buffer with zeros whenever it looks for something to read. Its own 128 KiB would be a
/// third of what this server does.
const READ_BUFFER: usize = 4096;
/// Frames that are taken from a queue at once.
const BATCH: usize = 1024;

/// What a client's message asks for.
enum Next {
    Nothing,
    Flush,
    Close,
}

/// Serves one client to its end.
pub async fn serve(stream: TcpStream, rooms: &Arc<Rooms>) -> Result<()> {
    let mut id = String::new();
    let look = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        id = request
            .uri()
            .path()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        Ok(response)
    };
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let mut socket = accept_hdr_async_with_config(stream, look, Some(config)).await?;
    let room = rooms.find(&id).with_context(|| format!("no room {id}"))?;
    socket.send(Message::Binary(Bytes::from_static(JOIN))).await?;
    let (number, heard) = room.enter();
    let served = talk(&mut socket, heard, &room).await;
    room.leave(number);
    served
}

async fn talk(
    socket: &mut WebSocketStream<TcpStream>,
    mut heard: Receiver<Bytes>,
    room: &Room,
) -> Result<()> {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            _ = heard.recv_many(&mut batch, BATCH) => {
                for frame in batch.drain(..) {
                    socket.feed(Message::Binary(frame)).await?;
                }
                socket.flush().await?;
            }
            message = socket.next() => match read(socket, message, room).await? {
                Next::Flush => socket.flush().await?,
                Next::Nothing => {}
                Next::Close => return Ok(()),
            }
        }
    }
}

type Received = Option<Result<Message, tokio_tungstenite::tungstenite::Error>>;

/// Takes one message, and all others that have arrived with it.
async fn read(socket: &mut WebSocketStream<TcpStream>, first: Received, room: &Room) -> Result<Next> {
    let mut received = first;
    let mut next = Next::Nothing;
    loop {
        match received.transpose()? {
            Some(Message::Binary(frame)) => match frame.first().copied() {
                Some(ACKNOWLEDGED) => {}
                Some(LEAVE) => {
                    let code = CONSENTED.into();
                    let reason = "".into();
                    // The stream ends when the client has answered.
                    socket.close(Some(CloseFrame { code, reason })).await?;
                }
                _ if room.kind == Kind::Broadcast => room.broadcast(&frame),
                _ => {
                    socket.feed(Message::Binary(frame)).await?;
                    next = Next::Flush;
                }
            },
            Some(_) => {}
            None => return Ok(Next::Close),
        }
        match socket.next().now_or_never() {
            Some(more) => received = more,
            None => return Ok(next),
        }
    }
}
