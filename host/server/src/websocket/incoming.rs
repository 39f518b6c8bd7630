//! From received bytes to messages.

use std::mem;

use super::frame::{Head, Opcode, Part, Violation, unmask};

/// What a client said. Payloads lie where they were received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Binary(&'a [u8]),
    /// Nobody here reads texts.
    Text,
    /// To be answered with the same bytes.
    Ping(&'a [u8]),
    Pong,
    /// The last message, with its code if it has one.
    Close(Option<u16>),
}

/// Whether whoever was handed a message wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Go,
    Hold,
}

/// Why nothing more can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// A message beyond the bound.
    #[error("a message is too big")]
    TooBig,
    /// Not WebSocket.
    #[error(transparent)]
    Broken(#[from] Violation),
}

/// Takes apart what comes in. It keeps what has come of a message that is not whole, and what came behind a message after
/// which nobody wanted more; usually that is nothing.
#[derive(Debug)]
pub(crate) struct Incoming {
    kept: Vec<u8>,
    held: Flow,
    fragments: Option<Fragments>,
    /// Most bytes of a message.
    limit: usize,
}

/// The first frames of a message.
#[derive(Debug)]
struct Fragments {
    opcode: Opcode,
    payload: Vec<u8>,
}

impl Incoming {
    /// `received` has come already; messages of more than `limit` bytes are refused before they are there.
    pub fn new(received: &[u8], limit: usize) -> Self {
        Self {
            kept: received.to_vec(),
            // Perhaps it is a whole message, and nothing more comes that would have it looked at.
            held: if received.is_empty() { Flow::Go } else { Flow::Hold },
            fragments: None,
            limit,
        }
    }

    /// Whether there may be whole messages in what was kept.
    pub fn is_held(&self) -> bool {
        self.held == Flow::Hold
    }

    /// Hands over each message that is whole now, until `each` wants no more.
    ///
    /// # Errors
    /// After one, nothing may be given any more.
    pub fn take(
        &mut self,
        received: &mut [u8],
        each: impl FnMut(Message<'_>) -> Flow,
    ) -> Result<Flow, Unreadable> {
        if self.kept.is_empty() {
            let used = self.take_apart(received, each)?;
            self.kept
                .extend_from_slice(received.get(used..).unwrap_or_default());
        } else {
            let mut kept = mem::take(&mut self.kept);
            kept.extend_from_slice(received);
            let used = self.take_apart(&mut kept, each)?;
            if used < kept.len() {
                kept.drain(..used);
                self.kept = kept;
            }
        }
        Ok(self.held)
    }

    /// How many bytes have been used.
    fn take_apart(
        &mut self,
        received: &mut [u8],
        mut each: impl FnMut(Message<'_>) -> Flow,
    ) -> Result<usize, Unreadable> {
        let mut used = 0;
        self.held = Flow::Go;
        while self.held == Flow::Go {
            let rest = received.get_mut(used..).unwrap_or_default();
            let Some(head) = Head::parse(rest)? else { break };
            self.admit(&head)?;
            let payload = rest
                .get_mut(head.size..)
                .and_then(|rest| rest.get_mut(..head.length));
            let Some(payload) = payload else { break };
            unmask(payload, head.mask);
            used += head.size + head.length;
            self.held = self.frame(&head, payload, &mut each)?;
        }
        Ok(used)
    }

    /// Refuses a frame by its head, before its payload is waited for.
    fn admit(&self, head: &Head) -> Result<(), Unreadable> {
        let before = match (head.opcode, &self.fragments) {
            (Opcode::Continuation, Some(fragments)) => fragments.payload.len(),
            (Opcode::Continuation, None) => return Err(Violation::Continues.into()),
            (Opcode::Text | Opcode::Binary, Some(_)) => return Err(Violation::Interrupted.into()),
            (Opcode::Text | Opcode::Binary, None) => 0,
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => return Ok(()),
        };
        if before.saturating_add(head.length) > self.limit {
            return Err(Unreadable::TooBig);
        }
        Ok(())
    }

    fn frame(
        &mut self,
        head: &Head,
        payload: &[u8],
        each: &mut impl FnMut(Message<'_>) -> Flow,
    ) -> Result<Flow, Violation> {
        Ok(match (head.opcode, head.part) {
            (Opcode::Binary, Part::Last) => each(Message::Binary(payload)),
            (Opcode::Text, Part::Last) => each(Message::Text),
            (opcode @ (Opcode::Binary | Opcode::Text), Part::More) => {
                let payload = payload.to_vec();
                self.fragments = Some(Fragments { opcode, payload });
                Flow::Go
            }
            (Opcode::Continuation, part) => {
                if let Some(fragments) = &mut self.fragments {
                    fragments.payload.extend_from_slice(payload);
                }
                match (part, &self.fragments) {
                    (Part::Last, Some(_)) => self.whole(each),
                    _ => Flow::Go,
                }
            }
            (Opcode::Ping, _) => each(Message::Ping(payload)),
            (Opcode::Pong, _) => each(Message::Pong),
            (Opcode::Close, _) => {
                let code = match payload {
                    [] => None,
                    [_] => return Err(Violation::Close),
                    [high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
                };
                each(Message::Close(code));
                // What comes behind it, nobody may hear.
                Flow::Hold
            }
        })
    }

    /// The last fragment is there.
    fn whole(&mut self, each: &mut impl FnMut(Message<'_>) -> Flow) -> Flow {
        match self.fragments.take() {
            Some(Fragments {
                opcode: Opcode::Binary,
                payload,
            }) => each(Message::Binary(&payload)),
            Some(_) => each(Message::Text),
            None => Flow::Go,
        }
    }
}
