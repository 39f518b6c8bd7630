//! One POST and its reply, on a connection of its own: every player asks the matchmaker from a machine of its own.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::endpoint::Endpoint;
use crate::error::ClientError;

/// Most bytes of a reply.
const MAX_REPLY: usize = 1 << 20;

/// Status and body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Sends `body` as JSON.
pub(crate) async fn post(
    endpoint: &Endpoint,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> Result<Reply, ClientError> {
    let body = body.to_string();
    let authorization = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\n{authorization}Content-Length: {}\r\n\r\n{body}",
        endpoint.path(path),
        endpoint.authority(),
        body.len(),
    );
    let mut stream = connect(endpoint).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut received = Vec::with_capacity(1024);
    loop {
        if stream.read_buf(&mut received).await? == 0 {
            return read(&received, Ending::Closed)?.ok_or_else(|| bad("it ends too early"));
        }
        if let Some(reply) = read(&received, Ending::Open)? {
            return Ok(reply);
        }
        if received.len() > MAX_REPLY {
            return Err(bad("it is longer than a mebibyte"));
        }
    }
}

pub(crate) async fn connect(endpoint: &Endpoint) -> Result<TcpStream, ClientError> {
    let connected = TcpStream::connect(endpoint.authority()).await;
    let stream = connected.map_err(|source| ClientError::Connect {
        address: endpoint.authority().to_owned(),
        source,
    })?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Whether more may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Open,
    Closed,
}

/// The reply, once all of it is there.
fn read(received: &[u8], ending: Ending) -> Result<Option<Reply>, ClientError> {
    let Some(head) = Head::read(received)? else {
        return Ok(None);
    };
    let rest = received.get(head.length..).unwrap_or_default();
    let body = match head.body_length {
        Some(length) => rest.get(..length),
        None => (ending == Ending::Closed).then_some(rest),
    };
    Ok(body.map(|body| Reply {
        status: head.status,
        body: body.to_vec(),
    }))
}

/// The part of a reply before its body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub status: u16,
    /// Bytes, the empty line included.
    pub length: usize,
    /// As its header says; without one the body goes to the end of the connection.
    body_length: Option<usize>,
}

impl Head {
    /// None while its end has not come.
    pub fn read(received: &[u8]) -> Result<Option<Self>, ClientError> {
        const END: &[u8] = b"\r\n\r\n";
        let Some(end) = received.windows(END.len()).position(|window| window == END) else {
            return Ok(None);
        };
        let text = received.get(..end).unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| bad("its head is not text"))?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let status = match (words.next(), words.next()) {
            (Some("HTTP/1.1"), Some(status)) => status.parse().map_err(|_| bad("its status is no number"))?,
            _ => return Err(bad("it is not HTTP/1.1")),
        };
        let mut body_length = None;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                let length = value.trim().parse().map_err(|_| bad("its length is no number"))?;
                body_length = Some(length);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err(bad(
                    "it is chunked; replies of a matchmaker have a Content-Length",
                ));
            }
        }
        Ok(Some(Self {
            status,
            length: end + END.len(),
            body_length,
        }))
    }
}

fn bad(what: &str) -> ClientError {
    ClientError::BadReply(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Option<Reply> {
        Some(Reply {
            status,
            body: body.into(),
        })
    }

    #[test]
    fn replies_are_read_once_they_are_whole() {
        let cases = [
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", reply(200, "{}")),
            (
                "HTTP/1.1 520 \r\nContent-Length: 1\r\nx: y\r\n\r\nab",
                reply(520, "a"),
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", None),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", None),
            ("HTTP/1.1 200 OK\r\n\r\n{}", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(read(text.as_bytes(), Ending::Open).unwrap(), wanted, "{text}");
        }
        let unbounded = b"HTTP/1.1 200 OK\r\n\r\n{}";
        assert_eq!(read(unbounded, Ending::Closed).unwrap(), reply(200, "{}"));
    }

    #[test]
    fn what_is_no_reply_says_why() {
        let cases = [
            ("SSH-2.0\r\n\r\n", "not HTTP/1.1"),
            ("HTTP/1.1 two\r\n\r\n", "status"),
            ("HTTP/1.1 200\r\nContent-Length: x\r\n\r\n", "length"),
            ("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n", "chunked"),
        ];
        for (text, wanted) in cases {
            let error = read(text.as_bytes(), Ending::Open).unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
