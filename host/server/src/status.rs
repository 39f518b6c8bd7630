//! What operators may look at. Only from the host itself: behind a proxy, what came from elsewhere says so in a header.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::http::Front;

/// `GET /__parlor/versions`: which version of which room type runs where, as JSON.
pub(crate) async fn versions(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !is_local(peer, &headers) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let body = front.matchmaker.versions().to_string();
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

fn is_local(peer: SocketAddr, headers: &HeaderMap) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"];
    peer.ip().to_canonical().is_loopback() && !forwarded.iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_itself_may_look() {
        let none = HeaderMap::new();
        let mut forwarded = HeaderMap::new();
        forwarded.insert("x-forwarded-for", "127.0.0.1".parse().unwrap());
        for (peer, headers, local) in [
            ("127.0.0.1:1", &none, true),
            ("[::1]:1", &none, true),
            ("[::ffff:127.0.0.1]:1", &none, true),
            ("192.0.2.1:1", &none, false),
            ("127.0.0.1:1", &forwarded, false),
        ] {
            assert_eq!(is_local(peer.parse().unwrap(), headers), local, "{peer}");
        }
    }
}
