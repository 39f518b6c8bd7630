//! `GET /`: the host's name, or, as a WebSocket, the latency probe (§2).

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::server::pong;
use parlor_room::outbox::Batch;
use tokio::time::timeout;

use crate::connection::{self, Silence, Wire};
use crate::http::Front;
use crate::upgrade;
use crate::websocket::{Flow, Message, NotAWebSocket, Upgrade};

/// After so much silence the probe is over.
const SILENCE: Duration = Duration::from_secs(1);
/// However much is asked, after this it is over, too.
const LONGEST: Duration = Duration::from_secs(60);

/// `GET /`
pub(crate) async fn root(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<Upgrade, NotAWebSocket>,
) -> Response {
    if upgrade.is_err() {
        return concat!("Parlor ", env!("CARGO_PKG_VERSION")).into_response();
    }
    match upgrade::place(&front, &headers, peer) {
        Ok(place) => upgrade::open(front, place, upgrade, probe),
        Err(refusal) => refusal,
    }
}

async fn probe(front: Arc<Front>, mut wire: Wire) {
    let grace = front.settings.close_grace;
    match timeout(LONGEST, answer(&mut wire)).await {
        Ok(Heard::Gone) => {}
        Ok(Heard::Closed(code)) => wire.answer_close(code, grace).await,
        Ok(Heard::Silence) | Err(_) => connection::close(wire, CloseCode::NORMAL, grace).await,
    }
}

/// How a probe ends.
enum Heard {
    Silence,
    Closed(CloseCode),
    Gone,
}

/// Answers every message with the one byte, until there are no more.
async fn answer(wire: &mut Wire) -> Heard {
    loop {
        match timeout(SILENCE, poll_fn(|cx| poll_question(wire, cx))).await {
            Ok(Ok(())) => {}
            Ok(Err(end)) => return end,
            Err(_) => return Heard::Silence,
        }
        wire.write(&mut Batch {
            frames: vec![pong()],
            close: None,
        });
        if !matches!(
            timeout(SILENCE, poll_fn(|cx| wire.poll_write(cx))).await,
            Ok(Ok(_))
        ) {
            return Heard::Gone;
        }
    }
}

/// Ready with the next message, or with the end.
fn poll_question(wire: &mut Wire, cx: &mut Context<'_>) -> Poll<Result<(), Heard>> {
    loop {
        if let Poll::Ready(Err(_)) = wire.poll_write(cx) {
            return Poll::Ready(Err(Heard::Gone));
        }
        let blocked = wire.is_writing();
        let mut question = Poll::Pending;
        let silence = wire.poll_read(cx, |message| match message {
            Message::Binary(_) | Message::Text => {
                question = Poll::Ready(Ok(()));
                Flow::Hold
            }
            Message::Ping(_) | Message::Pong | Message::Close(_) => Flow::Go,
        });
        match silence {
            Poll::Ready(Silence::Closed(code)) => return Poll::Ready(Err(Heard::Closed(code))),
            Poll::Ready(Silence::Gone | Silence::Unreadable(_)) => return Poll::Ready(Err(Heard::Gone)),
            Poll::Pending => {}
        }
        // The answer to a ping.
        if question.is_pending() && !blocked && wire.is_writing() {
            continue;
        }
        return question;
    }
}
