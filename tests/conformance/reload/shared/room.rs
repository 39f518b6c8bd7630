// The room of all builds; each says which it is in `VERSION`, and in `BREAKS_ON_ORDERS` whether it breaks when told to.

use parlor_sdk::prelude::*;

#[derive(State, Default)]
struct World {
    version: String,
    #[state(number)]
    count: u32,
    #[state(number)]
    beats: u32,
}

#[derive(Message)]
enum Input {
    Add,
    Both,
    /// Is answered with what `Beats` counts.
    Beats,
    Order(Order),
}

#[derive(Data)]
struct Options {
    /// How much the room has to save beside that, in KiB.
    #[serde(default)]
    ballast: u32,
}

/// Takes 64 bytes to save.
#[derive(Data)]
struct Ballast {
    x: f64,
    y: f64,
    name: String,
}

impl Ballast {
    fn kibibytes(many: u32) -> Vec<Self> {
        let one = |number| Self {
            x: f64::from(number) + 0.5,
            y: 0.25,
            name: format!("{number:033}"),
        };
        (0..many * 16).map(one).collect()
    }
}

/// Where a build that breaks on orders is to do so. The others hand the order on.
#[derive(Data, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Order {
    Restore,
    /// In so many-th `add` of an instance.
    Add(u32),
}

#[derive(Data)]
struct Beat;

/// Milliseconds.
const BEAT: u32 = 200;

/// Compares the timer's beats with the room's time.
#[derive(Data, Default)]
struct Beats {
    counted: u32,
    /// Beats in whose time no hook ran at all: the machine had no time for the room.
    stalled: u32,
    /// The beat in whose time the last hook ran.
    latest: u32,
}

impl Beats {
    /// How many there should have been.
    fn due(elapsed: f64) -> u32 {
        // Rooms of tests do not live for years.
        (elapsed / f64::from(BEAT)) as u32
    }

    fn note_hook(&mut self, elapsed: f64) {
        let now = Self::due(elapsed);
        self.stalled += now.saturating_sub(self.latest + 1);
        self.latest = now;
    }
}

#[derive(Data)]
struct Reload {
    state: World,
    private: u32,
    beats: Beats,
    order: Option<Order>,
    ballast: Vec<Ballast>,
    /// By this instance.
    #[serde(skip)]
    added: u32,
}

impl Reload {
    #[allow(clippy::panic)]
    fn reach(&self, place: Order) {
        if BREAKS_ON_ORDERS && self.order == Some(place) {
            panic!("this build was told to break");
        }
    }
}

#[room]
impl Room for Reload {
    type State = World;

    fn create(ctx: &Context<Self>, options: Options) -> Result<Self, Refusal> {
        ctx.every(BEAT, Beat);
        let state = World {
            version: VERSION.to_owned(),
            ..World::default()
        };
        Ok(Self {
            state,
            private: 0,
            beats: Beats::default(),
            order: None,
            ballast: Ballast::kibibytes(options.ballast),
            added: 0,
        })
    }

    fn on_restore(&mut self, _ctx: &Context<Self>) {
        self.reach(Order::Restore);
        self.state.version = VERSION.to_owned();
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<(u32, u32), Refusal> {
        self.beats.note_hook(ctx.elapsed());
        match message {
            Input::Add => {
                self.added += 1;
                self.reach(Order::Add(self.added));
                self.state.count += 1;
                self.private += 1;
            }
            Input::Beats => {
                let due = Beats::due(ctx.elapsed());
                ctx.send(client, "beats", (self.beats.counted, self.beats.stalled, due));
            }
            Input::Order(order) => self.order = Some(order),
            Input::Both if ctx.is_request() => {}
            Input::Both => {
                ctx.send(client, "both", (self.state.count, self.private));
            }
        }
        Ok((self.state.count, self.private))
    }

    fn on_timer(&mut self, ctx: &Context<Self>, _beat: Beat) {
        self.beats.note_hook(ctx.elapsed());
        self.beats.counted += 1;
        self.state.beats += 1;
    }
}
