//! Matchmaking over HTTP (§1).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{ConnectInfo, Extension, FromRequest, Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use parlor_matchmaker::Asking;
use parlor_protocol::ids::{RoomId, RoomTypeName};
use parlor_protocol::matchmake::{ClientOptions, MatchmakeError, Method, RoomListing};
use tokio::time::timeout;

use crate::address::{bearer_token, remote_address, text_headers};
use crate::compat::Door;
use crate::http::Front;

/// `POST /matchmake/{method}/{target}`: a seat, or why there is none.
pub(crate) async fn seat(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(door): Extension<Door>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let Ok(Path((method, target))) = path else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match ask(&front, door, &method, &target, &headers, peer, request).await {
        Ok(reply) => reply,
        Err(error) => {
            tracing::debug!(%peer, method, target, code = error.code(), "no seat: {error}");
            refusal(&error, door)
        }
    }
}

async fn ask(
    front: &Front,
    door: Door,
    method: &str,
    target: &str,
    headers: &HeaderMap,
    peer: SocketAddr,
    request: Request,
) -> Result<Response, MatchmakeError> {
    let method: Method = method.parse()?;
    check_target(method, target)?;
    let body = match timeout(front.settings.request_timeout, Bytes::from_request(request, &())).await {
        Ok(body) => body.map_err(|rejection| unreadable(&rejection, front.settings.max_body_bytes))?,
        Err(_) => return Ok(StatusCode::REQUEST_TIMEOUT.into_response()),
    };
    let address = remote_address(headers, peer, &front.settings.trusted_proxies);
    let asking = Asking {
        options: ClientOptions::parse(&body)?,
        token: bearer_token(headers),
        headers: text_headers(headers),
        remote_address: address.to_string(),
    };
    front.crowd.admits(address)?;
    let mut reply = front.matchmaker.seat(method, target, asking).await?;
    reply.public_address = reply.public_address.map(|address| door.beside(address));
    Ok(json(StatusCode::OK, reply.to_json()))
}

/// Names and ids are of one alphabet; anything else cannot exist.
fn check_target(method: Method, target: &str) -> Result<(), MatchmakeError> {
    if method.takes_room_id() {
        RoomId::parse(target)
            .map(drop)
            .map_err(|_| MatchmakeError::RoomNotFound(target.to_owned()))
    } else {
        RoomTypeName::parse(target)
            .map(drop)
            .map_err(|_| MatchmakeError::UnknownRoomType(target.to_owned()))
    }
}

fn unreadable(rejection: &BytesRejection, limit: usize) -> MatchmakeError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        MatchmakeError::BodyTooLarge { limit }
    } else {
        MatchmakeError::MalformedBody
    }
}

/// `GET /matchmake`: every public room.
pub(crate) async fn list_all(State(front): State<Arc<Front>>) -> Response {
    listing(&front, None).await
}

/// `GET /matchmake/{name}`: the public rooms of one type; none of a type that does not exist.
pub(crate) async fn list(
    State(front): State<Arc<Front>>,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    match name {
        Ok(Path(name)) => listing(&front, Some(&name)).await,
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn listing(front: &Front, room_type: Option<&str>) -> Response {
    match front.matchmaker.listings(room_type).await {
        Ok(rooms) => json(StatusCode::OK, RoomListing::list_to_json(&rooms)),
        // Where a list is awaited, SDK 0.15 too takes only a status for a refusal.
        Err(error) => refusal(&error, Door::Main),
    }
}

/// The reply that says why there is no seat (§1.5).
pub(crate) fn refusal(error: &MatchmakeError, door: Door) -> Response {
    let (status, body) = match door {
        Door::Main => (error.status(), error.to_json()),
        Door::Compat015 => (error.status_015(), error.to_json_015()),
    };
    json(
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        body,
    )
}

/// A body whose length is known goes out with a Content-Length; some SDKs cannot read chunks.
fn json(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_no_name_is_refused_as_unknown() {
        let long = "x".repeat(65);
        let cases = [
            (Method::Join, "battle", None),
            (Method::Create, "bat tle", Some(520)),
            (Method::JoinOrCreate, long.as_str(), Some(520)),
            (Method::JoinById, "V1StGXR8Z", None),
            (Method::JoinById, "ü", Some(522)),
            (Method::Reconnect, "a:b", Some(522)),
        ];
        for (method, target, expected) in cases {
            assert_eq!(
                check_target(method, target).err().map(|error| error.code()),
                expected,
                "{target}"
            );
        }
    }
}
