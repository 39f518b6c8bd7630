//! Moves entities in every tick, all or some: what a busy state costs.

use parlor_sdk::prelude::*;

const SIZE: f64 = 1000.0;
/// Milliseconds between ticks and between patches.
const BEAT: u32 = 50;

#[derive(State)]
struct World {
    entities: Map<Entity>,
}

#[derive(State)]
struct Entity {
    #[state(number)]
    x: f64,
    #[state(number)]
    y: f64,
    #[state(skip)]
    velocity: (f64, f64),
}

#[derive(Data)]
struct Options {
    #[serde(default = "hundred")]
    entities: u32,
    /// How many of them move in each tick, the next ones each time; without it all.
    changing: Option<u32>,
}

fn hundred() -> u32 {
    100
}

#[derive(Data)]
struct Ticker {
    state: World,
    changing: u32,
    /// The entity that moves next.
    next: u32,
}

#[room]
impl Room for Ticker {
    type State = World;

    fn create(ctx: &Context<Self>, options: Options) -> Result<Self, Refusal> {
        ctx.set_patch_interval(BEAT);
        ctx.set_tick_interval(f64::from(BEAT));
        let entities = (0..options.entities)
            .map(|i| (format!("e{i}"), Entity::numbered(i)))
            .collect();
        Ok(Self {
            state: World { entities },
            changing: options.changing.unwrap_or(options.entities),
            next: 0,
        })
    }

    fn on_tick(&mut self, _ctx: &Context<Self>, _delta: f64) {
        let entities = self.state.entities.len() as u32;
        if self.changing >= entities {
            self.state.entities.values_mut().for_each(Entity::advance);
            return;
        }
        for _ in 0..self.changing {
            if let Some(entity) = self.state.entities.get_mut(format!("e{}", self.next)) {
                entity.advance();
            }
            self.next = (self.next + 1) % entities;
        }
    }
}

impl Entity {
    fn numbered(i: u32) -> Self {
        Self {
            x: (37.77 * f64::from(i)) % SIZE,
            y: (91.13 * f64::from(i)) % SIZE,
            velocity: (0.25 + 0.31 * f64::from(i % 7), 0.4 + 0.27 * f64::from(i % 5)),
        }
    }

    fn advance(&mut self) {
        step(&mut self.x, &mut self.velocity.0);
        step(&mut self.y, &mut self.velocity.1);
    }
}

/// Turns round at the borders.
fn step(position: &mut f64, velocity: &mut f64) {
    *position += *velocity;
    if *position < 0.0 || *position > SIZE {
        *velocity = -*velocity;
    }
}
