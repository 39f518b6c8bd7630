//! Two seats, turns, a winner, and a clock that runs while somebody thinks.

use parlor_sdk::prelude::*;

const LINES: [[usize; 3]; 8] = [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
    [0, 3, 6],
    [1, 4, 7],
    [2, 5, 8],
    [0, 4, 8],
    [2, 4, 6],
];

/// What both players see.
#[derive(State, Default)]
struct Table {
    phase: Phase,
    /// Nine cells, row by row.
    cells: List<Mark>,
    /// Who plays with which mark, by session.
    marks: Map<Mark>,
    /// Whose turn it is.
    turn: Option<SessionId>,
    /// Unset while playing, and after a draw.
    winner: Option<SessionId>,
}

/// Clients get these as strings: `"waiting"`, `"playing"`, `"over"`.
#[derive(State, Clone, Copy, Default, PartialEq)]
enum Phase {
    #[default]
    Waiting,
    Playing,
    Over,
}

#[derive(State, Clone, Copy, PartialEq)]
enum Mark {
    Empty,
    X,
    O,
}

#[derive(Data)]
struct Options {
    /// Milliseconds to think.
    #[serde(default = "half_a_minute")]
    turn_time: u32,
}

fn half_a_minute() -> u32 {
    30_000
}

#[derive(Message)]
enum Input {
    /// `room.send("place", 4)`: a mark into the middle.
    Place(usize),
    /// `room.send("rematch")`, when it is over.
    Rematch,
}

#[derive(Data)]
enum Timer {
    /// Too slow: the other one wins.
    TurnOver,
}

#[derive(Data)]
struct TicTacToe {
    state: Table,
    turn_time: u32,
    timer: Option<TimerHandle>,
}

#[room]
impl Room for TicTacToe {
    type State = Table;

    fn create(ctx: &Context<Self>, options: Options) -> Result<Self, Refusal> {
        if !(1_000..=600_000).contains(&options.turn_time) {
            return Err(Refusal::new(
                400,
                "turn_time lies between 1000 and 600000 milliseconds",
            ));
        }
        ctx.set_max_clients(2);
        Ok(Self {
            state: Table::default(),
            turn_time: options.turn_time,
            timer: None,
        })
    }

    fn on_join(&mut self, ctx: &Context<Self>, client: &Client, _options: ()) {
        let mark = if self.player_with(Mark::X).is_some() {
            Mark::O
        } else {
            Mark::X
        };
        self.state.marks.insert(client, mark);
        if self.state.marks.len() == 2 {
            self.begin(ctx);
        }
    }

    fn on_message(&mut self, ctx: &Context<Self>, client: &Client, message: Input) -> Result<(), Refusal> {
        match message {
            Input::Place(cell) => self.place(ctx, client.session(), cell),
            Input::Rematch if self.state.phase != Phase::Over => {
                Err(Refusal::new(4001, "the game is not over"))
            }
            Input::Rematch if self.state.marks.len() < 2 => Err(Refusal::new(4005, "the other one has left")),
            Input::Rematch => {
                self.begin(ctx);
                Ok(())
            }
        }
    }

    fn on_timer(&mut self, ctx: &Context<Self>, timer: Timer) {
        let Timer::TurnOver = timer;
        if let Some(slow) = self.state.turn.clone() {
            self.end(self.opponent(&slow));
            ctx.broadcast("too-slow", slow);
        }
    }

    fn on_drop(&mut self, _ctx: &Context<Self>, _client: &Client, _close_code: u16) -> Seat {
        // The turn's clock goes on: who does not come back in time loses.
        Seat::HoldFor(self.turn_time)
    }

    fn on_leave(&mut self, _ctx: &Context<Self>, client: &Client, _close_code: u16) {
        let opponent = self.opponent(client.session());
        if self.state.phase == Phase::Playing {
            self.end(opponent);
        }
        self.state.marks.remove(client);
    }
}

impl TicTacToe {
    fn begin(&mut self, ctx: &Context<Self>) {
        self.state.cells = std::iter::repeat_n(Mark::Empty, 9).collect();
        self.state.phase = Phase::Playing;
        self.state.winner = None;
        self.give_turn(ctx, self.player_with(Mark::X));
    }

    fn place(&mut self, ctx: &Context<Self>, player: &SessionId, cell: usize) -> Result<(), Refusal> {
        if self.state.phase != Phase::Playing {
            return Err(Refusal::new(4002, "nobody is playing"));
        }
        if self.state.turn.as_ref() != Some(player) {
            return Err(Refusal::new(4003, "it is not your turn"));
        }
        let mark = self
            .state
            .marks
            .get(player)
            .copied()
            .ok_or("you are not playing")?;
        let target = self
            .state
            .cells
            .get_mut(cell)
            .ok_or("cells are numbered from 0 to 8")?;
        if *target != Mark::Empty {
            return Err(Refusal::new(4004, "this cell is taken"));
        }
        *target = mark;
        if self.has_line() {
            self.end(Some(player.clone()));
        } else if self.state.cells.iter().all(|cell| *cell != Mark::Empty) {
            self.end(None);
        } else {
            self.give_turn(ctx, self.opponent(player));
        }
        Ok(())
    }

    fn give_turn(&mut self, ctx: &Context<Self>, player: Option<SessionId>) {
        self.stop_clock();
        self.timer = player
            .is_some()
            .then(|| ctx.after(self.turn_time, Timer::TurnOver));
        self.state.turn = player;
    }

    fn end(&mut self, winner: Option<SessionId>) {
        self.stop_clock();
        self.state.turn = None;
        self.state.phase = Phase::Over;
        self.state.winner = winner;
    }

    fn stop_clock(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }

    fn has_line(&self) -> bool {
        let cell = |index: usize| self.state.cells.get(index).filter(|mark| **mark != Mark::Empty);
        LINES
            .iter()
            .any(|&[a, b, c]| cell(a).is_some() && cell(a) == cell(b) && cell(b) == cell(c))
    }

    fn player_with(&self, mark: Mark) -> Option<SessionId> {
        let mut marks = self.state.marks.iter();
        marks
            .find(|(_, own)| **own == mark)
            .map(|(session, _)| session.into())
    }

    fn opponent(&self, player: &SessionId) -> Option<SessionId> {
        self.state
            .marks
            .keys()
            .find(|session| player != session)
            .map(SessionId::from)
    }
}
