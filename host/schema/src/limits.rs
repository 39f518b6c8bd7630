//! Bounds of a state tree.

/// How large a [`StateTree`](crate::StateTree) may grow and how much work one batch may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeLimits {
    /// Most values in the tree. An instance counts one for itself and one for each of its fields, an
    /// entry or element counts one.
    pub max_values: u64,
    /// Most bytes of text in the tree: values and map keys together.
    pub max_text_bytes: u64,
    /// Most steps that one batch may take beyond one for each change: elements moved by inserting into
    /// and removing from arrays, instances visited to rule out circles. A step takes a few nanoseconds.
    pub max_batch_steps: u64,
    /// Most pairs of instance and tag that may be shown to one client. A pair takes about 100 bytes.
    pub max_shown: usize,
}

impl TreeLimits {
    /// For what was within bounds before.
    pub(crate) const UNBOUNDED: Self = Self {
        max_values: u64::MAX,
        max_text_bytes: u64::MAX,
        max_batch_steps: u64::MAX,
        max_shown: usize::MAX,
    };
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self {
            max_values: 1_000_000,
            max_text_bytes: 64 << 20,
            max_batch_steps: 50_000_000,
            max_shown: 65_536,
        }
    }
}
