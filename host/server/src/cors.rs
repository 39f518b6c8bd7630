//! What lets browsers in from any page (§1.3), on every reply.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};

const ALLOWED_HEADERS: &str = "Origin, X-Requested-With, Content-Type, Accept, Authorization";
const ALLOWED_METHODS: &str = "GET,HEAD,PUT,PATCH,POST,DELETE";
/// Thirty days, in seconds.
const MAX_AGE: &str = "2592000";
const ANY_ORIGIN: &str = "*";

/// What [`allow`] has to know of a request.
pub(crate) fn origin<Body>(request: &Request<Body>) -> Option<HeaderValue> {
    request.headers().get(ORIGIN).cloned()
}

/// Whether a browser only asks what it may ask for.
pub(crate) fn is_preflight<Body>(request: &Request<Body>) -> bool {
    request.method() == Method::OPTIONS
}

/// Adds the headers to an answer; none: the request is a preflight one, for whatever path. This stands around the router and
/// is no layer of it, which would box the answer and copy the routes once more for each request.
pub(crate) async fn allow<Error>(
    origin: Option<HeaderValue>,
    answer: Option<impl Future<Output = Result<Response, Error>>>,
) -> Result<Response, Error> {
    let mut response = match answer {
        Some(answer) => answer.await?,
        None => StatusCode::NO_CONTENT.into_response(),
    };
    add_headers(response.headers_mut(), origin);
    Ok(response)
}

/// Browsers send credentials, and then take no `*`: the origin is echoed.
fn add_headers(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    let fixed = [
        (ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
        (ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS),
        (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        (VARY, "Origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let origin = origin.unwrap_or(HeaderValue::from_static(ANY_ORIGIN));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_echoed_and_anybody_else_is_let_in() {
        for (origin, expected) in [
            (Some("https://game.example"), "https://game.example"),
            (None, "*"),
        ] {
            let mut headers = HeaderMap::new();
            add_headers(&mut headers, origin.map(HeaderValue::from_static));
            assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], expected);
            assert_eq!(headers[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
            assert_eq!(headers[ACCESS_CONTROL_MAX_AGE], "2592000");
            assert_eq!(headers[VARY], "Origin");
        }
    }
}
