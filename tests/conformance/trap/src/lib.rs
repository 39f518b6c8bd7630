//! Breaks on demand, each time in another way.

use parlor_sdk::prelude::*;
use std::hint::black_box;

/// How to break.
#[derive(Data, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Fault {
    Panic,
    Loop,
    Memory,
    Stack,
}

#[derive(Data)]
struct Options {
    /// In which hook; in none if absent.
    #[serde(default, rename = "in")]
    hook: Option<String>,
    #[serde(default, rename = "where")]
    fault: Option<Fault>,
}

#[derive(Message)]
enum Input {
    Where(Fault),
    Alive,
}

#[derive(Data)]
struct Trap {
    options: Options,
    handled: u32,
}

#[derive(Data)]
struct Due;

#[room]
impl Room for Trap {
    fn create(ctx: &Context<Self>, options: Options) -> Result<Self, Refusal> {
        options.reach("on-create");
        match options.hook.as_deref() {
            Some("on-tick") => ctx.set_tick_interval(50.0),
            Some("on-timer") => {
                ctx.after(50, Due);
            }
            _ => {}
        }
        Ok(Self { options, handled: 0 })
    }

    fn authenticate(request: JoinRequest) -> Result<(), Refusal> {
        let options: Options = request.options()?;
        options.reach("authenticate");
        Ok(())
    }

    fn on_join(&mut self, _ctx: &Context<Self>, _client: &Client, _options: ()) {
        self.options.reach("on-join");
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<Payload, Refusal> {
        self.options.reach("on-message");
        self.handled += 1;
        match message {
            Input::Where(fault) => fault.happen(),
            Input::Alive if ctx.is_request() => return Ok(Payload::of(self.handled)),
            Input::Alive => {
                ctx.send(client, "alive", self.handled);
            }
        }
        Ok(Payload::Empty)
    }

    fn on_drop(&mut self, _ctx: &Context<Self>, _client: &Client, _close_code: u16) -> Seat {
        self.options.reach("on-drop");
        match self.options.hook.as_deref() {
            Some("on-reconnect") => Seat::HoldFor(5_000),
            _ => Seat::Release,
        }
    }

    fn on_reconnect(&mut self, _ctx: &Context<Self>, _client: &Client) {
        self.options.reach("on-reconnect");
    }

    fn on_leave(&mut self, _ctx: &Context<Self>, _client: &Client, _close_code: u16) {
        self.options.reach("on-leave");
    }

    fn on_tick(&mut self, _ctx: &Context<Self>, _delta: f64) {
        self.options.reach("on-tick");
    }

    fn on_timer(&mut self, _ctx: &Context<Self>, _timer: Due) {
        self.options.reach("on-timer");
    }

    fn on_before_patch(&mut self, _ctx: &Context<Self>) {
        self.options.reach("on-before-patch");
    }

    fn on_dispose(&mut self, _ctx: &Context<Self>) {
        self.options.reach("on-dispose");
    }
}

impl Options {
    /// Breaks if this is the hook to break in.
    fn reach(&self, hook: &str) {
        if let (Some(chosen), Some(fault)) = (&self.hook, self.fault)
            && chosen == hook
        {
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
            Self::Memory => fill_memory(),
            Self::Stack => {
                black_box(deeper(0));
            }
        }
    }
}

fn fill_memory() {
    let mut blocks = Vec::new();
    loop {
        blocks.push(black_box(vec![1_u8; 1 << 20]));
    }
}

#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    deeper(depth + 1) + frame.first().copied().unwrap_or_default()
}
