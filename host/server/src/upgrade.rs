//! The WebSocket route (§2). A seat that is not there is refused on the WebSocket, never before: only what comes
//! after the upgrade reaches the SDK's `onError`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use parlor_protocol::ids::{ProcessId, ReconnectionToken, SeatForm, SessionId};

use crate::compat::Door;
use crate::connection::{self, Entry, Refusal};
use crate::http::Front;
use crate::query::SeatQuery;

/// Bytes that a connection reserves for reading. A longer message gets what it needs for itself.
const READ_BUFFER_BYTES: usize = 4096;

/// `GET /{process}/{room}?sessionId=…`
pub(crate) async fn connect(
    State(front): State<Arc<Front>>,
    Extension(door): Extension<Door>,
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
    open(front, upgrade, move |front, socket| async move {
        match entry {
            Ok(entry) => connection::run(socket, entry, &front.settings, front.stop.watch()).await,
            Err(refusal) => connection::refuse(socket, refusal, front.settings.close_grace).await,
        }
    })
}

/// Upgrades with the bounds that hold for every WebSocket here. The host stops only when `serve` has ended.
pub(crate) fn open<Serve, Served>(
    front: Arc<Front>,
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
            drop(open);
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
        Some(Entry {
            session: SessionId::parse(query.session?).ok()?,
            token: query.token.map(ReconnectionToken::parse).transpose().ok()?,
            dialect,
            handshake: query.handshake,
            mailbox: front.matchmaker.room(room)?.mailbox().clone(),
        })
    };
    entry().ok_or_else(|| Refusal::no_seat(query.token, dialect))
}
