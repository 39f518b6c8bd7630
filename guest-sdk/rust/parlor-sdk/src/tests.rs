//! A room without a host: what reaches the author's hooks, what comes back, and what a saved room keeps.

use crate::bindings::parlor::room::state::{Change, Value};
use crate::data::Document;
use crate::prelude::*;
use crate::runtime::Running;
use crate::state::Handover;
use std::collections::BTreeMap;

#[derive(State, Default)]
struct World {
    players: Map<Shared<Player>>,
    first: Option<Shared<Player>>,
    log: List<String>,
}

#[derive(State, Default)]
struct Player {
    x: f64,
}

#[derive(Data)]
struct Setup {
    mode: String,
    #[serde(default)]
    rounds: u8,
}

#[derive(Message)]
enum Input {
    Move {
        x: f64,
        #[serde(default)]
        fast: bool,
    },
    ChangeName(String),
    Swap(u8, String),
    Ready,
    Moves,
    #[message(name = "Any Thing")]
    Named(Option<u8>),
    #[message(number = 7)]
    Seven(u8),
    Frame(Payload),
    #[message(other)]
    Other(AnyMessage),
}

#[derive(Message)]
enum FromRoom {
    Count { more: u8 },
}

#[derive(Data)]
struct User {
    name: String,
}

#[derive(Data, Default)]
struct Habits {
    moves: u32,
}

#[derive(Data)]
struct Arena {
    state: World,
    rounds: u8,
    favorite: Option<Shared<Player>>,
}

#[room]
impl Room for Arena {
    type State = World;

    fn create(_ctx: &Context<Self>, options: Setup) -> Result<Self, Refusal> {
        if options.mode == "bad" {
            return Err(Refusal::new(403, "not this mode"));
        }
        Ok(Self {
            state: World::default(),
            rounds: options.rounds,
            favorite: None,
        })
    }

    fn on_join(&mut self, ctx: &Context<Self>, client: &Client<Habits>, _options: ()) -> Result<(), Refusal> {
        let user: User = client.auth().ok_or("nobody")?;
        self.state
            .log
            .push(format!("{} is one of {}", user.name, ctx.clients().len()));
        let player = Shared::new(Player::default());
        self.state.first.get_or_insert_with(|| player.clone());
        self.favorite = Some(player.clone());
        self.state.players.insert(client, player);
        Ok(())
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client<Habits>,
        message: Input,
    ) -> Result<String, Refusal> {
        Ok(match message {
            Input::Move { x, fast } => {
                client.data_mut().moves += 1;
                let player = self.state.players.get(client).ok_or("no player")?;
                player.borrow_mut().x += if fast { 2.0 * x } else { x };
                format!("{}", player.borrow().x)
            }
            Input::ChangeName(name) => name,
            Input::Swap(a, b) => format!("{a}{b}"),
            Input::Moves => client.data().moves.to_string(),
            Input::Ready => format!("{}", ctx.is_request()),
            Input::Named(value) => format!("{value:?}"),
            Input::Seven(n) => format!("7:{n}"),
            Input::Frame(payload) => format!("{payload:?}"),
            Input::Other(message) => format!("other {}", message.kind),
        })
    }

    fn on_room_message(
        &mut self,
        ctx: &Context<Self>,
        sender: &RoomSender,
        message: FromRoom,
    ) -> Result<String, Refusal> {
        let FromRoom::Count { more } = message;
        self.rounds += more;
        Ok(format!("{} {} {}", sender.id, self.rounds, ctx.is_request()))
    }

    fn on_leave(&mut self, ctx: &Context<Self>, client: &Client<Habits>, close_code: u16) {
        self.state.players.remove(client);
        self.state.log.push(format!(
            "{} left by {close_code}, {} stay",
            client.session(),
            ctx.clients().len()
        ));
    }

    fn on_tick(&mut self, _ctx: &Context<Self>, _delta: f64) -> Result<(), String> {
        self.state.log.clear();
        Err("no ticks here".to_owned())
    }
}

fn arena() -> Running<Arena> {
    let mut room = Running::create(&Document::of(&BTreeMap::from([("mode", "good")]))).unwrap();
    for session in ["ada", "bob"] {
        let auth = Document::of(&BTreeMap::from([("name", session)]));
        room.join(session.to_owned(), &Document::of(&()), Some(auth))
            .unwrap();
    }
    room.report(|_| {});
    room
}

fn ask(room: &mut Running<Arena>, kind: impl Into<MessageType>, payload: Payload) -> Result<String, Refusal> {
    room.message("ada".to_owned(), kind.into(), payload, true)
        .map(|reply| reply.read().unwrap())
}

fn changes<R: Room>(room: &mut Running<R>) -> Vec<Change> {
    let mut reported = Vec::new();
    room.report(|changes| reported = changes.to_vec());
    reported
}

#[test]
fn messages_find_their_variants() {
    let mut room = arena();
    let fields = |value: &[(&str, f64)]| Payload::of(value.iter().copied().collect::<BTreeMap<_, _>>());
    let cases = [
        (ask(&mut room, "move", fields(&[("x", 2.0)])), "2"),
        (ask(&mut room, "change-name", Payload::of("bob")), "bob"),
        (ask(&mut room, "swap", Payload::of((1, "a"))), "1a"),
        (ask(&mut room, "ready", Payload::of("whatever")), "true"),
        (ask(&mut room, "Any Thing", Payload::Empty), "None"),
        (ask(&mut room, "Any Thing", Payload::of(3)), "Some(3)"),
        (ask(&mut room, 7, Payload::of(3)), "7:3"),
        (ask(&mut room, "frame", Payload::Raw(vec![1, 2])), "Raw([1, 2])"),
        (ask(&mut room, "Move", Payload::Empty), "other \"Move\""),
        (ask(&mut room, 8, Payload::Raw(vec![1])), "other 8"),
    ];
    for (answer, expected) in cases {
        assert_eq!(answer.unwrap(), expected);
    }
}

#[test]
fn messages_of_rooms_have_a_hook_of_their_own() {
    let mut room = arena();
    let sender = RoomSender {
        id: "r1".to_owned(),
        room_type: "lobby".to_owned(),
    };
    let mut ask = |kind: &str, payload, expects_reply| {
        room.room_message(&sender, kind.into(), payload, expects_reply)
            .map(|reply| reply.read::<String>().unwrap())
    };
    let two = || Payload::of(BTreeMap::from([("more", 2)]));
    assert_eq!(ask("count", two(), true).unwrap(), "r1 2 true");
    assert_eq!(ask("count", two(), false).unwrap(), "r1 4 false");
    let refused = ask("ready", Payload::Empty, true).unwrap_err();
    assert_eq!(
        (refused.code(), refused.message()),
        (4217, "this room knows no message \"ready\"")
    );
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    let mut room = arena();
    let cases = [
        (
            ask(&mut room, "move", Payload::Empty),
            "message \"move\": missing field `x`",
        ),
        (
            ask(&mut room, "move", Payload::of(BTreeMap::from([("x", "far")]))),
            "message \"move\": x: invalid type: string \"far\", expected f64",
        ),
        (
            ask(&mut room, "change-name", Payload::Raw(vec![])),
            "message \"change-name\": raw bytes where a value is expected",
        ),
        (
            ask(&mut room, 7, Payload::of(300)),
            "message 7: invalid value: integer `300`, expected u8",
        ),
    ];
    for (answer, expected) in cases {
        let refusal = answer.unwrap_err();
        assert_eq!((refusal.code(), refusal.message()), (4217, expected));
    }
    let unknown = <() as Message>::from_parts("hello".into(), Payload::Empty).unwrap_err();
    assert_eq!(
        (unknown.code(), unknown.message()),
        (4217, "this room knows no message \"hello\"")
    );
    assert!(changes(&mut room).is_empty());
}

#[test]
fn options_and_refusals_of_hooks() {
    let refused = |mode: Document| Running::<Arena>::create(&mode).err().unwrap();
    let empty = refused(Document::of(&BTreeMap::<&str, &str>::new()));
    assert_eq!(
        (empty.code(), empty.message()),
        (400, "options: missing field `mode`")
    );
    assert_eq!(
        refused(Document::of(&BTreeMap::from([("mode", "bad")]))).code(),
        403
    );
    let mut room = arena();
    let stranger = room.join("eve".to_owned(), &Document::of(&()), None).unwrap_err();
    assert_eq!((stranger.code(), stranger.message()), (4000, "nobody"));
    room.leave("bob".to_owned(), 4000).unwrap();
    let told = changes(&mut room);
    let line = Value::Text("bob left by 4000, 1 stay".to_owned());
    assert!(
        told.iter()
            .any(|change| matches!(change, Change::ArrayInsert(slot) if slot.value == line)),
        "{told:?}"
    );
}

#[test]
fn what_a_failing_hook_changed_stays_changed() {
    let mut room = arena();
    assert_eq!(room.tick(50.0).unwrap_err(), "no ticks here");
    assert!(matches!(changes(&mut room)[..], [Change::Clear(_)]));
}

#[test]
fn a_restored_room_goes_on_where_the_saved_one_stopped() {
    let mut room = arena();
    ask(&mut room, "move", Payload::of(BTreeMap::from([("x", 2.0)]))).unwrap();
    room.report(|_| {});
    let saved = room.save();
    // The state's handles of this thread belong to the room that ends here.
    drop(room);
    let mut room = Running::<Arena>::restore(saved, Handover::Kept).unwrap();
    assert!(changes(&mut room).is_empty());
    assert_eq!(
        ask(&mut room, "move", Payload::of(BTreeMap::from([("x", 1.0)]))).unwrap(),
        "3"
    );
    assert_eq!(ask(&mut room, "moves", Payload::Empty).unwrap(), "2");
    let told = changes(&mut room);
    assert!(
        matches!(&told[..], [Change::Set(set)] if set.node == 1 && set.value == Value::Float(3.0)),
        "{told:?}"
    );
    let auth = Document::of(&BTreeMap::from([("name", "cy")]));
    room.join("cy".to_owned(), &Document::of(&()), Some(auth))
        .unwrap();
    let told = changes(&mut room);
    assert!(
        told.iter()
            .any(|change| matches!(change, Change::Create(new) if new.node == 3)),
        "{told:?}"
    );
    let line = Value::Text("cy is one of 3".to_owned());
    assert!(
        told.iter()
            .any(|change| matches!(change, Change::ArrayInsert(slot) if slot.value == line)),
        "{told:?}"
    );
}

#[test]
fn what_is_no_saved_room_is_refused() {
    for bytes in [vec![], vec![0x80], vec![0xc1; 9]] {
        let refused = Running::<Arena>::restore(bytes, Handover::Kept).err().unwrap();
        assert!(refused.starts_with("the saved room: "), "{refused}");
    }
}

#[test]
fn where_the_host_has_nothing_of_the_state_all_of_it_is_reported() {
    let saved = arena().save();
    let mut room = Running::<Arena>::restore(saved.clone(), Handover::Kept).unwrap();
    assert!(changes(&mut room).is_empty());
    drop(room);
    let mut room = Running::<Arena>::restore(saved, Handover::Emptied).unwrap();
    let told = changes(&mut room);
    let created = told.iter().filter(|change| matches!(change, Change::Create(_)));
    assert_eq!(created.count(), 2, "{told:?}");
}

#[derive(Data)]
struct Minutes {
    minutes: f64,
    state: World,
}

#[room]
impl Room for Minutes {
    type State = World;

    fn create(_: &Context<Self>, (): ()) -> Result<Self, Refusal> {
        let mut state = World::default();
        state.log.push("begun".to_owned());
        Ok(Self { minutes: 2.0, state })
    }
}

#[derive(Data)]
struct Seconds {
    seconds: f64,
    state: World,
}

#[room]
impl Room for Seconds {
    type State = World;

    fn create(_: &Context<Self>, (): ()) -> Result<Self, Refusal> {
        Err(Refusal::new(400, "never created anew"))
    }

    fn migrate(older: Minutes) -> Result<Self, String> {
        if older.minutes < 0.0 {
            return Err("time is over".to_owned());
        }
        let mut state = older.state;
        state.log.push("migrated".to_owned());
        Ok(Self {
            seconds: 60.0 * older.minutes,
            state,
        })
    }
}

#[test]
fn a_room_is_made_of_what_an_older_version_saved() {
    let mut older = Running::<Minutes>::create(&Document::of(&())).unwrap();
    older.report(|_| {});
    let mut room = Running::<Seconds>::restore(older.save(), Handover::Kept).unwrap();
    let told = changes(&mut room);
    // What the host has is not what the room has now: it is told everything.
    let emptied = told.iter().filter(|change| matches!(change, Change::Clear(_)));
    assert_eq!(emptied.count(), 2, "{told:?}");
    let lines = told.iter().filter_map(|change| match change {
        Change::ArrayInsert(slot) => Some(&slot.value),
        _ => None,
    });
    let text = |text: &str| Value::Text(text.to_owned());
    assert!(lines.eq(&[text("begun"), text("migrated")]), "{told:?}");

    let again = Running::<Seconds>::restore(room.save(), Handover::Kept);
    assert!(again.is_ok(), "what this version saved it reads as it is");
    let refused = Running::<Seconds>::restore(vec![0x80], Handover::Kept)
        .err()
        .unwrap();
    assert!(refused.contains("nor is it what `migrate` takes"), "{refused}");
}
