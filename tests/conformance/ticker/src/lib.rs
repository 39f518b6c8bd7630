//! Moves every entity in every tick: what a busy state costs.

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
}

fn hundred() -> u32 {
    100
}

#[derive(Data)]
struct Ticker {
    state: World,
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
        })
    }

    fn on_tick(&mut self, _ctx: &Context<Self>, _delta: f64) {
        for entity in self.state.entities.values_mut() {
            step(&mut entity.x, &mut entity.velocity.0);
            step(&mut entity.y, &mut entity.velocity.1);
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
}

/// Turns round at the borders.
fn step(position: &mut f64, velocity: &mut f64) {
    *position += *velocity;
    if *position < 0.0 || *position > SIZE {
        *velocity = -*velocity;
    }
}
