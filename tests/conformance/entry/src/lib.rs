//! Lets clients in slowly, or not at all, and greets them before they are quite there.

use parlor_sdk::prelude::*;
use std::thread::sleep;
use std::time::Duration;

/// How long a step takes, and where it ends in a refusal.
#[derive(Data, Clone)]
struct Options {
    #[serde(default)]
    auth_ms: u64,
    #[serde(default)]
    create_ms: u64,
    #[serde(default)]
    join_ms: u64,
    #[serde(default)]
    leave_ms: u64,
    #[serde(default)]
    max_clients: Option<u32>,
    /// How long seats wait.
    #[serde(default)]
    seat_ms: Option<u32>,
    /// The messages by which a client is greeted.
    #[serde(default)]
    greetings: u32,
    /// Ends the room when the host goes down, without waiting.
    #[serde(default)]
    hasty: bool,
    /// Disconnects before there is anybody.
    #[serde(default)]
    disconnect: bool,
    #[serde(default)]
    refuse: Option<Refused>,
}

#[derive(Data, Clone)]
struct Refused {
    at: Step,
    code: u16,
    message: String,
}

#[derive(Data, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Step {
    Auth,
    Create,
    Join,
}

impl Options {
    /// The client is kept waiting, and then perhaps turned away.
    fn pass(&self, step: Step) -> Result<(), Refusal> {
        let milliseconds = match step {
            Step::Auth => self.auth_ms,
            Step::Create => self.create_ms,
            Step::Join => self.join_ms,
        };
        sleep(Duration::from_millis(milliseconds));
        match &self.refuse {
            Some(refused) if refused.at == step => Err(Refusal::new(refused.code, &*refused.message)),
            _ => Ok(()),
        }
    }
}

/// What `authenticate` saw of a client.
#[derive(Data)]
struct Visitor {
    address: String,
    token: Option<String>,
    agent: Option<String>,
}

#[derive(State, Default)]
struct Hall {
    #[state(number)]
    arrivals: f64,
}

/// `[name, session, close code]`, as far as there is such a thing.
#[derive(Data)]
#[serde(untagged)]
enum Event {
    Left(String, SessionId, u16),
    Joined(String, SessionId),
}

#[derive(Message)]
enum Input {
    Events,
    /// Sends a client away; without a session, the sender.
    Kick {
        code: u16,
        #[serde(default)]
        session: Option<SessionId>,
    },
    /// Ends the room, twice.
    Disconnect(u16),
}

#[derive(Data)]
struct Entry {
    state: Hall,
    leave_ms: u64,
    hasty: bool,
    events: Vec<Event>,
}

#[room]
impl Room for Entry {
    type State = Hall;

    fn create(ctx: &Context<Self>, options: Options) -> Result<Self, Refusal> {
        options.pass(Step::Create)?;
        ctx.set_max_clients(options.max_clients);
        if let Some(milliseconds) = options.seat_ms {
            ctx.set_seat_reservation_time(milliseconds);
        }
        if options.disconnect {
            ctx.disconnect(4000);
        }
        Ok(Self {
            state: Hall::default(),
            leave_ms: options.leave_ms,
            hasty: options.hasty,
            events: Vec::new(),
        })
    }

    fn authenticate(request: JoinRequest) -> Result<Visitor, Refusal> {
        request.options::<Options>()?.pass(Step::Auth)?;
        Ok(Visitor {
            agent: request.header("user-agent").map(str::to_owned),
            address: request.remote_address,
            token: request.token,
        })
    }

    fn on_join(&mut self, ctx: &Context<Self>, client: &Client, options: Options) -> Result<(), Refusal> {
        options.pass(Step::Join)?;
        self.state.arrivals += 1.0;
        self.events.push(Event::Joined("join".to_owned(), client.into()));
        ctx.send(client, "visitor", client.auth::<Visitor>());
        ctx.broadcast("arrived", client.session());
        for n in 0..options.greetings {
            ctx.send(client, "greeting", (n, "x".repeat(n as usize)));
        }
        Ok(())
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<Payload, Refusal> {
        match message {
            Input::Kick { code, session } => {
                ctx.kick(session.as_ref().unwrap_or(client.session()), code, "sent away");
                return Ok(Payload::Empty);
            }
            Input::Disconnect(code) => {
                ctx.disconnect(code);
                ctx.disconnect(code + 1);
                return Ok(Payload::Empty);
            }
            Input::Events => {}
        }
        if ctx.is_request() {
            return Ok(Payload::of(&self.events));
        }
        ctx.send(client, "events", &self.events);
        Ok(Payload::Empty)
    }

    fn on_leave(&mut self, ctx: &Context<Self>, client: &Client, close_code: u16) {
        ctx.broadcast("going", client.session());
        sleep(Duration::from_millis(self.leave_ms));
        ctx.send(client, "farewell", close_code);
        self.events
            .push(Event::Left("leave".to_owned(), client.into(), close_code));
    }

    fn on_shutdown(&mut self, ctx: &Context<Self>, grace: f64) {
        ctx.broadcast("shutdown", grace);
        if self.hasty {
            ctx.disconnect(4001);
        }
    }

    fn on_dispose(&mut self, ctx: &Context<Self>) {
        info!(
            "disposed with {} clients after {} events",
            ctx.clients().len(),
            self.events.len()
        );
    }
}
