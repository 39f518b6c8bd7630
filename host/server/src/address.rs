//! Who asks: what `authenticate` is told about a request (§3).

use std::net::{IpAddr, SocketAddr};

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

/// Where each proxy on the way adds the address from which it was reached. Whatever else claims to be an address,
/// clients may have written themselves.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address: the peer's, unless that is a proxy that is trusted. Then it is the last address in
/// `X-Forwarded-For` that is no such proxy: those before it came from whoever that is.
pub(crate) fn remote_address(headers: &HeaderMap, peer: SocketAddr, proxies: &[IpNet]) -> IpAddr {
    let mut address = peer.ip().to_canonical();
    for value in headers.get_all(FORWARDED_FOR).iter().rev() {
        for hop in value.to_str().unwrap_or_default().rsplit(',') {
            if !proxies.iter().any(|proxy| proxy.contains(&address)) {
                return address;
            }
            match forwarded(hop.trim()) {
                Some(before) => address = before,
                None => return address,
            }
        }
    }
    address
}

/// An address as proxies write it; some add a port.
fn forwarded(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse::<IpAddr>();
    let address = address.or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
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
    fn only_trusted_proxies_are_believed() {
        let none: &[&str] = &[];
        let one = &["10.0.0.0/8"];
        let two = &["10.0.0.0/8", "2001:db8::1/128"];
        let cases: [(&[&str], &[&'static str], &str, &str); 13] = [
            (none, &[], "10.0.0.1:9", "10.0.0.1"),
            (none, &[], "[::ffff:10.0.0.2]:9", "10.0.0.2"),
            (none, &[], "[2001:db8::1]:9", "2001:db8::1"),
            // Anybody may say anything.
            (none, &["1.1.1.1"], "10.0.0.1:9", "10.0.0.1"),
            (one, &["1.1.1.1"], "11.0.0.1:9", "11.0.0.1"),
            (one, &["1.1.1.1"], "[::ffff:10.0.0.1]:9", "1.1.1.1"),
            (one, &["6.6.6.6, 1.1.1.1"], "10.0.0.1:9", "1.1.1.1"),
            (one, &["6.6.6.6, 1.1.1.1, 10.0.0.7"], "10.0.0.1:9", "1.1.1.1"),
            (one, &["6.6.6.6", "1.1.1.1", "10.0.0.7"], "10.0.0.1:9", "1.1.1.1"),
            (
                two,
                &["1.1.1.1:80, [2001:db8::1]:80, [2001:db8::1]"],
                "10.0.0.1:9",
                "1.1.1.1",
            ),
            // All of them are ours.
            (one, &["10.0.0.3, 10.0.0.2"], "10.0.0.1:9", "10.0.0.3"),
            // What is no address ends the chain at the last that is.
            (one, &["1.1.1.1, unknown, 10.0.0.2"], "10.0.0.1:9", "10.0.0.2"),
            (one, &["1.1.1.1, "], "10.0.0.1:9", "10.0.0.1"),
        ];
        for (proxies, values, peer, expected) in cases {
            let proxies: Vec<IpNet> = proxies.iter().map(|text| text.parse().unwrap()).collect();
            let mut map = HeaderMap::new();
            map.insert("x-real-ip", HeaderValue::from_static("9.9.9.9"));
            for value in values {
                map.append(FORWARDED_FOR, HeaderValue::from_static(value));
            }
            let address = remote_address(&map, peer.parse().unwrap(), &proxies);
            assert_eq!(address.to_string(), expected, "{peer} {values:?}");
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
