//! What all tests of this crate share: components made on the spot, and a room that writes down what it is asked for.

// Not every test uses all of it.
#![allow(dead_code, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use parlor_plugin::{
    Audience, ClientError, ClientResult, Document, Engine, IdError, IdResult, Instance, LogLevel,
    MatchmakingChanges, Message, MessageType, OtherRooms, Payload, PluginSettings, Presence, ReservedSeat,
    RoomCode, RoomContext, RoomError, RoomQuery, RoomSummary, SeatWish, SendOptions, StateResult, TimerId,
    ViewResult, Violation, Waiting,
};
use parlor_schema::{Change, NodeId, PackedNumbers, ViewTag};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::{ManglingAndAbi, Resolve};

pub const PROBE: &str = include_str!("../guests/probe.wat");

/// The WIT of this repository with `extra` laid beside it, and the world of that name.
fn resolve(extra: &[&str], world: &str) -> (Resolve, wit_parser::WorldId) {
    let mut resolve = Resolve::default();
    let (mut package, _) = resolve
        .push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit"))
        .unwrap();
    for source in extra {
        package = resolve.push_str("extra.wit", source).unwrap();
    }
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    (resolve, world)
}

fn encode(mut module: Vec<u8>, resolve: &Resolve, world: wit_parser::WorldId) -> Vec<u8> {
    wit_component::embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}

/// A component out of a core module in text form.
pub fn component(text: &str) -> Vec<u8> {
    component_of(text, &[], "room-type")
}

/// The same for a world of other WIT packages.
pub fn component_of(text: &str, extra: &[&str], world: &str) -> Vec<u8> {
    let (resolve, world) = resolve(extra, world);
    encode(wat::parse_str(text).unwrap(), &resolve, world)
}

/// A component that has everything its world asks for and traps in every function.
pub fn dummy(extra: &[&str], world: &str) -> Vec<u8> {
    let (resolve, world) = resolve(extra, world);
    encode_dummy(&resolve, world)
}

/// The same for a world that has nothing to do with the WIT of this repository.
pub fn encode_dummy(resolve: &Resolve, world: wit_parser::WorldId) -> Vec<u8> {
    encode(
        wit_component::dummy_module(resolve, world, ManglingAndAbi::Standard32),
        resolve,
        world,
    )
}

/// The same for the world of room types, with all its imports.
pub fn dummy_room_type() -> Vec<u8> {
    dummy(&[], "room-type")
}

pub fn settings() -> PluginSettings {
    PluginSettings {
        max_rooms: 16,
        room_memory: 8 << 20,
        ..PluginSettings::default()
    }
}

pub fn engine() -> Engine {
    Engine::new(settings()).unwrap()
}

pub fn probe(engine: &Engine) -> RoomCode<Recorder> {
    engine.load(&component(PROBE), "probe").unwrap()
}

pub async fn probe_room() -> Instance<Recorder> {
    probe(&engine()).instantiate(Recorder::default()).await.unwrap()
}

pub fn message(kind: u32) -> Message {
    Message {
        sender: "alice".into(),
        kind: MessageType::Number(kind),
        payload: Payload::Raw(b"sixteen bytes...".to_vec()),
        expects_reply: true,
    }
}

/// Long enough for a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A room that does nothing but remember.
#[derive(Debug, Default)]
pub struct Recorder {
    pub log: Vec<(LogLevel, String)>,
    pub broadcasts: Vec<(MessageType, Payload, Audience, SendOptions)>,
    pub errors: Vec<(String, u16, String)>,
    pub changes: Vec<Change>,
}

/// Other rooms that never answer.
#[derive(Debug)]
struct Deaf;

impl OtherRooms for Deaf {
    fn query(&self, _: RoomQuery) -> Waiting<'_, Result<Vec<RoomSummary>, RoomError>> {
        Box::pin(std::future::pending())
    }
    fn create(&self, _: String, _: Document) -> Waiting<'_, Result<String, RoomError>> {
        Box::pin(std::future::pending())
    }
    fn reserve(&self, _: String, _: Vec<SeatWish>) -> Waiting<'_, Result<Vec<ReservedSeat>, RoomError>> {
        Box::pin(std::future::pending())
    }
    fn request(&self, _: String, _: MessageType, _: Payload) -> Waiting<'_, Result<Payload, RoomError>> {
        Box::pin(std::future::pending())
    }
    fn notify(&self, _: String, _: MessageType, _: Payload) -> Waiting<'_, Result<(), RoomError>> {
        Box::pin(std::future::pending())
    }
}

impl RoomContext for Recorder {
    fn log(&mut self, level: LogLevel, message: &str) {
        self.log.push((level, message.to_owned()));
    }
    fn room_id(&mut self) -> Result<String, Violation> {
        Ok("r00m".into())
    }
    fn room_name(&mut self) -> Result<String, Violation> {
        Ok("probe".into())
    }
    fn set_id(&mut self, _: String) -> Waiting<'_, IdResult> {
        Box::pin(async { Ok(Err(IdError::TooLate)) })
    }
    fn broadcast(
        &mut self,
        kind: MessageType,
        payload: Payload,
        audience: Audience,
        options: SendOptions,
    ) -> Result<(), Violation> {
        self.broadcasts.push((kind, payload, audience, options));
        Ok(())
    }
    fn set_max_clients(&mut self, _: Option<u32>) -> Result<(), Violation> {
        Ok(())
    }
    fn set_auto_dispose(&mut self, _: bool) -> Result<(), Violation> {
        Ok(())
    }
    fn set_patch_interval(&mut self, _: Option<u32>) -> Result<(), Violation> {
        Ok(())
    }
    fn checkpoint(&mut self) -> Result<(), Violation> {
        Ok(())
    }
    fn broadcast_patch(&mut self) -> Result<(), Violation> {
        Ok(())
    }
    fn set_seat_reservation_time(&mut self, _: u32) -> Result<(), Violation> {
        Ok(())
    }
    fn set_metadata(&mut self, _: Document) -> Result<(), Violation> {
        Ok(())
    }
    fn merge_metadata(&mut self, _: Document) -> Result<(), Violation> {
        Ok(())
    }
    fn set_matchmaking(&mut self, _: MatchmakingChanges) -> Result<(), Violation> {
        Ok(())
    }
    fn set_private(&mut self, _: bool) -> Result<(), Violation> {
        Ok(())
    }
    fn set_unlisted(&mut self, _: bool) -> Result<(), Violation> {
        Ok(())
    }
    fn lock(&mut self) -> Result<(), Violation> {
        Ok(())
    }
    fn unlock(&mut self) -> Result<(), Violation> {
        Ok(())
    }
    fn disconnect(&mut self, close_code: u16) -> Result<(), Violation> {
        Err(Violation(format!("{close_code} is no close code for rooms")))
    }
    fn send(&mut self, _: String, _: MessageType, _: Payload, _: SendOptions) -> ClientResult {
        Ok(Ok(()))
    }
    fn send_error(&mut self, to: String, code: u16, message: String) -> ClientResult {
        self.errors.push((to, code, message));
        Ok(Err(ClientError::NoSuchClient))
    }
    fn leave(&mut self, _: String, _: u16, _: String) -> ClientResult {
        Ok(Ok(()))
    }
    fn release_seat(&mut self, _: String) -> ClientResult {
        Ok(Ok(()))
    }
    fn join_group(&mut self, _: String, _: String) -> ClientResult {
        Ok(Ok(()))
    }
    fn leave_group(&mut self, _: String, _: String) -> ClientResult {
        Ok(Ok(()))
    }
    fn apply(&mut self, changes: Vec<Change>) -> StateResult {
        self.changes.extend(changes);
        Ok(Ok(()))
    }
    fn apply_with_numbers(&mut self, changes: Vec<Change>, _: PackedNumbers) -> StateResult {
        self.apply(changes)
    }
    fn replace(&mut self, _: Document) -> StateResult {
        Ok(Ok(()))
    }
    fn show(&mut self, _: String, _: NodeId, _: ViewTag) -> ViewResult {
        Ok(Ok(()))
    }
    fn hide(&mut self, _: String, _: NodeId, _: ViewTag) -> ViewResult {
        Ok(Ok(()))
    }
    fn auth(&mut self, _: &str) -> Result<Result<Option<Document>, ClientError>, Violation> {
        Ok(Ok(None))
    }
    fn other_rooms(&mut self) -> Result<Arc<dyn OtherRooms>, Violation> {
        Ok(Arc::new(Deaf))
    }
    fn presence(&mut self) -> Result<Arc<dyn Presence>, Violation> {
        Err(Violation("nothing is shared".to_owned()))
    }
    fn elapsed(&mut self) -> Result<f64, Violation> {
        Ok(0.0)
    }
    fn wall_time(&mut self) -> Result<f64, Violation> {
        Ok(0.0)
    }
    fn set_tick_interval(&mut self, _: Option<f64>) -> Result<(), Violation> {
        Ok(())
    }
    fn set_fixed_step(&mut self, _: Option<f64>) -> Result<(), Violation> {
        Ok(())
    }
    fn set_timeout(&mut self, _: String, _: Option<Document>, _: u32) -> Result<TimerId, Violation> {
        Ok(TimerId(1))
    }
    fn set_interval(&mut self, _: String, _: Option<Document>, _: u32) -> Result<TimerId, Violation> {
        Ok(TimerId(2))
    }
    fn clear_timer(&mut self, _: TimerId) -> Result<(), Violation> {
        Ok(())
    }
    fn pause_timer(&mut self, _: TimerId) -> Result<(), Violation> {
        Ok(())
    }
    fn resume_timer(&mut self, _: TimerId) -> Result<(), Violation> {
        Ok(())
    }
    fn reset_timer(&mut self, _: TimerId) -> Result<(), Violation> {
        Ok(())
    }
    fn timer_elapsed(&mut self, _: TimerId) -> Result<Option<f64>, Violation> {
        Ok(None)
    }
    fn random_next(&mut self) -> Result<u64, Violation> {
        Ok(4)
    }
    fn random_fraction(&mut self) -> Result<f64, Violation> {
        Ok(0.5)
    }
    fn random_bytes(&mut self, count: u32) -> Result<Vec<u8>, Violation> {
        Ok(vec![4; count as usize])
    }
}
