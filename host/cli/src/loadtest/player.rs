//! What one client does.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use parlor_loadclient::{Client, ClientError, Heard, Outgoing, matchmake};
use parlor_protocol::{ClientFrame, ServerFrame};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use super::script::{Kind, Script};
use super::tally::Tally;

/// How long a client may take to leave.
const LEAVING: Duration = Duration::from_secs(15);
/// What may wait to be written before a client sends nothing more.
const MAX_BACKLOG: usize = 256 * 1024;
/// Things of one kind that may wait for their answer; of older ones it is no longer known when they were sent.
const MAX_UNANSWERED: usize = 4096;
/// The close code of a leave with consent.
const CONSENTED: u16 = 4000;

/// A client that is to come.
#[derive(Debug)]
pub struct Player {
    script: Rc<Script>,
    tally: Rc<Tally>,
    number: u32,
}

/// Something that is sent again and again.
struct Beat {
    every: Duration,
    due: Instant,
    message: Message,
    /// When what waits for its answer was sent, oldest first, with a request's id.
    unanswered: VecDeque<(u32, Instant)>,
}

enum Message {
    Plain(Outgoing),
    Answered(Outgoing, Vec<u8>),
    Request(ClientFrame),
}

impl Player {
    pub fn new(script: &Rc<Script>, tally: &Rc<Tally>, number: u32) -> Self {
        Self {
            script: Rc::clone(script),
            tally: Rc::clone(tally),
            number,
        }
    }

    /// Comes, plays until it is told to leave, and leaves. What goes wrong is counted.
    pub async fn play(self, mut leaving: watch::Receiver<bool>, doors: Rc<Semaphore>) {
        // Of several clients, each does everything a little later than the one before it.
        let share = f64::from(self.number) / f64::from(self.script.clients);
        let arrival = Instant::now() + self.script.arrive_within.mul_f64(share);
        let client = tokio::select! {
            // It is never closed while there are players.
            _ = leaving.wait_for(|leave| *leave) => return,
            client = self.come(arrival) => match client {
                Ok(client) => client,
                Err(error) => return self.tally.stayed_out(format!("could not join: {error}")),
            },
        };
        let Player { script, tally, .. } = self;
        let mut playing = Playing {
            client,
            beats: beats(&script, share),
            requests: 0,
            tally: Rc::clone(&tally),
        };
        let fell_out = tokio::select! {
            _ = leaving.wait_for(|leave| *leave) => None,
            error = playing.go_on() => Some(error),
        };
        tally.went();
        match fell_out {
            None => {
                // It is never closed.
                let _door = doors.acquire().await;
                match playing.client.leave(LEAVING).await {
                    Ok(closing) if closing.code == CONSENTED => tally.closed(CONSENTED),
                    Ok(closing) => {
                        tally.closed(closing.code);
                        tally.fault(format!(
                            "left, and was closed with {} instead of {CONSENTED}",
                            closing.code
                        ));
                    }
                    Err(error) => tally.fault(format!("could not leave: {error}")),
                }
            }
            Some(ClientError::Closed(code)) => {
                tally.closed(code);
                tally.fault(format!("closed with {code} while it played"));
            }
            Some(error) => tally.fault(error.to_string()),
        }
    }

    async fn come(&self, arrival: Instant) -> Result<Client, ClientError> {
        sleep_until(arrival).await;
        let script = &self.script;
        let asked = Instant::now();
        let entrance = script.enter.entrance(&script.room);
        let seat = matchmake(
            &script.endpoint,
            entrance,
            &script.options,
            script.token.as_deref(),
        )
        .await?;
        let client = Client::join(&script.endpoint, seat).await?;
        self.tally.came(asked.elapsed());
        Ok(client)
    }
}

/// `share` is how far into its time each first beat is.
fn beats(script: &Script, share: f64) -> Vec<Beat> {
    let now = Instant::now();
    let beat = |send: &super::script::Send| Beat {
        every: send.every,
        due: now + send.every.mul_f64(share),
        message: match &send.kind {
            Kind::Message(frame) => Message::Plain(Outgoing::new(frame)),
            Kind::Answered(frame, answer) => Message::Answered(Outgoing::new(frame), answer.clone()),
            Kind::Request(kind, payload) => Message::Request(ClientFrame::Request {
                id: 0,
                kind: kind.clone(),
                payload: (!payload.is_empty()).then(|| payload.clone()),
            }),
        },
        unanswered: VecDeque::new(),
    };
    script.sends.iter().map(beat).collect()
}

/// A client that is in.
struct Playing {
    client: Client,
    beats: Vec<Beat>,
    /// How many were sent so far: the next one's id.
    requests: u32,
    tally: Rc<Tally>,
}

impl Playing {
    /// Sends and listens until the client falls out; why it did.
    async fn go_on(&mut self) -> ClientError {
        loop {
            let due = self.beats.iter().map(|beat| beat.due).min();
            let exchanged = match due {
                None => self.client.socket().exchange().await,
                Some(due) => tokio::select! {
                    exchanged = self.client.socket().exchange() => exchanged,
                    () = sleep_until(due) => {
                        self.send();
                        continue;
                    }
                },
            };
            if let Err(error) = exchanged.and_then(|()| self.listen()) {
                return error;
            }
        }
    }

    /// Sends what is due.
    fn send(&mut self) {
        let now = Instant::now();
        let socket = self.client.socket();
        for beat in self.beats.iter_mut().filter(|beat| beat.due <= now) {
            // One that is late does not catch up: that would be another load than the script's.
            beat.due = (beat.due + beat.every).max(now);
            if socket.backlog() > MAX_BACKLOG {
                self.tally.count(|counts| counts.held_back += 1);
                continue;
            }
            let id = self.requests;
            match &mut beat.message {
                Message::Plain(frame) => socket.queue(frame),
                Message::Answered(frame, _) => socket.queue(frame),
                Message::Request(request) => {
                    if let ClientFrame::Request { id: number, .. } = request {
                        *number = id;
                    }
                    self.requests = self.requests.wrapping_add(1);
                    socket.queue_bytes(&request.encode());
                }
            }
            if !matches!(beat.message, Message::Plain(_)) {
                if beat.unanswered.len() == MAX_UNANSWERED {
                    beat.unanswered.pop_front();
                }
                beat.unanswered.push_back((id, now));
            }
            self.tally.count(|counts| match beat.message {
                Message::Request(_) => counts.requests += 1,
                Message::Plain(_) | Message::Answered(..) => counts.sent += 1,
            });
        }
    }

    /// Takes what has come.
    fn listen(&mut self) -> Result<(), ClientError> {
        let now = Instant::now();
        let tally = &self.tally;
        while let Some(event) = self.client.socket().event()? {
            match Heard::of(event) {
                Ok(Heard::Message(frame)) => {
                    tally.count(|counts| {
                        counts.messages += 1;
                        counts.bytes += frame.len() as u64;
                    });
                    if let Some(sent) = answered_by(&mut self.beats, frame) {
                        tally.answered(now - sent);
                    }
                }
                Ok(Heard::Response(frame)) => {
                    tally.count(|counts| {
                        counts.responses += 1;
                        counts.bytes += frame.len() as u64;
                    });
                    if let Some(sent) = replied_by(&mut self.beats, frame)? {
                        tally.answered(now - sent);
                    }
                }
                Ok(Heard::Patch(bytes)) => tally.count(|counts| {
                    counts.patches += 1;
                    counts.bytes += bytes as u64;
                }),
                Ok(Heard::Snapshot(bytes)) => tally.count(|counts| {
                    counts.snapshots += 1;
                    counts.bytes += bytes as u64;
                }),
                Ok(Heard::Other) => {}
                // The room said no to something; the client stays.
                Err(ClientError::Told { code, text }) => tally.fault(format!("error {code}: {text}")),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// When the message was sent that this one answers, if it answers one.
fn answered_by(beats: &mut [Beat], frame: &[u8]) -> Option<Instant> {
    let beat = beats.iter_mut().find(|beat| {
        matches!(&beat.message, Message::Answered(_, answer) if frame.starts_with(answer))
            && !beat.unanswered.is_empty()
    });
    beat?.unanswered.pop_front().map(|(_, sent)| sent)
}

/// When the request was sent that this is the reply to.
fn replied_by(beats: &mut [Beat], frame: &[u8]) -> Result<Option<Instant>, ClientError> {
    let ServerFrame::Response { id, .. } = ServerFrame::decode(&bytes::Bytes::copy_from_slice(frame))? else {
        return Ok(None);
    };
    for beat in beats
        .iter_mut()
        .filter(|beat| matches!(beat.message, Message::Request(_)))
    {
        if let Some(place) = beat.unanswered.iter().position(|(request, _)| *request == id) {
            return Ok(beat.unanswered.remove(place).map(|(_, sent)| sent));
        }
    }
    Ok(None)
}
