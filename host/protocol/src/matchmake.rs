//! Matchmaking over HTTP: what is asked, and the JSON of the answers (§1).

mod error;
mod listing;
mod method;
mod options;
mod seat;

pub use error::MatchmakeError;
pub use listing::RoomListing;
pub use method::Method;
pub use options::ClientOptions;
pub use seat::SeatReply;
