//! Against the frames of a well-known implementation, in whatever pieces they come.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::io::AsyncWrite;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

use super::frame::{Opcode, Violation, head_len, write_head};
use super::{Flow, Incoming, Message, Outgoing, Unreadable};

const LIMIT: usize = 100_000;

/// As [`Message`], but its own.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Heard {
    Binary(Vec<u8>),
    Text,
    Ping(Vec<u8>),
    Pong,
    Close(Option<u16>),
}

impl From<Message<'_>> for Heard {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Binary(payload) => Self::Binary(payload.to_vec()),
            Message::Text => Self::Text,
            Message::Ping(payload) => Self::Ping(payload.to_vec()),
            Message::Pong => Self::Pong,
            Message::Close(code) => Self::Close(code),
        }
    }
}

fn frame(opcode: OpCode, is_final: bool, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let header = FrameHeader {
        is_final,
        opcode,
        mask,
        ..FrameHeader::default()
    };
    let mut out = Vec::new();
    Frame::from_payload(header, Bytes::copy_from_slice(payload))
        .format(&mut out)
        .unwrap();
    out
}

/// What is heard if the bytes come in these pieces.
fn heard(bytes: &[u8], pieces: &[usize]) -> Result<Vec<Heard>, Unreadable> {
    let mut incoming = Incoming::new(&[], LIMIT);
    let mut heard = Vec::new();
    let mut rest = bytes.to_vec();
    let mut pieces = pieces.iter().cycle();
    while !rest.is_empty() {
        let piece = pieces.next().copied().unwrap_or(rest.len()).clamp(1, rest.len());
        let mut received: Vec<u8> = rest.drain(..piece).collect();
        incoming.take(&mut received, |message| {
            heard.push(message.into());
            Flow::Go
        })?;
    }
    Ok(heard)
}

/// A message in frames, and what is to be heard of it.
fn message() -> impl Strategy<Value = (Vec<u8>, Heard)> {
    let size = prop_oneof![0_usize..300, Just(65_535), Just(65_536), 1000_usize..9000];
    let fragments = vec(0_usize..400, 0..4);
    (size, fragments, any::<[u8; 4]>(), 0..6_u8).prop_map(|(size, fragments, mask, kind)| {
        let payload: Vec<u8> = (0..size).map(|at| (at * 31) as u8).collect();
        let short = payload.get(..size.min(125)).unwrap_or_default();
        let control = |control| frame(OpCode::Control(control), true, Some(mask), short);
        match kind {
            0 => (control(Control::Ping), Heard::Ping(short.to_vec())),
            1 => (control(Control::Pong), Heard::Pong),
            kind => {
                let (first, whole) = match kind {
                    2 => (Data::Text, Heard::Text),
                    _ => (Data::Binary, Heard::Binary(payload.clone())),
                };
                let (mut bytes, mut opcode, mut rest) = (Vec::new(), first, payload.as_slice());
                for length in fragments {
                    let (part, further) = rest.split_at(length.min(rest.len()));
                    bytes.extend(frame(OpCode::Data(opcode), false, Some(mask), part));
                    (opcode, rest) = (Data::Continue, further);
                }
                bytes.extend(frame(OpCode::Data(opcode), true, Some(mask), rest));
                (bytes, whole)
            }
        }
    })
}

proptest! {
    #[test]
    fn messages_are_heard_however_they_come(
        messages in vec(message(), 1..6),
        pieces in vec(1_usize..20_000, 1..8),
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        let expected: Vec<Heard> = messages.into_iter().map(|(_, heard)| heard).collect();
        prop_assert_eq!(heard(&bytes, &pieces).unwrap(), expected);
    }

    #[test]
    fn no_bytes_do_harm(bytes in vec(any::<u8>(), 0..200), pieces in vec(1_usize..50, 1..4)) {
        let _ = heard(&bytes, &pieces);
    }

    #[test]
    fn heads_are_read_as_written(length in prop_oneof![0_usize..200, 65_000_usize..66_000, Just(1 << 40)]) {
        let mut head = Vec::new();
        write_head(&mut head, Opcode::Binary, length);
        prop_assert_eq!(head.len(), head_len(length));
        let mut cursor = io::Cursor::new(&head);
        let (header, read) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
        prop_assert_eq!(read, length as u64);
        prop_assert_eq!(header.opcode, OpCode::Data(Data::Binary));
        prop_assert!(header.is_final && header.mask.is_none());
    }

    #[test]
    fn everything_is_written_however_little_is_taken(
        lengths in vec(prop_oneof![0_usize..200, 1000_usize..3000, 65_530_usize..65_540], 1..8),
        takes in vec(1_usize..5000, 1..6),
    ) {
        let payloads: Vec<Bytes> = lengths.iter().map(|length| Bytes::from(vec![7; *length])).collect();
        let mut outgoing = Outgoing::default();
        for payload in &payloads {
            outgoing.binary(payload.clone());
        }
        let mut slow = Slow { takes, calls: 0, taken: Vec::new() };
        let mut cx = Context::from_waker(Waker::noop());
        let mut polls = 0;
        while outgoing.poll_write(&mut cx, &mut slow).is_pending() {
            polls += 1;
            prop_assert!(polls < 1_000_000);
        }
        let expected: Vec<u8> = payloads
            .iter()
            .flat_map(|payload| frame(OpCode::Data(Data::Binary), true, None, payload))
            .collect();
        prop_assert!(slow.taken == expected);
    }
}

/// A stream that takes a few bytes at a time, and each second time none.
struct Slow {
    takes: Vec<usize>,
    calls: usize,
    taken: Vec<u8>,
}

impl AsyncWrite for Slow {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.calls += 1;
        if self.calls.is_multiple_of(2) {
            return Poll::Pending;
        }
        let at = self.calls / 2 % self.takes.len();
        let taken = bytes.len().min(self.takes[at]);
        self.taken.extend_from_slice(&bytes[..taken]);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn what_clients_may_not_send_is_refused() {
    let mask = Some([1, 2, 3, 4]);
    let binary = |is_final, payload: &[u8]| frame(OpCode::Data(Data::Binary), is_final, mask, payload);
    let continued = frame(OpCode::Data(Data::Continue), true, mask, b"x");
    let close = |payload: &[u8]| frame(OpCode::Control(Control::Close), true, mask, payload);
    let mut endless = binary(true, b"");
    endless.splice(1..2, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    let cases: [(Vec<u8>, Unreadable); 10] = [
        (vec![0xc2, 0x80, 0, 0, 0, 0], Violation::Reserved.into()),
        (vec![0x83, 0x80], Violation::Opcode(3).into()),
        (
            frame(OpCode::Data(Data::Binary), true, None, b"x"),
            Violation::Unmasked.into(),
        ),
        (vec![0x09, 0x80], Violation::Control.into()),
        (vec![0x89, 0xfe], Violation::Control.into()),
        (
            [binary(false, b"x"), binary(true, b"y")].concat(),
            Violation::Interrupted.into(),
        ),
        (continued, Violation::Continues.into()),
        (close(b"x"), Violation::Close.into()),
        (binary(true, &vec![0; LIMIT + 1]), Unreadable::TooBig),
        (endless, Unreadable::TooBig),
    ];
    for (bytes, expected) in cases {
        assert_eq!(heard(&bytes, &[]), Err(expected), "{:x?}", bytes.get(..8));
    }
    // In parts, too.
    let parts = [
        binary(false, &vec![0; LIMIT]),
        frame(OpCode::Data(Data::Continue), true, mask, b"x"),
    ];
    assert_eq!(heard(&parts.concat(), &[]), Err(Unreadable::TooBig));
}

#[test]
fn nothing_is_heard_after_a_close() {
    let mask = Some([9, 8, 7, 6]);
    let close = frame(
        OpCode::Control(Control::Close),
        true,
        mask,
        &4000_u16.to_be_bytes(),
    );
    let late = frame(OpCode::Data(Data::Binary), true, mask, b"late");
    assert_eq!(
        heard(&[close, late].concat(), &[]),
        Ok(vec![Heard::Close(Some(4000))])
    );
}

#[test]
fn what_nobody_wants_yet_is_kept() {
    let mask = Some([9, 8, 7, 6]);
    let mut bytes: Vec<u8> = (0..5_u8)
        .flat_map(|number| frame(OpCode::Data(Data::Binary), true, mask, &[number]))
        .collect();
    let mut incoming = Incoming::new(&[], LIMIT);
    let mut heard = Vec::new();
    for round in 0..5 {
        let received = if round == 0 { bytes.as_mut_slice() } else { &mut [] };
        let flow = incoming.take(received, |message| {
            heard.push(Heard::from(message));
            Flow::Hold
        });
        assert_eq!(flow, Ok(Flow::Hold));
        assert_eq!(heard.len(), round + 1);
        assert!(incoming.is_held());
    }
    assert_eq!(
        incoming.take(&mut [], |_| panic!("nothing was kept")),
        Ok(Flow::Go)
    );
    assert_eq!(
        heard,
        (0..5_u8)
            .map(|number| Heard::Binary(vec![number]))
            .collect::<Vec<_>>()
    );
}

#[test]
fn what_came_with_the_request_is_looked_at() {
    let early = frame(OpCode::Control(Control::Ping), true, Some([1; 4]), b"?");
    let mut incoming = Incoming::new(&early, LIMIT);
    assert!(incoming.is_held());
    let mut heard = Vec::new();
    let flow = incoming.take(&mut [], |message| {
        heard.push(Heard::from(message));
        Flow::Go
    });
    assert_eq!(flow, Ok(Flow::Go));
    assert_eq!(heard, [Heard::Ping(b"?".to_vec())]);
}
