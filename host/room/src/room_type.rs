//! A room type as it runs: one version of its code with what it says of itself.

use std::sync::Arc;

use parlor_plugin::{Definition, Engine, LoadError};
use parlor_protocol::ids::RoomTypeName;
use parlor_protocol::join::{Handshake, HandshakeTooLong};
use parlor_schema::{Kinship, Succession};

use crate::code::{BuiltInCapacity, BuiltInType, Code};
use crate::core::RoomCore;
use crate::settings::RoomSettings;

/// Why a component cannot serve as a room type.
#[derive(Debug, thiserror::Error)]
pub enum RoomTypeError {
    /// It cannot be loaded, or does not say what it is.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Its state is too large to be described to clients.
    #[error(transparent)]
    Handshake(#[from] HandshakeTooLong),
    /// The host is going down.
    #[error("loading was interrupted")]
    Interrupted,
}

/// One version of a room type. Rooms keep the version that they were created with.
#[derive(Debug)]
pub struct RoomType {
    /// The name by which clients ask for it.
    pub name: RoomTypeName,
    /// Its compiled component, or what is built in.
    pub code: Code,
    /// What it says of itself.
    pub definition: Definition,
    /// The handshake in every dialect; none for rooms without state.
    pub handshake: Option<Handshake>,
    /// Bounds and defaults of its rooms.
    pub settings: RoomSettings,
}

impl RoomType {
    /// Compiles a component (or takes it from the cache) and asks it what it is.
    ///
    /// Compiling blocks a thread of its own.
    ///
    /// # Errors
    /// The component does not fit the world, or its definition breaks a rule.
    pub async fn load(
        engine: &Engine,
        name: RoomTypeName,
        component: Vec<u8>,
        settings: RoomSettings,
    ) -> Result<Arc<Self>, RoomTypeError> {
        let (engine, label) = (engine.clone(), name.to_string());
        let code = tokio::task::spawn_blocking(move || engine.load::<RoomCore>(&component, &label))
            .await
            .map_err(|_| RoomTypeError::Interrupted)??;
        let definition = code.define(name.as_str()).await?;
        let handshake = definition.schema.as_deref().map(Handshake::of).transpose()?;
        Ok(Arc::new(Self {
            name,
            code: Code::Component(Box::new(code)),
            definition,
            handshake,
            settings,
        }))
    }

    /// What the state of another version is to clients that were told this one's.
    pub fn succession(&self, next: &Self) -> Succession {
        match (&self.definition.schema, &next.definition.schema) {
            (None, None) => Succession::Same,
            (Some(told), Some(now)) => Kinship::between(told, now).succession().clone(),
            (None, Some(_)) => Succession::Unreadable("there was no state".to_owned()),
            (Some(_), None) => Succession::Unreadable("there is no state any more".to_owned()),
        }
    }

    /// A type that is built in, under a name of the operator's choice.
    ///
    /// # Errors
    /// Its state is too large to be described to clients.
    pub fn built_in(
        name: RoomTypeName,
        built_in: Arc<dyn BuiltInType>,
        capacity: BuiltInCapacity,
        settings: RoomSettings,
    ) -> Result<Arc<Self>, HandshakeTooLong> {
        let definition = built_in.definition();
        let handshake = definition.schema.as_deref().map(Handshake::of).transpose()?;
        Ok(Arc::new(Self {
            name,
            code: Code::BuiltIn(built_in, capacity),
            definition,
            handshake,
            settings,
        }))
    }
}
