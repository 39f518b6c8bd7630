//! One instance at several places.

use super::recorder::{Node, Numbers, Recorder};
use super::schema::Schema;
use super::serial::{self, Shape};
use super::tracking::{Element, ElementType, Placement, State, Value};
use super::visible::Visible;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// A handle on an instance that may stand at several places of the state at once; clients see
/// one instance. Cloning the handle does not copy the instance. Handles are equal if they mean
/// the same instance.
///
/// ```
/// # use parlor_sdk::prelude::*;
/// #[derive(State)]
/// struct Player { x: f64 }
///
/// #[derive(State, Default)]
/// struct World { players: Map<Shared<Player>>, favorite: Option<Shared<Player>> }
///
/// let mut world = World::default();
/// let ada = Shared::new(Player { x: 0.0 });
/// world.players.insert("ada", ada.clone());
/// world.favorite = Some(ada.clone());
/// ada.borrow_mut().x = 3.0;
/// assert_eq!(world.favorite.as_ref().map(|player| player.borrow().x), Some(3.0));
/// ```
///
/// In a saved room the handles, also those outside of the state, still mean the same instance.
pub struct Shared<T: State>(Rc<Core<T>>);

struct Core<T: State> {
    value: RefCell<T>,
    /// What the host knows of the instance; none while it stands nowhere in the state.
    known: RefCell<Option<(Node, T::Known)>>,
    /// At how many places of the state the instance stands.
    places: Cell<usize>,
    dirty: Cell<bool>,
}

impl<T: State> Shared<T> {
    /// A new instance. It becomes part of the state where a handle is put into it.
    pub fn new(value: T) -> Self {
        Self(Rc::new(Core {
            value: RefCell::new(value),
            known: RefCell::new(None),
            places: Cell::new(0),
            dirty: Cell::new(false),
        }))
    }

    /// The instance, for reading.
    ///
    /// # Panics
    /// While it is borrowed for writing; a panic ends the room.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.0.value.borrow()
    }

    /// The instance, for writing.
    ///
    /// # Panics
    /// While it is borrowed otherwise; a panic ends the room.
    pub fn borrow_mut(&self) -> RefMut<'_, T> {
        // The host knows it, perhaps from a place that it has just left: it may stand at another by the end of the hook.
        if self.0.known.borrow().is_some() && !self.0.dirty.replace(true) {
            pending(|pending| pending.dirty.push(self.0.clone()));
        }
        self.0.value.borrow_mut()
    }

    fn attachment(&self, recorder: &mut Recorder) -> Attachment<T> {
        self.0.places.set(self.0.places.get() + 1);
        let mut known = self.0.known.borrow_mut();
        if known.is_none() {
            let node = recorder.create::<T>();
            *known = Some((node, self.0.value.borrow_mut().attach_fields(node, recorder)));
        }
        Attachment(self.0.clone())
    }
}

/// One place of the state at which a shared instance stands.
pub struct Attachment<T: State>(Rc<Core<T>>);

impl<T: State> Drop for Attachment<T> {
    fn drop(&mut self) {
        let places = self.0.places.get().saturating_sub(1);
        self.0.places.set(places);
        if places == 0 {
            pending(|pending| pending.orphans.push(self.0.clone()));
        }
    }
}

/// What is to be seen to when the hook has returned.
#[derive(Default)]
struct Pending {
    /// Instances that were handed out for writing, wherever the handle was kept.
    dirty: Vec<Rc<dyn Tracked>>,
    /// Instances that stood nowhere at one moment, and perhaps stand somewhere again.
    orphans: Vec<Rc<dyn Tracked>>,
}

thread_local! {
    static PENDING: RefCell<Pending> = RefCell::default();
}

fn pending(change: impl FnOnce(&mut Pending)) {
    // The only failure is that the thread is ending.
    PENDING
        .try_with(|pending| change(&mut pending.borrow_mut()))
        .unwrap_or_default();
}

trait Tracked {
    fn update(&self, recorder: &mut Recorder);
    fn release(&self);
}

impl<T: State> Tracked for Core<T> {
    fn update(&self, recorder: &mut Recorder) {
        self.dirty.set(false);
        if self.places.get() == 0 {
            return;
        }
        if let Some((node, known)) = self.known.borrow_mut().as_mut() {
            self.value.borrow_mut().update_fields(known, *node, recorder);
        }
    }

    /// The host drops what hangs nowhere when a batch ends, and its number is spent.
    fn release(&self) {
        if self.places.get() == 0 {
            let known = self.known.borrow_mut().take();
            drop(known);
            self.value.borrow_mut().detach_fields();
        }
    }
}

/// Reports changes of shared instances and lets go of those that left the state. Called after
/// the root was brought up to date.
pub(crate) fn settle(recorder: &mut Recorder) {
    let mut dirty = Vec::new();
    pending(|pending| dirty = std::mem::take(&mut pending.dirty));
    for instance in dirty {
        instance.update(recorder);
    }
    loop {
        let mut orphans = Vec::new();
        pending(|pending| orphans = std::mem::take(&mut pending.orphans));
        if orphans.is_empty() {
            return;
        }
        for instance in orphans {
            instance.release();
        }
    }
}

impl<T: State> Element for Shared<T> {
    type Known = Attachment<T>;

    fn element_type(schema: &mut Schema) -> ElementType {
        ElementType::Struct(schema.index_of::<T>())
    }
    fn attach(&mut self, recorder: &mut Recorder) -> Attachment<T> {
        self.attachment(recorder)
    }
    fn value(known: &Attachment<T>) -> Value {
        match &*known.0.known.borrow() {
            Some((node, _)) => Value::Node(*node),
            // Cannot be: an instance that stands somewhere is known.
            None => Value::Null,
        }
    }
    fn update(&mut self, known: &mut Attachment<T>, recorder: &mut Recorder) -> Placement {
        if Rc::ptr_eq(&self.0, &known.0) {
            // Its changes are reported once, by `settle`, wherever it stands.
            return Placement::Kept;
        }
        *known = self.attachment(recorder);
        Placement::Changed
    }
    fn detach(&mut self) {}
    fn numbers(&self, known: &Attachment<T>, numbers: &mut Numbers) {
        if let Some((node, fields)) = &*known.0.known.borrow()
            && numbers.push_shared(*node)
        {
            self.0.value.borrow().numbers_of_fields(fields, numbers);
        }
    }
}

impl<T: State> Visible for Shared<T> {
    fn finder(&self) -> Box<dyn Fn() -> Option<Node>> {
        let instance = self.0.clone();
        Box::new(move || instance.known.borrow().as_ref().map(|(node, _)| *node))
    }
}

impl<T: State> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: State> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: State> Eq for Shared<T> {}

impl<T: State> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        Rc::as_ptr(&self.0).hash(hasher);
    }
}

impl<T: State + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.value.fmt(f)
    }
}

impl<T: State + Default> Default for Shared<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: State + Serialize> Serialize for Shared<T> {
    /// The instance's value; in a saved room also which instance it is.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serial::shape_of(Rc::as_ptr(&self.0).addr()) {
            Shape::Plain => self.borrow().serialize(serializer),
            Shape::First(id) => (id, Some(&*self.borrow())).serialize(serializer),
            Shape::Again(id) => (id, None::<&T>).serialize(serializer),
        }
    }
}

impl<'de, T: State + Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !serial::is_restoring() {
            return T::deserialize(deserializer).map(Self::new);
        }
        let (id, value) = <(u32, Option<T>)>::deserialize(deserializer)?;
        match value {
            Some(value) => {
                let instance = Self::new(value);
                serial::remember(id, instance.0.clone());
                Ok(instance)
            }
            None => serial::recall(id)
                .and_then(|instance| instance.downcast::<Core<T>>().ok())
                .map(Self)
                .ok_or_else(|| D::Error::custom("a shared instance is missing")),
        }
    }
}
