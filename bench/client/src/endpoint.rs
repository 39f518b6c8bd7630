//! Where a server is.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// `http://host:port/prefix`, as it is given to an SDK's `Client`; `ws://` means the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `host:port`, as in a Host header.
    authority: String,
    /// Leads every path; empty, or begins with a slash and ends without one.
    prefix: String,
}

/// Why a text is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Neither of the schemes.
    #[error("{0:?} is no endpoint; write http://HOST:PORT or ws://HOST:PORT")]
    NoScheme(String),
    /// Encrypted.
    #[error("{0:?}: this client has no TLS; give the address behind the proxy, with http:// or ws://")]
    Encrypted(String),
    /// Nothing between the scheme and the path.
    #[error("{0:?} names no host; write http://HOST:PORT or ws://HOST:PORT")]
    NoHost(String),
    /// Parameters of the endpoint are not repeated on the paths that are made of it.
    #[error("{0:?}: an endpoint has no query; leave out everything from the question mark on")]
    Query(String),
}

impl Endpoint {
    /// `host:port`.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// A path below the endpoint; `path` begins with a slash.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The endpoint of another process, as a seat's `publicAddress` names it: without a scheme.
    #[must_use]
    pub fn at(address: &str) -> Self {
        let (host, prefix) = match address.split_once('/') {
            Some((host, prefix)) => (host, format!("/{}", prefix.trim_end_matches('/'))),
            None => (address, String::new()),
        };
        Self {
            authority: with_port(host),
            prefix: if prefix == "/" { String::new() } else { prefix },
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| EndpointError::NoScheme(text.to_owned()))?;
        match scheme {
            "http" | "ws" => {}
            "https" | "wss" => return Err(EndpointError::Encrypted(text.to_owned())),
            _ => return Err(EndpointError::NoScheme(text.to_owned())),
        }
        if rest.is_empty() || rest.starts_with(['/', ':', '?']) {
            return Err(EndpointError::NoHost(text.to_owned()));
        }
        if rest.contains(['?', '#']) {
            return Err(EndpointError::Query(text.to_owned()));
        }
        Ok(Self::at(rest))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.prefix)
    }
}

fn with_port(host: &str) -> String {
    // The colons of an IPv6 address are in brackets.
    let after_brackets = host.rsplit(']').next().unwrap_or(host);
    if after_brackets.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:80")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_endpoint() {
        let cases = [
            ("http://127.0.0.1:2567", Ok("http://127.0.0.1:2567")),
            ("ws://127.0.0.1:2567/", Ok("http://127.0.0.1:2567")),
            ("ws://host/games/", Ok("http://host:80/games")),
            ("http://[::1]", Ok("http://[::1]:80")),
            ("http://[::1]:7", Ok("http://[::1]:7")),
            ("host:2567", Err(EndpointError::NoScheme("host:2567".into()))),
            ("ftp://host", Err(EndpointError::NoScheme("ftp://host".into()))),
            ("wss://host", Err(EndpointError::Encrypted("wss://host".into()))),
            ("http://", Err(EndpointError::NoHost("http://".into()))),
            (
                "http:///games",
                Err(EndpointError::NoHost("http:///games".into())),
            ),
            ("ws://host?a=1", Err(EndpointError::Query("ws://host?a=1".into()))),
        ];
        for (text, wanted) in cases {
            let read = text.parse::<Endpoint>().map(|endpoint| endpoint.to_string());
            assert_eq!(read, wanted.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn paths_are_below_the_prefix() {
        let endpoint: Endpoint = "ws://host:1/games".parse().unwrap();
        assert_eq!(endpoint.path("/matchmake/join/x"), "/games/matchmake/join/x");
        assert_eq!(Endpoint::at("other:2").path("/p/r"), "/p/r");
    }
}
