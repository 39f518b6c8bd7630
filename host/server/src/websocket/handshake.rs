//! How an HTTP connection becomes a WebSocket (RFC 6455 §4.2).

use axum::extract::FromRequestParts;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use tokio::net::TcpStream;

/// §1.3: what every server appends to the client's key.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION: HeaderValue = HeaderValue::from_static("13");
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// A request that asks for a WebSocket, and may have it.
#[derive(Debug)]
pub(crate) struct Upgrade {
    accept: HeaderValue,
    upgrade: OnUpgrade,
}

/// Why a request gets no WebSocket.
#[derive(Debug)]
pub(crate) enum NotAWebSocket {
    /// It does not ask for one.
    Unasked,
    /// It asks in a way that cannot be granted.
    Refused(StatusCode, &'static str),
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = NotAWebSocket;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotAWebSocket> {
        let headers = &parts.headers;
        if parts.method != Method::GET
            || !has_token(headers, CONNECTION, "upgrade")
            || !has_token(headers, UPGRADE, "websocket")
        {
            return Err(NotAWebSocket::Unasked);
        }
        let refused = |why| Err(NotAWebSocket::Refused(StatusCode::BAD_REQUEST, why));
        if headers.get(SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
            return refused("the header Sec-WebSocket-Version must be 13");
        }
        let Some(key) = headers.get(SEC_WEBSOCKET_KEY) else {
            return refused("the header Sec-WebSocket-Key is missing");
        };
        let accept = accept(key.as_bytes());
        match (accept, parts.extensions.remove()) {
            (Ok(accept), Some(upgrade)) => Ok(Self { accept, upgrade }),
            _ => Err(NotAWebSocket::Refused(
                StatusCode::UPGRADE_REQUIRED,
                "this connection cannot become a WebSocket",
            )),
        }
    }
}

fn accept(key: &[u8]) -> Result<HeaderValue, axum::http::Error> {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    Ok(HeaderValue::try_from(STANDARD.encode(digest))?)
}

/// Whether a header that is a list has this member, in whatever case.
fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let lists = headers.get_all(name).into_iter();
    lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|member| member.trim().eq_ignore_ascii_case(token))
}

impl Upgrade {
    /// Grants it. Once the client has been told, `serve` gets the stream, with what has come on it already.
    pub fn grant<Served>(self, serve: impl FnOnce(TcpStream, Bytes) -> Served + Send + 'static) -> Response
    where
        Served: Future<Output = ()> + Send,
    {
        let Self { accept, upgrade } = self;
        tokio::spawn(async move {
            match upgrade.await.map(Upgraded::downcast::<TokioIo<TcpStream>>) {
                Ok(Ok(parts)) => serve(parts.io.into_inner(), parts.read_buf).await,
                Ok(Err(_)) => tracing::error!("a WebSocket is no TCP stream"),
                // The client has gone meanwhile.
                Err(error) => tracing::debug!("no upgrade: {error}"),
            }
        });
        (
            StatusCode::SWITCHING_PROTOCOLS,
            [
                (CONNECTION, HeaderValue::from_static("upgrade")),
                (UPGRADE, WEBSOCKET),
                (SEC_WEBSOCKET_ACCEPT, accept),
            ],
        )
            .into_response()
    }
}

impl IntoResponse for NotAWebSocket {
    fn into_response(self) -> Response {
        match self {
            Self::Unasked => StatusCode::NOT_FOUND.into_response(),
            Self::Refused(status, why) => {
                let mut response = (status, why).into_response();
                if status == StatusCode::BAD_REQUEST {
                    response.headers_mut().insert(SEC_WEBSOCKET_VERSION, VERSION);
                }
                response
            }
        }
    }
}
