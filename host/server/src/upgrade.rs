//! The WebSocket route (§2). A seat that is not there is refused on the WebSocket, never before: only what comes
//! after the upgrade reaches the SDK's `onError`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use parlor_protocol::ids::{ProcessId, ReconnectionToken, SeatForm, SessionId};

use crate::address::remote_address;
use crate::compat::Door;
use crate::connection::{self, Entry, Refusal, Wire};
use crate::crowd::Place;
use crate::http::Front;
use crate::matchmake;
use crate::query::SeatQuery;
use crate::websocket::{NotAWebSocket, Upgrade};

/// `GET /{process}/{room}?sessionId=…`
pub(crate) async fn connect(
    State(front): State<Arc<Front>>,
    Extension(door): Extension<Door>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
    upgrade: Result<Upgrade, NotAWebSocket>,
) -> Response {
    let Ok(Path((process, room))) = path else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let entry = entry(
        &front,
        door,
        &process,
        &room,
        query.as_deref().unwrap_or_default(),
    );
    let place = match place(&front, &headers, peer) {
        Ok(place) => place,
        Err(refusal) => return refusal,
    };
    open(front, place, upgrade, move |front, wire| async move {
        match entry {
            Ok(entry) => connection::run(wire, entry, &front.settings, front.stop.watch()).await,
            Err(refusal) => connection::refuse(wire, refusal, front.settings.close_grace).await,
        }
    })
}

/// A place for one more connection. Those who are one too many are refused before the upgrade: it costs least.
pub(crate) fn place(front: &Front, headers: &HeaderMap, peer: SocketAddr) -> Result<Place, Response> {
    let address = remote_address(headers, peer, &front.settings.trusted_proxies);
    front.crowd.enter(address).map_err(|error| {
        tracing::debug!(%peer, %address, "no connection: {error}");
        // No SDK sees more of it than the status.
        matchmake::refusal(&error, Door::Main)
    })
}

/// Upgrades with the bounds that hold for every WebSocket here. The host stops only when `serve` has ended.
pub(crate) fn open<Serve, Served>(
    front: Arc<Front>,
    place: Place,
    upgrade: Result<Upgrade, NotAWebSocket>,
    serve: Serve,
) -> Response
where
    Serve: FnOnce(Arc<Front>, Wire) -> Served + Send + 'static,
    Served: Future<Output = ()> + Send,
{
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(refusal) => return refusal.into_response(),
    };
    let open = front.stop.watch();
    upgrade.grant(async move |stream, received| {
        let wire = Wire::new(stream, &received, front.settings.max_frame_bytes);
        serve(front, wire).await;
        drop((open, place));
    })
}

/// What the connection is to be, or how it is refused.
fn entry(front: &Front, door: Door, process: &str, room: &str, query: &str) -> Result<Entry, Refusal> {
    let query = SeatQuery::parse(query);
    // Which process it names does not matter: a room that came back in another one keeps its id, and the clients
    // that come back to it keep their URL.
    let form = ProcessId::parse_segment(process).map(|(_, form)| form);
    let dialect = door.dialect(
        form.as_ref().copied().unwrap_or(SeatForm::Flat),
        front.settings.flat_dialect,
    );
    if front.matchmaker.is_closing() {
        return Err(Refusal::stopping(query.token, dialect));
    }
    let entry = || {
        form.ok()?;
        let room = front.matchmaker.room(room)?;
        Some(Entry {
            session: SessionId::parse(query.session?).ok()?,
            token: query.token.map(ReconnectionToken::parse).transpose().ok()?,
            dialect,
            handshake: query.handshake,
            max_messages_per_second: room.max_messages_per_second(),
            mailbox: room.mailbox().clone(),
        })
    };
    entry().ok_or_else(|| Refusal::no_seat(query.token, dialect))
}
