//! The query of a WebSocket URL (§2).

use parlor_room::handle::HandshakeWanted;

/// What a client says in the query. Values are taken as they are: SDKs do not percent-encode them, and everything
/// that is an id is of letters, digits, `-` and `_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeatQuery<'a> {
    /// `sessionId`, unchecked.
    pub session: Option<&'a str>,
    /// `reconnectionToken`, unchecked.
    pub token: Option<&'a str>,
    /// Whether `skipHandshake` is missing; its value does not matter.
    pub handshake: HandshakeWanted,
}

impl<'a> SeatQuery<'a> {
    /// Reads what is known and ignores the rest: an endpoint may have parameters of its own. Of parameters with the
    /// same name the first counts.
    pub fn parse(query: &'a str) -> Self {
        let mut seat = Self {
            session: None,
            token: None,
            handshake: HandshakeWanted::Yes,
        };
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "sessionId" => seat.session = seat.session.or(Some(value)),
                "reconnectionToken" => seat.token = seat.token.or(Some(value)),
                "skipHandshake" => seat.handshake = HandshakeWanted::No,
                _ => {}
            }
        }
        seat
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_parameters_are_found_and_others_ignored() {
        use HandshakeWanted::{No, Yes};
        let cases = [
            ("", None, None, Yes),
            ("sessionId=abc", Some("abc"), None, Yes),
            ("x=1&sessionId=abc&y", Some("abc"), None, Yes),
            (
                "sessionId=abc&reconnectionToken=T&skipHandshake=1",
                Some("abc"),
                Some("T"),
                No,
            ),
            (
                "skipHandshake&reconnectionToken=T&sessionId=abc",
                Some("abc"),
                Some("T"),
                No,
            ),
            (
                "skipHandshake=true&_authToken=a=b=c&sessionId=abc",
                Some("abc"),
                None,
                No,
            ),
            ("sessionId=first&sessionId=second", Some("first"), None, Yes),
            ("sessionId=&reconnectionToken", Some(""), Some(""), Yes),
            ("&&==&sessionid=abc&SessionId=abc", None, None, Yes),
            ("sessionId=%41bc", Some("%41bc"), None, Yes),
        ];
        for (query, session, token, handshake) in cases {
            assert_eq!(
                SeatQuery::parse(query),
                SeatQuery {
                    session,
                    token,
                    handshake
                },
                "{query:?}"
            );
        }
    }
}
