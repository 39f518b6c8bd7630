//! Clients of SDK 0.15 look like those of 0.16, so they say who they are by the path of their endpoint:
//! `ws://host:port/compat015`. All routes are there a second time.

use parlor_protocol::ids::SeatForm;
use parlor_protocol::join::Dialect;

/// What the paths for SDK 0.15 begin with.
pub(crate) const PREFIX: &str = "/compat015";

/// Through which of the two doors a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// The one for all SDKs whose seats tell what they read.
    Main,
    /// The one for SDK 0.15.
    Compat015,
}

impl Door {
    /// What a client reads that came with a seat of this form; `flat` is what the operator set for the flat one.
    pub fn dialect(self, form: SeatForm, flat: Dialect) -> Dialect {
        match self {
            Self::Main => Dialect::for_seat(form, flat),
            Self::Compat015 => Dialect::Compat015,
        }
    }

    /// The address under which clients find the door on another host.
    pub fn beside(self, public_address: String) -> String {
        match self {
            Self::Main => public_address,
            Self::Compat015 => public_address + PREFIX,
        }
    }
}
