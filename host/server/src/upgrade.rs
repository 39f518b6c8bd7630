//! The WebSocket route (§2). A seat that is not there is refused on the WebSocket, never before: only what comes
//! after the upgrade reaches the SDK's `onError`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use parlor_protocol::ids::{ProcessId, ReconnectionToken, SeatForm, SessionId};

use crate::address::remote_address;
use crate::compat::Door;
use crate::connection::{self, Entry, Refusal};
use crate::crowd::Place;
use crate::http::Front;
use crate::matchmake;
use crate::query::SeatQuery;

/// Bytes that a connection reserves for reading. A longer message gets what it needs for itself.
const READ_BUFFER_BYTES: usize = 4096;

/// `GET /{process}/{room}?sessionId=…`
pub(crate) async fn connect(
    State(front): State<Arc<Front>>,
    Extension(door): Extension<Door>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
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
    open(front, place, upgrade, move |front, socket| async move {
        match entry {
            Ok(entry) => connection::run(socket, entry, &front.settings, front.stop.watch()).await,
            Err(refusal) => connection::refuse(socket, refusal, front.settings.close_grace).await,
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
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    serve: Serve,
) -> Response
where
    Serve: FnOnce(Arc<Front>, WebSocket) -> Served + Send + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(
            WebSocketUpgradeRejection::InvalidConnectionHeader(_)
            | WebSocketUpgradeRejection::InvalidUpgradeHeader(_)
            | WebSocketUpgradeRejection::MethodNotGet(_),
        ) => return StatusCode::NOT_FOUND.into_response(),
        Err(rejection) => return rejection.into_response(),
    };
    let open = front.stop.watch();
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_frame_size(front.settings.max_frame_bytes)
        .max_message_size(front.settings.max_frame_bytes)
        .on_upgrade(move |socket| async move {
            serve(front, socket).await;
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
