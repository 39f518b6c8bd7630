//! What can be shown to single clients.

use super::recorder::Node;
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

/// Finds the number of an instance once the host has been told of it; none while it stands nowhere in the state.
pub(crate) type Finder = Box<dyn Fn() -> Option<Node>>;

/// What can be shown to a client with [`Context::show`](crate::Context::show): a struct of the state with a field
/// `#[state(id)] id: InstanceId`, and everything in a [`Shared`](crate::Shared).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shown to a client",
    note = "give the struct a field `#[state(id)] id: InstanceId`, or keep it in a `Shared`"
)]
pub trait Visible {
    /// Finds its number later.
    #[doc(hidden)]
    fn finder(&self) -> Box<dyn Fn() -> Option<Node>>;
}

/// By which a struct of the state is found when it is shown. Not for clients, not saved, and of no use to
/// anybody else: its default will do.
///
/// ```
/// # use parlor_sdk::prelude::*;
/// #[derive(State, Default)]
/// struct Card {
///     #[state(id)]
///     id: InstanceId,
///     #[state(view)]
///     face: String,
/// }
///
/// let card = Card { face: "ace".to_owned(), ..Default::default() };
/// ```
#[derive(Default)]
pub struct InstanceId(Rc<Cell<Option<Node>>>);

impl InstanceId {
    /// The host knows the instance under this number.
    #[doc(hidden)]
    pub fn note(&self, node: Node) {
        self.0.set(Some(node));
    }

    /// The instance left the state.
    #[doc(hidden)]
    pub fn forget(&self) {
        self.0.set(None);
    }

    /// See [`Visible`].
    #[doc(hidden)]
    pub fn finder(&self) -> Box<dyn Fn() -> Option<Node>> {
        let number = self.0.clone();
        Box::new(move || number.get())
    }
}

/// The copy of a struct is another instance.
impl Clone for InstanceId {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// It makes no difference between structs that are equal otherwise.
impl PartialEq for InstanceId {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for InstanceId {}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstanceId")
    }
}

/// One thing that a client is to see, or not to see any more.
pub(crate) struct Look {
    pub client: String,
    pub finder: Finder,
    pub tag: Option<i32>,
    pub change: Change,
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Show,
    Hide,
}

#[cfg(test)]
mod tests {
    use super::Change::Show;
    use crate::data::Document;
    use crate::prelude::*;
    use crate::runtime::Running;
    use crate::state::Handover;
    use crate::state::tracking::{Node, RoomState, Schema};

    #[derive(State, Default)]
    struct World {
        #[state(id)]
        id: InstanceId,
        players: Map<Player>,
        #[state(view)]
        treasures: List<Shared<Treasure>>,
    }

    #[derive(State, Default)]
    struct Player {
        #[state(id)]
        id: InstanceId,
        #[state(view = 3)]
        secret: String,
    }

    #[derive(State, Default)]
    struct Treasure {
        x: f64,
    }

    #[derive(Data, Default)]
    struct Island {
        state: World,
    }

    #[room]
    impl Room for Island {
        type State = World;

        fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
            Ok(Self::default())
        }

        /// The message says what happens.
        fn on_message(&mut self, ctx: &Context<Self>, client: &Client, message: AnyMessage) {
            let players = &mut self.state.players;
            match message.kind {
                MessageType::Text(kind) if kind == "come" => {
                    let player = Player::default();
                    // Before it is in the state.
                    ctx.show_tagged(client, &player, 3);
                    players.insert(client, player);
                    ctx.show(client, &self.state);
                }
                MessageType::Text(kind) if kind == "go" => {
                    if let Some(player) = players.get(client) {
                        ctx.hide_tagged(client, player, 3);
                    }
                    players.remove(client);
                }
                _ => {
                    let treasure = Shared::new(Treasure::default());
                    self.state.treasures.push(treasure.clone());
                    ctx.show(client, &treasure);
                    ctx.hide(client, &Shared::new(Treasure::default()));
                }
            }
        }
    }

    type Seen = (String, Node, Option<i32>, super::Change);

    fn say(room: &mut Running<Island>, kind: &str) -> Vec<Seen> {
        room.message("ada".to_owned(), kind.into(), Payload::Empty, false)
            .unwrap();
        room.report(|_| {});
        let mut seen = Vec::new();
        room.look(|look, node| seen.push((look.client.clone(), node, look.tag, look.change)));
        seen
    }

    #[test]
    fn what_is_shown_has_its_number_when_the_hook_is_over() {
        let mut room = Running::<Island>::create(&Document::of(&())).unwrap();
        room.report(|_| {});
        let ada = || "ada".to_owned();
        let come = [(ada(), 1, Some(3), Show), (ada(), 0, None, Show)];
        assert_eq!(say(&mut room, "come"), come);
        // What stands nowhere is not shown.
        assert_eq!(say(&mut room, "dig"), [(ada(), 2, None, Show)]);
        let mut room = Running::<Island>::restore(room.save(), Handover::Kept).unwrap();
        // A restored room finds its instances, and what has left is found no more.
        assert_eq!(say(&mut room, "dig"), [(ada(), 3, None, Show)]);
        assert_eq!(say(&mut room, "go"), []);
        assert_eq!(
            say(&mut room, "come"),
            [(ada(), 4, Some(3), Show), (ada(), 0, None, Show)]
        );
    }

    #[test]
    fn tags_are_part_of_the_schema() {
        let schema = World::schema().map(Schema::into_wit).unwrap();
        let tags: Vec<Vec<_>> = schema
            .structs
            .iter()
            .map(|described| described.fields.iter().map(|field| field.view_tag).collect())
            .collect();
        assert_eq!(tags, [vec![None, Some(-1)], vec![Some(3)], vec![None]]);
    }
}
