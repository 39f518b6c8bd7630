//! The matchmaker's replies.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::rooms::Rooms;

/// Most bytes of a request.
const MAX_REQUEST: usize = 64 * 1024;

/// Reads one request, answers it, and closes.
pub async fn answer(mut stream: TcpStream, rooms: &Arc<Rooms>) -> Result<()> {
    let mut received = Vec::with_capacity(1024);
    let (path, options) = loop {
        if let Some(request) = read(&received)? {
            break request;
        }
        if stream.read_buf(&mut received).await? == 0 || received.len() > MAX_REQUEST {
            bail!("the request ends early, or is too long");
        }
    };
    let (status, body) = match seat(&path, &options, rooms) {
        Some(seat) => ("200 OK", seat),
        None => (
            "520 Unknown",
            json!({"code": 520, "error": format!("no room by {path}")}),
        ),
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await?;
    stream.shutdown().await.context("cannot close")
}

/// Path and body, once both are there.
fn read(received: &[u8]) -> Result<Option<(String, Value)>> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = str::from_utf8(received.get(..end).unwrap_or_default())?;
    let path = head.split(' ').nth(1).context("a request without a path")?;
    let length = head
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, length)| length.trim().parse::<usize>())?;
    let Some(body) = received.get(end + 4..).and_then(|rest| rest.get(..length)) else {
        return Ok(None);
    };
    Ok(Some((path.to_owned(), serde_json::from_slice(body)?)))
}

fn seat(path: &str, options: &Value, rooms: &Arc<Rooms>) -> Option<Value> {
    let mut segments = path.strip_prefix("/matchmake/")?.split('/');
    let id = match (segments.next()?, segments.next()?) {
        ("create", name) => rooms.create(name, options),
        ("joinById", id) => id.to_owned(),
        _ => return None,
    };
    Some(json!({"name": "raw", "roomId": id, "processId": "raw", "sessionId": "raw"}))
}
