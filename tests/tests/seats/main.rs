//! Seats, checked against a model: whatever clients and the room do in whatever order, nobody is lost, nobody is
//! counted twice, and no seat is handed out that is not there.

mod recorder;
mod stage;

use std::time::Duration;

use parlor_plugin::HeldSeat;
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::ids::{ReconnectionToken, SessionId};
use parlor_room::End;
use parlor_room::handle::SeatError;
use parlor_room::listing::Lock;
use proptest::prelude::*;
use tokio::time::Instant;

use crate::recorder::{Call, KICK, KICKED, LIMIT, LOCK, MAY_END, UNLOCK};
use crate::stage::{Answer, Connection, Stage};

const SEAT_TIME: Duration = Duration::from_millis(100);
const HOLD_TIME: Duration = Duration::from_millis(70);
const FIRST_LIMIT: u32 = 3;

/// Who does it: the how manieth of those who ever asked for a seat, counted around.
type Who = usize;

#[derive(Clone, Debug)]
enum Operation {
    Reserve,
    Connect(Who),
    Acknowledge(Who),
    /// The connection breaks, and the room answers this.
    Drop(Who, Hold),
    LeaveWithConsent(Who),
    ComeBack(Who, Token, Hold),
    /// A connection that has been replaced, or was closed, breaks as well.
    EchoOfTheOld(Who),
    Kick(Who),
    Lock,
    Unlock,
    Limit(u8),
    Wait(u8),
}

/// By what a client comes back.
#[derive(Clone, Copy, Debug)]
enum Token {
    /// What it was shown last.
    Last,
    /// What brought it back, as long as it has not acknowledged its return.
    Former,
    /// What it was shown once, and what is good no more.
    Stale,
    /// What nobody was ever shown.
    Wrong,
}

#[derive(Clone, Copy, Debug)]
enum Hold {
    Not,
    ForAWhile,
    UntilReleased,
}

impl Hold {
    fn answer(self) -> HeldSeat {
        match self {
            Self::Not => HeldSeat::Release,
            Self::ForAWhile => HeldSeat::HoldFor(u32::try_from(HOLD_TIME.as_millis()).unwrap()),
            Self::UntilReleased => HeldSeat::HoldUntilReleased,
        }
    }
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let who = 0..8_usize;
    let hold = prop_oneof![
        1 => Just(Hold::Not),
        3 => Just(Hold::ForAWhile),
        1 => Just(Hold::UntilReleased),
    ];
    let token = prop_oneof![
        5 => Just(Token::Last),
        3 => Just(Token::Former),
        1 => Just(Token::Stale),
        1 => Just(Token::Wrong),
    ];
    let operation = prop_oneof![
        6 => Just(Operation::Reserve),
        8 => who.clone().prop_map(Operation::Connect),
        6 => who.clone().prop_map(Operation::Acknowledge),
        5 => (who.clone(), hold.clone()).prop_map(|(who, hold)| Operation::Drop(who, hold)),
        2 => who.clone().prop_map(Operation::LeaveWithConsent),
        9 => (who.clone(), token, hold).prop_map(|(who, token, hold)| Operation::ComeBack(who, token, hold)),
        2 => who.clone().prop_map(Operation::EchoOfTheOld),
        2 => who.prop_map(Operation::Kick),
        1 => Just(Operation::Lock),
        2 => Just(Operation::Unlock),
        1 => (1..6_u8).prop_map(Operation::Limit),
        4 => (1..60_u8).prop_map(Operation::Wait),
    ];
    proptest::collection::vec(operation, 1..120)
}

/// How a client stands, as the model has it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    /// Its request for a seat was refused, or its seat has expired.
    Nowhere,
    Seat {
        until: Instant,
    },
    /// Connected. `acknowledged` says whether it has shown so, `returning` whether it had been in before.
    In {
        acknowledged: bool,
        returning: bool,
    },
    /// Its connection is lost; none: until released.
    Held {
        until: Option<Instant>,
    },
    Left(u16),
}

/// One who asked for a seat.
struct Person {
    session: SessionId,
    standing: Standing,
    token: Option<ReconnectionToken>,
    former: Option<ReconnectionToken>,
    /// Tokens that it was shown and that are good no more.
    stale: Vec<ReconnectionToken>,
    connection: Option<Connection>,
    old: Vec<Connection>,
    /// What the room should have seen of it.
    calls: Vec<Call>,
}

impl Person {
    fn is_inside(&self) -> bool {
        matches!(self.standing, Standing::In { .. } | Standing::Held { .. })
    }

    /// The room has closed the connection that the person had last.
    fn assert_closed_with(&mut self, code: CloseCode) {
        let connection = self.old.last_mut().unwrap();
        connection.read();
        assert_eq!(connection.closed, Some(code));
    }

    fn leave(&mut self, code: u16) {
        self.standing = Standing::Left(code);
        self.calls.push(Call::Leave(self.session.to_string(), code));
        self.old.extend(self.connection.take());
    }

    /// The room decides about the seat of a connection that is lost.
    fn lose_connection(&mut self, hold: Hold, now: Instant) {
        let abnormal = CloseCode::ABNORMAL.0;
        let is_new = self.standing
            == Standing::In {
                acknowledged: false,
                returning: false,
            };
        if is_new {
            return self.leave(abnormal);
        }
        self.calls.push(Call::Drop(self.session.to_string(), abnormal));
        self.old.extend(self.connection.take());
        self.standing = match hold {
            Hold::Not => return self.leave(abnormal),
            Hold::ForAWhile => Standing::Held {
                until: Some(now + HOLD_TIME),
            },
            Hold::UntilReleased => Standing::Held { until: None },
        };
    }
}

struct Play {
    stage: Stage,
    people: Vec<Person>,
    limit: usize,
    lock: bool,
}

impl Play {
    fn occupancy(&self) -> usize {
        let counts =
            |person: &&Person| person.is_inside() || matches!(person.standing, Standing::Seat { .. });
        self.people.iter().filter(counts).count()
    }

    fn expected_lock(&self) -> Lock {
        match (self.lock, self.occupancy() >= self.limit) {
            (true, _) => Lock::Locked,
            (false, true) => Lock::Full,
            (false, false) => Lock::Open,
        }
    }

    /// Seats and holds whose time is over.
    fn expire(&mut self) {
        let now = Instant::now();
        for person in &mut self.people {
            match person.standing {
                Standing::Seat { until } if until <= now => person.standing = Standing::Nowhere,
                Standing::Held { until: Some(until) } if until <= now => person.leave(CloseCode::ABNORMAL.0),
                _ => {}
            }
        }
    }

    async fn reserve(&mut self) {
        let session = SessionId::random();
        let before = self.occupancy();
        let expected = match self.expected_lock() {
            Lock::Open => Ok(()),
            Lock::Full => Err(SeatError::Full),
            Lock::Locked => Err(SeatError::Locked),
        };
        assert_eq!(self.stage.reserve(&session).await, expected);
        assert!(expected.is_err() || before < self.limit, "one too many");
        self.people.push(Person {
            session,
            standing: match expected {
                Ok(()) => Standing::Seat {
                    until: Instant::now() + SEAT_TIME,
                },
                Err(_) => Standing::Nowhere,
            },
            token: None,
            former: None,
            stale: Vec::new(),
            connection: None,
            old: Vec::new(),
            calls: Vec::new(),
        });
    }

    async fn connect(&mut self, who: usize) {
        let person = &mut self.people[who];
        let (connection, answer) = self.stage.connect(&person.session, None).await;
        match (person.standing, answer) {
            (Standing::Seat { .. }, Answer::Joined(token)) => {
                person.token = Some(token);
                person.connection = Some(connection);
                person.standing = Standing::In {
                    acknowledged: false,
                    returning: false,
                };
                person.calls.push(Call::Join(person.session.to_string()));
            }
            (standing, answer) => {
                assert!(
                    !matches!(standing, Standing::Seat { .. }),
                    "its seat was not given to it"
                );
                assert!(
                    matches!(answer, Answer::Refused(CloseCode::WITH_ERROR)),
                    "{answer:?}"
                );
            }
        }
    }

    async fn come_back(&mut self, who: usize, by: Token, hold: Hold) {
        let person = &mut self.people[who];
        let token = match by {
            Token::Last => person.token.clone(),
            Token::Former => person.former.clone(),
            Token::Stale => person.stale.last().cloned(),
            Token::Wrong => Some(ReconnectionToken::random()),
        };
        let Some(token) = token else {
            return;
        };
        let is_good = person.is_inside() && matches!(by, Token::Last | Token::Former);
        self.stage.record.answer_drops(hold.answer());
        let looked_alive = is_good && person.connection.is_some();
        if looked_alive {
            person.lose_connection(hold, Instant::now());
        }
        let is_welcome = is_good && matches!(person.standing, Standing::Held { .. });
        let (connection, answer) = self.stage.connect(&person.session, Some(token.clone())).await;
        if looked_alive {
            person.assert_closed_with(CloseCode::WITH_ERROR);
        }
        match answer {
            Answer::Joined(new) => {
                assert!(is_welcome, "{:?} came back by its {by:?} token", person.standing);
                let shown = person.token.replace(new.clone());
                let former = person.former.replace(token.clone());
                let spent = [shown, former].into_iter().flatten().filter(|old| *old != token);
                person.stale.extend(spent);
                assert!(
                    new != token && !person.stale.contains(&new),
                    "a token was used again"
                );
                person.calls.push(Call::Reconnect(person.session.to_string()));
                person.connection = Some(connection);
                person.standing = Standing::In {
                    acknowledged: false,
                    returning: true,
                };
            }
            Answer::Refused(code) => {
                assert!(!is_welcome, "{:?} could not come back", person.standing);
                assert_eq!(code, CloseCode::FAILED_TO_RECONNECT);
            }
        }
    }

    async fn acknowledge(&mut self, who: usize) {
        let person = &mut self.people[who];
        let Some(connection) = &person.connection else {
            return;
        };
        self.stage.say(connection, ClientFrame::JoinAcknowledged).await;
        let Standing::In { acknowledged, .. } = &mut person.standing else {
            panic!("connected and {:?}", person.standing)
        };
        *acknowledged = true;
        person.stale.extend(person.former.take());
    }

    async fn play(&mut self, operation: Operation) {
        // Everybody is meant by some number, as soon as there is anybody.
        let among = self.people.len().max(1);
        match operation {
            Operation::Reserve => self.reserve().await,
            Operation::Lock => {
                self.lock = true;
                self.stage.instruct(LOCK, &[]).await;
            }
            Operation::Unlock => {
                self.lock = false;
                self.stage.instruct(UNLOCK, &[]).await;
            }
            Operation::Limit(limit) => {
                self.limit = limit.into();
                self.stage.instruct(LIMIT, &[limit]).await;
            }
            Operation::Wait(milliseconds) => {
                self.stage.wait(Duration::from_millis(milliseconds.into())).await
            }
            _ if self.people.is_empty() => {}
            Operation::Connect(who) => self.connect(who % among).await,
            Operation::Acknowledge(who) => self.acknowledge(who % among).await,
            Operation::ComeBack(who, token, hold) => self.come_back(who % among, token, hold).await,
            Operation::Drop(who, hold) => {
                let person = &mut self.people[who % among];
                if let Some(connection) = &person.connection {
                    self.stage.record.answer_drops(hold.answer());
                    self.stage.lose(connection).await;
                    person.lose_connection(hold, Instant::now());
                }
            }
            Operation::LeaveWithConsent(who) => {
                let person = &mut self.people[who % among];
                if let Some(connection) = &person.connection {
                    self.stage.say(connection, ClientFrame::Leave).await;
                    person.leave(CloseCode::CONSENTED.0);
                    person.assert_closed_with(CloseCode::CONSENTED);
                }
            }
            Operation::EchoOfTheOld(who) => {
                let person = &self.people[who % among];
                for connection in &person.old {
                    self.stage.lose(connection).await;
                    self.stage.say(connection, ClientFrame::Leave).await;
                }
            }
            Operation::Kick(who) => {
                let person = &mut self.people[who % among];
                self.stage
                    .instruct(KICK, person.session.as_str().as_bytes())
                    .await;
                let was_connected = person.connection.is_some();
                if person.is_inside() {
                    person.leave(KICKED);
                }
                if was_connected {
                    person.assert_closed_with(CloseCode(KICKED));
                }
            }
        }
    }

    fn check(&mut self) {
        self.expire();
        {
            let listing = self.stage.room.listing();
            assert_eq!(listing.clients as usize, self.occupancy());
            assert_eq!(listing.lock, self.expected_lock());
        }
        let calls = self.stage.record.calls();
        for person in &mut self.people {
            let session = person.session.as_str();
            let seen: Vec<&Call> = calls
                .iter()
                .filter(|call| call.session() == Some(session))
                .collect();
            assert_eq!(seen, person.calls.iter().collect::<Vec<_>>());
            let left = seen.iter().filter(|call| matches!(call, Call::Leave(..))).count();
            assert!(left <= 1, "{session} left {left} times");
            if let Some(connection) = &mut person.connection {
                assert!(
                    connection.read().is_empty() && connection.closed.is_none(),
                    "{session}"
                );
            }
        }
    }

    /// Everybody goes, and with the last one the room.
    async fn finish(mut self) {
        self.stage.wait(SEAT_TIME.max(HOLD_TIME)).await;
        self.check();
        for who in 0..self.people.len() {
            self.play(Operation::Kick(who)).await;
            self.check();
        }
        assert_eq!(self.occupancy(), 0);
        let joined = self.stage.record.calls();
        let count = |wanted: fn(&&Call) -> bool| joined.iter().filter(wanted).count();
        assert_eq!(
            count(|call| matches!(call, Call::Join(_))),
            count(|call| matches!(call, Call::Leave(..)))
        );
        self.stage.instruct_last(MAY_END).await;
        assert!(matches!(self.stage.end.await.unwrap(), End::Disposed));
        assert_eq!(self.stage.record.calls().last(), Some(&Call::Dispose));
    }
}

impl Call {
    fn session(&self) -> Option<&str> {
        match self {
            Self::Join(session)
            | Self::Drop(session, _)
            | Self::Reconnect(session)
            | Self::Leave(session, _) => Some(session),
            Self::Dispose => None,
        }
    }
}

fn play(operations: Vec<Operation>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut play = Play {
            stage: Stage::open(SEAT_TIME, FIRST_LIMIT).await,
            people: Vec::new(),
            limit: FIRST_LIMIT as usize,
            lock: false,
        };
        play.check();
        for operation in operations {
            play.play(operation).await;
            play.check();
        }
        play.finish().await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn every_history_of_seats_goes_as_the_model_says(operations in operations()) {
        play(operations);
    }
}
