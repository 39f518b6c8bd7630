//! Who asks: what `authenticate` is told about a request (§3).

use std::net::SocketAddr;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Headers in which a reverse proxy writes the client's address, the one to prefer first. A host that clients reach
/// without a proxy hears in them whatever its clients like to say.
const ADDRESS_HEADERS: [&str; 3] = ["x-real-ip", "x-forwarded-for", "x-client-ip"];

/// The client's address: as a proxy says, otherwise the peer's.
pub(crate) fn remote_address(headers: &HeaderMap, peer: SocketAddr) -> String {
    let said = ADDRESS_HEADERS.iter().find_map(|name| {
        let first = headers.get(*name)?.to_str().ok()?.split(',').next()?.trim();
        (!first.is_empty()).then(|| first.to_owned())
    });
    said.unwrap_or_else(|| peer.ip().to_canonical().to_string())
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

/// All headers that are text, names in lower case, in the order of the request for those of one name.
pub(crate) fn text_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pairs<'a> = &'a [(&'static str, &'static str)];

    fn headers(pairs: Pairs<'_>) -> HeaderMap {
        let pair = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_proxy_is_believed_before_the_peer() {
        let v4 = "10.0.0.1:9";
        let cases: [(Pairs<'_>, &str, &str); 7] = [
            (&[], v4, "10.0.0.1"),
            (&[], "[::ffff:10.0.0.2]:9", "10.0.0.2"),
            (&[], "[2001:db8::1]:9", "2001:db8::1"),
            (&[("x-client-ip", "3.3.3.3")], v4, "3.3.3.3"),
            (
                &[
                    ("x-client-ip", "3.3.3.3"),
                    ("x-forwarded-for", "2.2.2.2, 9.9.9.9"),
                ],
                v4,
                "2.2.2.2",
            ),
            (
                &[("x-forwarded-for", "2.2.2.2"), ("x-real-ip", "1.1.1.1")],
                v4,
                "1.1.1.1",
            ),
            (
                &[("x-real-ip", " "), ("x-forwarded-for", " ,2.2.2.2")],
                v4,
                "10.0.0.1",
            ),
        ];
        for (pairs, peer, expected) in cases {
            assert_eq!(
                remote_address(&headers(pairs), peer.parse().unwrap()),
                expected,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn only_bearer_tokens_count() {
        let cases = [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Basic abc", None),
        ];
        for (value, expected) in cases {
            assert_eq!(
                bearer_token(&headers(&[("authorization", value)])).as_deref(),
                expected,
                "{value:?}"
            );
        }
        assert_eq!(bearer_token(&HeaderMap::new()), None);
    }

    #[test]
    fn header_names_are_in_lower_case() {
        let mut map = headers(&[("x-game", "tag")]);
        map.insert("X-Other", HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(text_headers(&map), [("x-game".to_owned(), "tag".to_owned())]);
    }
}
