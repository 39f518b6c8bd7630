//! `GET /`: the host's name, or, as a WebSocket, the latency probe (§2).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::server::pong;
use tokio::time::timeout;

use crate::connection;
use crate::http::Front;
use crate::upgrade;

/// After so much silence the probe is over.
const SILENCE: Duration = Duration::from_secs(1);
/// However much is asked, after this it is over, too.
const LONGEST: Duration = Duration::from_secs(60);

/// `GET /`
pub(crate) async fn root(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if upgrade.is_err() {
        return concat!("Parlor ", env!("CARGO_PKG_VERSION")).into_response();
    }
    match upgrade::place(&front, &headers, peer) {
        Ok(place) => upgrade::open(front, place, upgrade, probe),
        Err(refusal) => refusal,
    }
}

async fn probe(front: Arc<Front>, mut socket: WebSocket) {
    if let Ok(Heard::Gone) = timeout(LONGEST, answer(&mut socket)).await {
        return;
    }
    connection::close(socket, CloseCode::NORMAL, front.settings.close_grace).await;
}

/// How a probe ends.
enum Heard {
    Silence,
    Gone,
}

/// Answers every message with the one byte, until there are no more.
async fn answer(socket: &mut WebSocket) -> Heard {
    loop {
        match timeout(SILENCE, socket.recv()).await {
            Ok(Some(Ok(Message::Binary(_) | Message::Text(_)))) => {
                if !matches!(
                    timeout(SILENCE, socket.send(Message::Binary(pong()))).await,
                    Ok(Ok(()))
                ) {
                    return Heard::Gone;
                }
            }
            // The WebSocket layer answers pings and close frames by itself.
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(_)) | None) => return Heard::Gone,
            Err(_) => return Heard::Silence,
        }
    }
}
