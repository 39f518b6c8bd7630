//! Tells one build of a component from another.

use std::fmt;

use sha2::{Digest, Sha256};

/// Stands for a component's bytes: the first half of a SHA-256, too little against somebody who looks for two
/// builds of one id, and enough against chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BuildId([u8; 16]);

impl BuildId {
    /// The id of what is built into the host.
    pub const BUILT_IN: Self = Self([0; 16]);

    pub(crate) fn of(component: &[u8]) -> Self {
        let digest = Sha256::digest(component);
        let mut id = [0; 16];
        for (byte, from) in id.iter_mut().zip(digest) {
            *byte = from;
        }
        Self(id)
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for BuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
