//! The file that says what clients do.

use std::path::Path;
use std::time::Duration;

use parlor_loadclient::{Endpoint, Entrance, ObjectForm, payload};
use parlor_protocol::{ClientFrame, MessageType};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use toml::Spanned;

use crate::config::source::{ConfigError, Source, plain_value};
use crate::config::units::TimeSpan;

/// Faster than this no client is meant to be; more clients are.
const FASTEST: Duration = Duration::from_millis(1);

/// What the clients of a load test do.
#[derive(Debug, Clone)]
pub struct Script {
    /// Where the server is.
    pub endpoint: Endpoint,
    /// The room type, or the room's id for [`Entering::JoinById`].
    pub room: String,
    /// How clients come in.
    pub enter: Entering,
    /// Join options of every client.
    pub options: Value,
    /// For the Authorization header.
    pub token: Option<String>,
    /// How many clients.
    pub clients: u32,
    /// They come evenly in this time.
    pub arrive_within: Duration,
    /// How long they play when all have come.
    pub time: Duration,
    /// What each of them sends.
    pub sends: Vec<Send>,
}

/// Something that a client sends again and again.
#[derive(Debug, Clone)]
pub struct Send {
    /// From one time to the next.
    pub every: Duration,
    /// Whether an answer is wanted.
    pub kind: Kind,
}

/// What becomes of a message.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Nothing comes back, or nothing that is waited for. The whole frame.
    Message(Vec<u8>),
    /// The room sends its sender a message that begins with these bytes: opcode and type. Frame and beginning.
    Answered(Vec<u8>, Vec<u8>),
    /// A request: type and payload.
    Request(MessageType, Vec<u8>),
}

/// By which method of the matchmaker clients come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entering {
    /// Into a room that has a place, or a new one.
    JoinOrCreate,
    /// Into a room of its own.
    Create,
    /// Into a room that is there.
    Join,
    /// Into the room with this id.
    JoinById,
}

impl Entering {
    /// The question to the matchmaker.
    pub fn entrance(self, room: &str) -> Entrance<'_> {
        match self {
            Self::JoinOrCreate => Entrance::JoinOrCreate(room),
            Self::Create => Entrance::Create(room),
            Self::Join => Entrance::Join(room),
            Self::JoinById => Entrance::JoinById(room),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ScriptDocument {
    endpoint: Option<Spanned<String>>,
    room: Spanned<String>,
    enter: Option<Entering>,
    options: Option<Spanned<toml::Value>>,
    token: Option<String>,
    clients: Option<Spanned<u32>>,
    arrive_within: Option<TimeSpan>,
    time: Option<TimeSpan>,
    #[serde(default)]
    send: Vec<SendSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SendSection {
    #[serde(rename = "type")]
    name: Spanned<TypeName>,
    payload: Option<Spanned<toml::Value>>,
    every: Spanned<TimeSpan>,
    #[serde(default)]
    request: bool,
    answered_by: Option<Spanned<TypeName>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a text or a number from 0 to 4294967295")]
enum TypeName {
    Number(u32),
    Text(String),
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// What is wrong in the file, and where.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let source = Source::read(path)?;
        let document: ScriptDocument = source.parse()?;
        let endpoint = match document.endpoint {
            Some(text) => text
                .get_ref()
                .parse()
                .map_err(|error: parlor_loadclient::EndpointError| {
                    source.complaint(text.span(), error.to_string())
                })?,
            None => Endpoint::at("127.0.0.1:2567"),
        };
        let room = document.room;
        let in_a_path = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if room.get_ref().is_empty() || !room.get_ref().chars().all(in_a_path) {
            return Err(source.complaint(room.span(), "letters, digits, - and _ make a room's name"));
        }
        let clients = match document.clients {
            Some(clients) if *clients.get_ref() == 0 => {
                return Err(source.complaint(clients.span(), "0 will not do; at least 1 client plays"));
            }
            Some(clients) => clients.into_inner(),
            None => 1,
        };
        let sends = document.send.into_iter().map(|section| section.read(&source));
        Ok(Self {
            endpoint,
            room: room.into_inner(),
            enter: document.enter.unwrap_or(Entering::JoinOrCreate),
            options: read_options(&source, document.options)?,
            token: document.token,
            clients,
            arrive_within: document
                .arrive_within
                .map_or(Duration::from_secs(1), |time| time.0),
            time: document.time.map_or(Duration::from_secs(10), |time| time.0),
            sends: sends.collect::<Result<_, _>>()?,
        })
    }
}

impl SendSection {
    fn read(self, source: &Source) -> Result<Send, ConfigError> {
        let kind = message_type(source, self.name)?;
        if self.every.get_ref().0 < FASTEST {
            return Err(source.complaint(self.every.span(), "shorter than \"1ms\"; let more clients play"));
        }
        let payload = match self.payload {
            Some(value) => payload(&read_value(source, value)?, ObjectForm::Record),
            None => Vec::new(),
        };
        let kind = match (self.request, self.answered_by) {
            (true, Some(answer)) => {
                let message = "a request is answered by its reply; leave out `answered-by` or `request`";
                return Err(source.complaint(answer.span(), message));
            }
            (true, None) => Kind::Request(kind, payload),
            (false, Some(answer)) => {
                let answer = message_frame(message_type(source, answer)?, Vec::new());
                Kind::Answered(message_frame(kind, payload), answer)
            }
            (false, None) => Kind::Message(message_frame(kind, payload)),
        };
        Ok(Send {
            every: self.every.into_inner().0,
            kind,
        })
    }
}

fn message_frame(kind: MessageType, payload: Vec<u8>) -> Vec<u8> {
    let payload = (!payload.is_empty()).then_some(payload);
    ClientFrame::Message { kind, payload }.encode().to_vec()
}

fn message_type(source: &Source, name: Spanned<TypeName>) -> Result<MessageType, ConfigError> {
    let span = name.span();
    match name.into_inner() {
        TypeName::Number(number) => Ok(MessageType::from(number)),
        TypeName::Text(text) => {
            MessageType::text(&text).map_err(|error| source.complaint(span, error.to_string()))
        }
    }
}

fn read_options(source: &Source, options: Option<Spanned<toml::Value>>) -> Result<Value, ConfigError> {
    let Some(options) = options else {
        return Ok(json!(Map::new()));
    };
    let span = options.span();
    match read_value(source, options)? {
        options @ Value::Object(_) => Ok(options),
        _ => Err(source.complaint(span, "options are a table, like { mode = \"duo\" }")),
    }
}

fn read_value(source: &Source, value: Spanned<toml::Value>) -> Result<Value, ConfigError> {
    let span = value.span();
    plain_value(value.into_inner()).map_err(|fault| source.complaint(span, fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Script, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("load.toml");
        std::fs::write(&file, text).unwrap();
        Script::read(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn a_script_says_little_and_gets_the_rest() {
        let script = read("room = \"duel\"").unwrap();
        assert_eq!(script.endpoint.to_string(), "http://127.0.0.1:2567");
        assert_eq!((script.clients, script.enter), (1, Entering::JoinOrCreate));
        assert_eq!(script.options, json!({}));
        assert!(script.sends.is_empty());
    }

    #[test]
    fn messages_are_written_once_as_an_sdk_writes_them() {
        let script = read(
            "room = \"duel\"\n[[send]]\ntype = \"a\"\npayload = { b = 1 }\nevery = \"1s\"\nanswered-by = 7\n\
             [[send]]\ntype = 3\nevery = \"50ms\"\nrequest = true\n",
        );
        let sends = script.unwrap().sends;
        let Kind::Answered(frame, answer) = &sends[0].kind else {
            panic!("{sends:?}");
        };
        assert_eq!(frame, b"\x0d\xa1a\xd4\x72\x40\x91\xa1b\x01");
        assert_eq!(answer, b"\x0d\x07");
        assert!(
            matches!(&sends[1].kind, Kind::Request(MessageType::Number(3), payload) if payload.is_empty())
        );
        assert_eq!(sends[1].every, Duration::from_millis(50));
    }

    #[test]
    fn the_script_in_the_documentation_is_one() {
        let page = include_str!("../../../../docs/load-testing.md");
        let text = page
            .split("```toml\n")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap();
        let script = read(text).unwrap();
        assert_eq!((script.clients, script.sends.len()), (200, 2));
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let send = |line: &str| format!("room = \"duel\"\n[[send]]\n{line}\n");
        let cases = [
            (String::new(), "missing field `room`"),
            ("room = \"a/b\"".to_owned(), "letters, digits"),
            ("room = \"duel\"\nclients = 0".to_owned(), "2:11"),
            ("room = \"duel\"\nendpoint = \"wss://host\"".to_owned(), "no TLS"),
            ("room = \"duel\"\nenter = \"jump\"".to_owned(), "join-or-create"),
            ("room = \"duel\"\noptions = 1".to_owned(), "a table"),
            ("room = \"duel\"\nclient = 1".to_owned(), "client"),
            (send("type = \"\"\nevery = \"1s\""), "message type is empty"),
            (send("type = -1\nevery = \"1s\""), "a text or a number"),
            (send("type = \"a\"\nevery = \"1us\""), "more clients"),
            (send("type = \"a\"\nevery = \"1s\"\npayload = 1979-05-27"), "date"),
            (
                send("type = \"a\"\nevery = \"1s\"\nrequest = true\nanswered-by = \"b\""),
                "leave out",
            ),
        ];
        for (text, wanted) in cases {
            let error = read(&text).unwrap_err();
            assert!(error.contains(wanted), "{text}\n{error}");
        }
    }
}
