//! Timers and ticks on demand.

use parlor_sdk::prelude::*;
use std::collections::BTreeMap;

#[derive(Message)]
enum Input {
    After { tag: String, ms: u32 },
    Every { tag: String, ms: u32 },
    Clear(String),
    Pause(String),
    Resume(String),
    Reset(String),
    Elapsed,
    Tick(f64),
    Ticks,
}

#[derive(Data)]
struct Fired(String);

#[derive(Data)]
struct Clock {
    timers: BTreeMap<String, TimerHandle>,
    ticks: u32,
}

#[room]
impl Room for Clock {
    fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        Ok(Self {
            timers: BTreeMap::new(),
            ticks: 0,
        })
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<Payload, Refusal> {
        match message {
            Input::After { tag, ms } => {
                self.timers.insert(tag.clone(), ctx.after(ms, Fired(tag)));
            }
            Input::Every { tag, ms } => {
                self.timers.insert(tag.clone(), ctx.every(ms, Fired(tag)));
            }
            Input::Clear(tag) => self.with(&tag, TimerHandle::clear)?,
            Input::Pause(tag) => self.with(&tag, TimerHandle::pause)?,
            Input::Resume(tag) => self.with(&tag, TimerHandle::resume)?,
            Input::Reset(tag) => self.with(&tag, TimerHandle::reset)?,
            Input::Elapsed => return Ok(answer(ctx, client, "elapsed", Payload::of(ctx.elapsed()))),
            Input::Tick(ms) => ctx.set_tick_interval(ms),
            Input::Ticks => return Ok(answer(ctx, client, "ticks", Payload::of(self.ticks))),
        }
        Ok(Payload::Empty)
    }

    fn on_timer(&mut self, ctx: &Context<Self>, Fired(tag): Fired) {
        ctx.broadcast("fired", tag);
    }

    fn on_tick(&mut self, _ctx: &Context<Self>, _delta: f64) {
        self.ticks += 1;
    }
}

impl Clock {
    fn with(&self, tag: &str, change: fn(TimerHandle)) -> Result<(), Refusal> {
        let timer = self
            .timers
            .get(tag)
            .ok_or_else(|| format!("there is no timer {tag:?}"))?;
        change(*timer);
        Ok(())
    }
}

/// A request gets its reply, a plain message a message of the same type.
fn answer(ctx: &Context<Clock>, client: &Client, kind: &str, payload: Payload) -> Payload {
    if ctx.is_request() {
        return payload;
    }
    ctx.send(client, kind, payload);
    Payload::Empty
}
