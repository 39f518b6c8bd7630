//! Breaks in the hook that a client names, and counts so that clients can tell exactly what came back after it.

mod ledger;

use std::collections::BTreeSet;
use std::hint::black_box;

use ledger::Ledger;
use parlor_sdk::prelude::*;

/// How to break.
#[derive(Data, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Fault {
    Panic,
    Loop,
    Memory,
}

#[derive(Data, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Hook {
    OnJoin,
    OnMessage,
    OnDrop,
    OnReconnect,
    OnLeave,
    OnTick,
    OnTimer,
    OnBeforePatch,
    OnDispose,
    Save,
    /// In an instance that goes on from a checkpoint with this order.
    Restore,
}

#[derive(State, Default)]
struct World {
    /// Instances that the room has had since it began.
    #[state(number)]
    lives: u32,
    #[state(number)]
    counts: Map<u32>,
}

#[derive(Message)]
enum Input {
    /// Is counted, and answered with `[the sender's count, lives]`.
    Add,
    /// Is answered with the counts of the last checkpoint.
    Saved,
    /// The hook is to break the next time, once. `on-message` is this one.
    Break { hook: Hook, fault: Fault },
    /// When the sender leaves, `on-leave` is to break, however often it is called.
    Stumble,
}

#[derive(Data)]
struct Due;

#[derive(Data)]
struct Recovery {
    state: World,
    ledger: Ledger,
    breaks_restore: bool,
    stumbling: BTreeSet<SessionId>,
    /// Not part of what is saved: who goes on from a checkpoint does not break again.
    #[serde(skip)]
    armed: Option<(Hook, Fault)>,
}

#[room]
impl Room for Recovery {
    type State = World;

    fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        let state = World {
            lives: 1,
            ..World::default()
        };
        Ok(Self {
            state,
            ledger: Ledger::default(),
            breaks_restore: false,
            stumbling: BTreeSet::new(),
            armed: None,
        })
    }

    fn on_restore(&mut self, _ctx: &Context<Self>) {
        if self.breaks_restore {
            Fault::Panic.happen();
        }
        self.state.lives += 1;
    }

    fn on_join(&mut self, ctx: &Context<Self>, client: &Client, _options: ()) {
        self.reach(ctx, Hook::OnJoin);
        self.ledger.begin(client);
        self.state.counts.insert(client, 0);
    }

    fn on_message(&mut self, ctx: &Context<Self>, client: &Client, message: Input) {
        match message {
            Input::Add => {
                let count = self.ledger.count(client);
                self.state.counts.insert(client, count);
                ctx.send(client, "add", (count, self.state.lives));
            }
            Input::Saved => {
                ctx.send(client, "saved", self.ledger.saved());
            }
            Input::Stumble => {
                self.stumbling.insert(client.session().clone());
            }
            Input::Break { hook, fault } => {
                self.armed = Some((hook, fault));
                match hook {
                    Hook::OnMessage => self.reach(ctx, hook),
                    Hook::OnTick => ctx.set_tick_interval(10.0),
                    Hook::OnTimer => {
                        ctx.after(1, Due);
                    }
                    Hook::Save => {
                        // Nobody can be told from within.
                        ctx.broadcast("breaks", self.ledger.saved());
                        self.ledger.breaks_save = true;
                    }
                    Hook::Restore => self.breaks_restore = true,
                    _ => {}
                }
            }
        }
    }

    fn on_drop(&mut self, ctx: &Context<Self>, _client: &Client, _close_code: u16) -> Seat {
        self.reach(ctx, Hook::OnDrop);
        Seat::HoldFor(30_000)
    }

    fn on_reconnect(&mut self, ctx: &Context<Self>, _client: &Client) {
        self.reach(ctx, Hook::OnReconnect);
    }

    fn on_leave(&mut self, ctx: &Context<Self>, client: &Client, _close_code: u16) {
        if self.stumbling.contains(client.session()) {
            self.armed = Some((Hook::OnLeave, Fault::Panic));
        }
        self.reach(ctx, Hook::OnLeave);
        self.ledger.end(client);
        self.state.counts.remove(client);
    }

    fn on_tick(&mut self, ctx: &Context<Self>, _delta: f64) {
        self.reach(ctx, Hook::OnTick);
    }

    fn on_timer(&mut self, ctx: &Context<Self>, _timer: Due) {
        self.reach(ctx, Hook::OnTimer);
    }

    fn on_before_patch(&mut self, ctx: &Context<Self>) {
        self.reach(ctx, Hook::OnBeforePatch);
    }

    fn on_dispose(&mut self, ctx: &Context<Self>) {
        self.reach(ctx, Hook::OnDispose);
    }
}

impl Recovery {
    /// Breaks if this is the hook to break in, after it has told what the room will go back to.
    fn reach(&self, ctx: &Context<Self>, hook: Hook) {
        if let Some((chosen, fault)) = self.armed
            && chosen == hook
        {
            ctx.broadcast("breaks", self.ledger.saved());
            fault.happen();
        }
    }
}

impl Fault {
    #[allow(clippy::panic)]
    fn happen(self) {
        match self {
            Self::Panic => panic!("this room was asked to panic"),
            Self::Loop => loop {
                black_box(());
            },
            Self::Memory => {
                let mut blocks = Vec::new();
                loop {
                    blocks.push(black_box(vec![1_u8; 1 << 20]));
                }
            }
        }
    }
}
