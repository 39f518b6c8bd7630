//! Holds the seats of clients whose connection was lost, and remembers what happened.

use parlor_sdk::prelude::*;
use std::collections::BTreeMap;

#[derive(Data)]
struct Options {
    #[serde(default = "five")]
    seconds: i32,
    /// The hook that decides about a lost client's seat fails.
    #[serde(default)]
    faulty: bool,
}

fn five() -> i32 {
    5
}

/// `[name, session, close code]`, as far as there is such a thing.
#[derive(Data, Clone)]
#[serde(untagged)]
enum Event {
    Closed(String, SessionId, u16),
    Seen(String, SessionId),
    Begun((String,)),
}

#[derive(Message)]
enum Input {
    Events,
    Release(SessionId),
    Mark(Document),
    Say(Document),
    Disconnect(u16),
}

#[derive(Data)]
struct Hold {
    seconds: i32,
    faulty: bool,
    events: Vec<Event>,
    marks: BTreeMap<SessionId, Document>,
}

#[room]
impl Room for Hold {
    fn create(_ctx: &Context<Self>, options: Options) -> Result<Self, Refusal> {
        let events = vec![Event::Begun(("create".to_owned(),))];
        Ok(Self {
            seconds: options.seconds,
            faulty: options.faulty,
            events,
            marks: BTreeMap::new(),
        })
    }

    fn on_join(&mut self, _ctx: &Context<Self>, client: &Client, _options: ()) {
        self.events.push(Event::Seen("join".to_owned(), client.into()));
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<Payload, Refusal> {
        match message {
            Input::Events if ctx.is_request() => return Ok(Payload::of(&self.events)),
            Input::Events => {
                ctx.send(client, "events", &self.events);
            }
            Input::Say(value) => {
                ctx.broadcast("said", (client.session(), value));
            }
            Input::Disconnect(close_code) => ctx.disconnect(close_code),
            Input::Release(session) => ctx.release_seat(session),
            Input::Mark(value) => {
                self.marks.insert(client.into(), value);
            }
        }
        Ok(Payload::Empty)
    }

    fn on_drop(&mut self, _ctx: &Context<Self>, client: &Client, close_code: u16) -> Result<Seat, String> {
        self.events
            .push(Event::Closed("drop".to_owned(), client.into(), close_code));
        if self.faulty {
            return Err("as it was told".to_owned());
        }
        Ok(match u32::try_from(self.seconds) {
            Ok(0) => Seat::Release,
            Ok(seconds) => Seat::HoldFor(seconds.saturating_mul(1_000)),
            Err(_) => Seat::HoldUntilReleased,
        })
    }

    fn on_reconnect(&mut self, ctx: &Context<Self>, client: &Client) {
        self.events
            .push(Event::Seen("reconnect".to_owned(), client.into()));
        if let Some(mark) = self.marks.get(client.session()) {
            ctx.send(client, "marked", mark);
        }
    }

    fn on_leave(&mut self, _ctx: &Context<Self>, client: &Client, close_code: u16) {
        self.events
            .push(Event::Closed("leave".to_owned(), client.into(), close_code));
    }
}
