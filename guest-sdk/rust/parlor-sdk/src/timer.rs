//! Timers. They live in the host and come back to the room as values.

use crate::bindings::parlor::room::clock as wit;
use crate::data::Document;
use serde::{Deserialize, Serialize};

/// A timer that was set. May be kept in the room; costs nothing to forget. The functions do
/// nothing when it has fired for the last time or was cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimerHandle(u32);

impl TimerHandle {
    pub(crate) fn after(milliseconds: u32, timer: &impl Serialize) -> Self {
        let (tag, payload) = parts(timer);
        Self(wit::set_timeout(&tag, payload.as_ref(), milliseconds))
    }

    pub(crate) fn every(milliseconds: u32, timer: &impl Serialize) -> Self {
        let (tag, payload) = parts(timer);
        Self(wit::set_interval(&tag, payload.as_ref(), milliseconds))
    }

    /// Ends the timer.
    pub fn clear(self) {
        wit::clear(self.0);
    }

    /// Holds the timer with the time that it still has to go.
    pub fn pause(self) {
        wit::pause(self.0);
    }

    /// Lets a held timer go on.
    pub fn resume(self) {
        wit::resume(self.0);
    }

    /// Starts the timer anew with its whole time.
    pub fn reset(self) {
        wit::reset(self.0);
    }

    /// Milliseconds that the timer has run since it was set, was reset or last fired, held time not counted; none when it
    /// is no more.
    pub fn elapsed(self) -> Option<f64> {
        wit::timer_elapsed(self.0)
    }
}

/// The tag is for people who look at a room's timers; what comes back is read from the payload.
fn parts(timer: &impl Serialize) -> (String, Option<wit::Document>) {
    let document = Document::of(timer);
    (tag(&document), Some(document.into_wit()))
}

/// The variant's name, if it is an enum.
fn tag(timer: &Document) -> String {
    struct Tag(String);
    impl<'de> Deserialize<'de> for Tag {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Name;
            impl<'de> serde::de::Visitor<'de> for Name {
                type Value = Tag;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an enum")
                }
                fn visit_str<E>(self, text: &str) -> Result<Tag, E> {
                    Ok(Tag(text.to_owned()))
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Tag, A::Error> {
                    let mut tag = Tag(String::new());
                    while let Some((name, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                        tag = Tag(name);
                    }
                    Ok(tag)
                }
            }
            deserializer.deserialize_any(Name)
        }
    }
    timer.read().map_or_else(|_| "timer".to_owned(), |Tag(name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_the_names_of_variants() {
        #[derive(Serialize)]
        enum Timer {
            Start,
            RoundOver { round: u32 },
        }
        let cases = [
            (Document::of(&Timer::Start), "Start"),
            (Document::of(&Timer::RoundOver { round: 2 }), "RoundOver"),
            (Document::of(&5), "timer"),
        ];
        for (document, expected) in cases {
            assert_eq!(tag(&document), expected);
        }
    }
}
