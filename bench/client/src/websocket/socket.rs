//! A connection: what is queued goes out while what arrives comes in.

use std::io::{self, ErrorKind};

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;

use super::buffer::Buffer;
use super::frame::{Head, Kind, Outgoing, write};
use crate::endpoint::Endpoint;
use crate::error::ClientError;
use crate::http;

/// Most bytes of the reply to a request for a WebSocket.
const MAX_UPGRADE: usize = 16 * 1024;
/// What a close without a code is called.
const NO_STATUS: u16 = 1005;
/// What the end of a stream without a close is called.
const ABNORMAL: u16 = 1006;

/// Something that came in.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A message, borrowed from the connection's buffer.
    Message(&'a [u8]),
    /// The server closes with this code (1005: without one, 1006: without a word). Nothing comes after it.
    Closed(u16),
}

/// What [`WebSocket::step`] found, apart from the bytes that it borrows.
enum Step {
    Message { back: usize, length: usize },
    Assembled,
    Closed(u16),
}

/// A WebSocket of a client. Pings are answered by themselves, with the next [`Self::exchange`].
#[derive(Debug)]
pub struct WebSocket {
    stream: TcpStream,
    received: Buffer,
    /// The beginning of a message that comes in several frames.
    partial: Vec<u8>,
    /// What is queued, and how much of it is written.
    queued: Vec<u8>,
    written: usize,
    /// The stream has ended.
    ended: bool,
}

impl WebSocket {
    /// Opens a WebSocket at this path below the endpoint; `path` begins with a slash.
    ///
    /// # Errors
    /// [`ClientError::NoWebSocket`] if the server answers with something else than 101.
    pub async fn connect(endpoint: &Endpoint, path: &str) -> Result<Self, ClientError> {
        let mut stream = http::connect(endpoint).await?;
        // Nobody checks that the server has read the key: this is no browser behind a cache.
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGFybG9yIGxvYWQgdGVzdA==\r\n\r\n",
            endpoint.path(path),
            endpoint.authority(),
        );
        stream.write_all(request.as_bytes()).await?;
        let mut reply = Vec::with_capacity(512);
        let head = loop {
            if stream.read_buf(&mut reply).await? == 0 {
                return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
            }
            if let Some(head) = http::Head::read(&reply)? {
                break head;
            }
            if reply.len() > MAX_UPGRADE {
                return Err(ClientError::BadReply("its head is longer than 16 KiB".to_owned()));
            }
        };
        if head.status != 101 {
            return Err(ClientError::NoWebSocket(head.status));
        }
        let mut received = Buffer::default();
        // A server may speak at once.
        received.extend(reply.get(head.length..).unwrap_or_default());
        Ok(Self {
            stream,
            received,
            partial: Vec::new(),
            queued: Vec::new(),
            written: 0,
            ended: false,
        })
    }

    /// Queues a message that was made before.
    pub fn queue(&mut self, message: &Outgoing) {
        self.queued.extend_from_slice(message.wire_bytes());
    }

    /// Queues a message.
    pub fn queue_bytes(&mut self, message: &[u8]) {
        write(&mut self.queued, Kind::Binary, message);
    }

    /// How many bytes are queued and not yet written. Nothing bounds them: who sends without waiting for answers
    /// looks at this.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.queued.len() - self.written
    }

    /// The next event among what has been received, without waiting; none if [`Self::exchange`] is due.
    ///
    /// # Errors
    /// [`ClientError::BadWebSocket`]; the connection is of no use then.
    pub fn event(&mut self) -> Result<Option<Event<'_>>, ClientError> {
        Ok(match self.step()? {
            None => None,
            Some(Step::Message { back, length }) => Some(Event::Message(self.received.taken(back, length))),
            Some(Step::Assembled) => Some(Event::Message(&self.partial)),
            Some(Step::Closed(code)) => Some(Event::Closed(code)),
        })
    }

    /// Writes what is queued, and waits until something has come in. May be dropped meanwhile.
    ///
    /// # Errors
    /// [`ClientError::Broken`].
    pub async fn exchange(&mut self) -> Result<(), ClientError> {
        loop {
            self.write_queued()?;
            match self.received.receive(&self.stream) {
                Ok(count) => {
                    self.ended = count == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // A server that cuts the connection: it is closed without a word.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    self.ended = true;
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
            let interest = match self.backlog() {
                0 => Interest::READABLE,
                _ => Interest::READABLE | Interest::WRITABLE,
            };
            self.stream.ready(interest).await?;
        }
    }

    /// Writes everything that is queued, without reading. For small things: who sends more than the server takes
    /// while it does not read waits for good.
    ///
    /// # Errors
    /// [`ClientError::Broken`].
    pub async fn flush(&mut self) -> Result<(), ClientError> {
        loop {
            self.write_queued()?;
            if self.backlog() == 0 {
                return Ok(());
            }
            self.stream.writable().await?;
        }
    }

    /// Waits until the server has closed its end, as a client has to (RFC 6455, 7.1.1): then the port is free at
    /// once, and the server has the memory of the connection.
    ///
    /// # Errors
    /// [`ClientError::Broken`].
    pub(crate) async fn ended(&mut self) -> Result<(), ClientError> {
        while !self.ended {
            self.received.clear();
            self.exchange().await?;
        }
        Ok(())
    }

    /// Writes as much as the operating system takes.
    fn write_queued(&mut self) -> Result<(), ClientError> {
        while let Some(rest) = self.queued.get(self.written..).filter(|rest| !rest.is_empty()) {
            match self.stream.try_write(rest) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // What the server said before it closed is still to be read.
                Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.queued.clear();
        self.written = 0;
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Step>, ClientError> {
        loop {
            let unread = self.received.unread();
            let head = Head::read(unread)?.filter(|head| unread.len() >= head.length + head.payload);
            let Some(head) = head else {
                return Ok(self.ended.then_some(Step::Closed(ABNORMAL)));
            };
            let payload = self.received.slice(head.length, head.payload);
            match head.kind {
                Kind::Close => {
                    let code = payload
                        .first_chunk()
                        .map_or(NO_STATUS, |code| u16::from_be_bytes(*code));
                    write(
                        &mut self.queued,
                        Kind::Close,
                        payload.get(..2).unwrap_or_default(),
                    );
                    self.received.take(head.length + head.payload);
                    self.write_queued()?;
                    return Ok(Some(Step::Closed(code)));
                }
                Kind::Ping => write(&mut self.queued, Kind::Pong, payload),
                Kind::Pong => {}
                Kind::Text => return Err(ClientError::BadWebSocket("a text message")),
                Kind::Binary if head.last => {
                    self.received.take(head.length + head.payload);
                    return Ok(Some(Step::Message {
                        back: head.payload,
                        length: head.payload,
                    }));
                }
                Kind::Binary => {
                    self.partial.clear();
                    self.partial.extend_from_slice(payload);
                }
                Kind::Continuation => {
                    self.partial.extend_from_slice(payload);
                    if head.last {
                        self.received.take(head.length + head.payload);
                        return Ok(Some(Step::Assembled));
                    }
                }
            }
            self.received.take(head.length + head.payload);
        }
    }
}
