//! The practical limit that the benchmark compares with: bare tokio-tungstenite. No room runs any code, nothing reads or
//! writes MessagePack, nobody is checked, and the matchmaker only counts. What is left is what every server on
//! tokio has to pay: accepting, reading, unmasking, writing.

mod http;
mod patch;
mod rooms;
mod socket;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::net::{TcpListener, TcpStream};

use crate::rooms::Rooms;

/// Echoes and broadcasts bytes to clients of the Colyseus protocol.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen at {}", arguments.listen))?;
    writeln!(io::stdout(), "raw: ready at http://{}", listener.local_addr()?)?;
    let rooms = Arc::new(Rooms::default());
    loop {
        let (stream, _) = listener.accept().await.context("cannot accept connections")?;
        let rooms = Arc::clone(&rooms);
        // A client that breaks its connection is nobody's loss but its own.
        tokio::spawn(async move { serve(stream, &rooms).await });
    }
}

/// One connection: a question to the matchmaker, or a WebSocket.
async fn serve(stream: TcpStream, rooms: &Arc<Rooms>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut first = [0];
    stream.peek(&mut first).await?;
    match first {
        [b'P'] => http::answer(stream, rooms).await,
        _ => socket::serve(stream, rooms).await,
    }
}
