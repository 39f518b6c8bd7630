//! A room type as it runs: one version of its code with what it said of itself.

use std::sync::Arc;

use parlor_plugin::{Definition, Engine, LoadError, RoomCode};
use parlor_protocol::ids::RoomTypeName;
use parlor_protocol::join::Handshake;

use crate::core::RoomCore;
use crate::settings::RoomSettings;

/// One version of a room type. Rooms keep the version that they were created with.
#[derive(Debug)]
pub struct RoomType {
    /// The name by which clients ask for it.
    pub name: RoomTypeName,
    /// Its compiled component.
    pub code: RoomCode<RoomCore>,
    /// What `define` answered.
    pub definition: Definition,
    /// The handshake in every dialect; none for rooms without state.
    pub handshake: Option<Handshake>,
    /// Bounds and defaults of its rooms.
    pub settings: RoomSettings,
}

impl RoomType {
    /// Compiles a component (or takes it from the cache) and asks it what it is.
    ///
    /// # Errors
    /// The component does not fit the world, or its definition breaks a rule.
    pub async fn load(
        engine: &Engine,
        name: RoomTypeName,
        component: Vec<u8>,
        settings: RoomSettings,
    ) -> Result<Arc<Self>, LoadError> {
        let code: RoomCode<RoomCore> = engine.load_in_background(component, name.to_string()).await?;
        let definition = code.define(name.as_str()).await?;
        let handshake = definition.schema.as_deref().map(Handshake::new);
        Ok(Arc::new(Self { name, code, definition, handshake, settings }))
    }
}
