//! Between the generated types and the [`vocabulary`](crate::vocabulary). Moves only: strings and bytes are
//! never copied here.

use crate::bindings::exports::parlor::room::hooks;
use crate::bindings::parlor::room as wit;
use crate::error::HookError;
use crate::other_rooms::RoomMessage;
use crate::vocabulary::{
    Audience, ClientError, ClientLimit, Document, Encoding, HeldSeat, IdError, JoinRequest, JoiningClient,
    LogLevel, MatchmakingChanges, Message, MessageType, Payload, Refusal, Saved, SendOptions, StateHandover,
    ViewError,
};

impl From<wit::types::MessageType> for MessageType {
    fn from(kind: wit::types::MessageType) -> Self {
        match kind {
            wit::types::MessageType::Text(text) => Self::Text(text),
            wit::types::MessageType::Number(number) => Self::Number(number),
        }
    }
}

impl From<MessageType> for wit::types::MessageType {
    fn from(kind: MessageType) -> Self {
        match kind {
            MessageType::Text(text) => Self::Text(text),
            MessageType::Number(number) => Self::Number(number),
        }
    }
}

impl From<wit::types::Document> for Document {
    fn from(document: wit::types::Document) -> Self {
        match document {
            wit::types::Document::MessagePack(bytes) => Self::MessagePack(bytes),
            wit::types::Document::Json(text) => Self::Json(text),
        }
    }
}

impl From<Document> for wit::types::Document {
    fn from(document: Document) -> Self {
        match document {
            Document::MessagePack(bytes) => Self::MessagePack(bytes),
            Document::Json(text) => Self::Json(text),
        }
    }
}

impl From<wit::types::Payload> for Payload {
    fn from(payload: wit::types::Payload) -> Self {
        match payload {
            wit::types::Payload::Empty => Self::Empty,
            wit::types::Payload::Value(value) => Self::Value(value.into()),
            wit::types::Payload::Values(values) => Self::Values(values.into_iter().map(Into::into).collect()),
            wit::types::Payload::Raw(bytes) => Self::Raw(bytes),
        }
    }
}

impl From<Payload> for wit::types::Payload {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::Empty => Self::Empty,
            Payload::Value(value) => Self::Value(value.into()),
            Payload::Values(values) => Self::Values(values.into_iter().map(Into::into).collect()),
            Payload::Raw(bytes) => Self::Raw(bytes),
        }
    }
}

impl From<wit::types::Encoding> for Encoding {
    fn from(encoding: wit::types::Encoding) -> Self {
        match encoding {
            wit::types::Encoding::MessagePack => Self::MessagePack,
            wit::types::Encoding::Json => Self::Json,
        }
    }
}

impl From<wit::types::Rejection> for HookError {
    fn from(rejection: wit::types::Rejection) -> Self {
        match rejection {
            wit::types::Rejection::Refused(wit::types::Refusal { code, message }) => {
                Self::Refusal(Refusal { code, message })
            }
            wit::types::Rejection::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<wit::room::Audience> for Audience {
    fn from(audience: wit::room::Audience) -> Self {
        Self {
            groups: audience.groups,
            except: audience.except,
        }
    }
}

impl From<wit::room::SendOptions> for SendOptions {
    fn from(options: wit::room::SendOptions) -> Self {
        let pairs = [
            (wit::room::SendOptions::AFTER_NEXT_PATCH, Self::AFTER_NEXT_PATCH),
            (wit::room::SendOptions::VOLATILE, Self::VOLATILE),
        ];
        let set = pairs.into_iter().filter(|(theirs, _)| options.contains(*theirs));
        set.fold(Self::NONE, |all, (_, ours)| all | ours)
    }
}

impl From<wit::log::Level> for LogLevel {
    fn from(level: wit::log::Level) -> Self {
        match level {
            wit::log::Level::Debug => Self::Debug,
            wit::log::Level::Info => Self::Info,
            wit::log::Level::Warn => Self::Warn,
            wit::log::Level::Error => Self::Error,
        }
    }
}

impl From<ClientError> for wit::clients::ClientError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::NoSuchClient => Self::NoSuchClient,
            ClientError::QueueFull => Self::QueueFull,
            ClientError::TooManyGroups => Self::TooManyGroups,
        }
    }
}

impl From<IdError> for wit::room::IdError {
    fn from(error: IdError) -> Self {
        match error {
            IdError::Taken => Self::Taken,
            IdError::NotValid => Self::NotValid,
            IdError::TooLate => Self::TooLate,
        }
    }
}

impl From<ViewError> for wit::views::ViewError {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::NoSuchClient => Self::NoSuchClient,
            ViewError::NoSuchNode => Self::NoSuchNode,
            ViewError::TooMuch => Self::TooMuch,
            ViewError::NoState => Self::NoState,
        }
    }
}

impl From<Refusal> for wit::types::Refusal {
    fn from(Refusal { code, message }: Refusal) -> Self {
        Self { code, message }
    }
}

impl From<wit::room::Matchmaking> for MatchmakingChanges {
    fn from(changes: wit::room::Matchmaking) -> Self {
        let limit = |limit| match limit {
            wit::room::ClientLimit::Unlimited => ClientLimit::Unlimited,
            wit::room::ClientLimit::AtMost(clients) => ClientLimit::AtMost(clients),
        };
        Self {
            metadata: changes.metadata.map(Into::into),
            private: changes.private,
            unlisted: changes.unlisted,
            locked: changes.locked,
            max_clients: changes.max_clients.map(limit),
        }
    }
}

impl From<RoomMessage> for hooks::RoomMessage {
    fn from(message: RoomMessage) -> Self {
        let RoomMessage {
            sender,
            sender_type,
            kind,
            payload,
            expects_reply,
        } = message;
        Self {
            sender,
            sender_type,
            type_: kind.into(),
            payload: payload.into(),
            expects_reply,
        }
    }
}

impl From<JoinRequest> for hooks::JoinRequest {
    fn from(request: JoinRequest) -> Self {
        let JoinRequest {
            room_type,
            options,
            token,
            headers,
            remote_address,
        } = request;
        Self {
            room_type,
            options: options.into(),
            token,
            headers,
            remote_address,
        }
    }
}

impl From<JoiningClient> for hooks::JoiningClient {
    fn from(client: JoiningClient) -> Self {
        let JoiningClient {
            session,
            options,
            auth,
        } = client;
        Self {
            session,
            options: options.into(),
            auth: auth.map(Into::into),
        }
    }
}

impl From<Message> for hooks::Message {
    fn from(message: Message) -> Self {
        let Message {
            sender,
            kind,
            payload,
            expects_reply,
        } = message;
        Self {
            sender,
            type_: kind.into(),
            payload: payload.into(),
            expects_reply,
        }
    }
}

impl From<hooks::HeldSeat> for HeldSeat {
    fn from(seat: hooks::HeldSeat) -> Self {
        match seat {
            hooks::HeldSeat::Release => Self::Release,
            hooks::HeldSeat::HoldFor(milliseconds) => Self::HoldFor(milliseconds),
            hooks::HeldSeat::HoldUntilReleased => Self::HoldUntilReleased,
        }
    }
}

impl From<hooks::Saved> for Saved {
    fn from(saved: hooks::Saved) -> Self {
        match saved {
            hooks::Saved::Bytes(bytes) => Self::Bytes(bytes),
            hooks::Saved::Text(text) => Self::Text(text),
        }
    }
}

impl From<Saved> for hooks::Saved {
    fn from(saved: Saved) -> Self {
        match saved {
            Saved::Bytes(bytes) => Self::Bytes(bytes),
            Saved::Text(text) => Self::Text(text),
        }
    }
}

impl From<StateHandover> for hooks::StateHandover {
    fn from(state: StateHandover) -> Self {
        match state {
            StateHandover::Kept => Self::Kept,
            StateHandover::Emptied => Self::Emptied,
        }
    }
}
