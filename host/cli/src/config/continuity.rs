//! `[rooms.NAME.recovery]` and `[rooms.NAME.reload]` of `parlor.toml`: how rooms go on after a trap, and how they
//! take to a new version of their code.

use parlor_matchmaker::{Rollout, Share};
use parlor_room::settings::{OnTrap, Recovery, StateChanges, TrialRules};
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::settings::PatchInterval;
use super::units::TimeSpan;

/// What becomes of a room whose code trapped.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RecoverySection {
    on_trap: Option<OnTrapName>,
    max_recoveries: Option<u32>,
    window: Option<TimeSpan>,
    pause: Option<TimeSpan>,
    checkpoint_interval: Option<PatchInterval>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OnTrapName {
    Restart,
    Fresh,
    Close,
}

/// How a new version is brought in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ReloadSection {
    trial_calls: Option<u32>,
    trial_time: Option<TimeSpan>,
    canary: Option<Percent>,
    canary_time: Option<TimeSpan>,
    max_fallbacks: Option<u32>,
    state_changes: Option<StateChangesName>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StateChangesName {
    All,
    Readable,
    None,
}

#[derive(Debug, Clone, Copy)]
struct Percent(Share);

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let share = u8::try_from(number).ok().and_then(Share::percent);
        share.map(Self).ok_or_else(|| {
            de::Error::custom(format!(
                "{number} is no share of the rooms; percent, from 1 to 100"
            ))
        })
    }
}

impl RecoverySection {
    pub fn recovery(&self) -> Recovery {
        let default = Recovery::default();
        Recovery {
            on_trap: match self.on_trap {
                None => default.on_trap,
                Some(OnTrapName::Restart) => OnTrap::Restart,
                Some(OnTrapName::Fresh) => OnTrap::Fresh,
                Some(OnTrapName::Close) => OnTrap::Close,
            },
            budget: self.max_recoveries.unwrap_or(default.budget),
            window: self.window.map_or(default.window, |span| span.0),
            backoff: self.pause.map_or(default.backoff, |span| span.0),
            checkpoint_interval: match self.checkpoint_interval {
                None => default.checkpoint_interval,
                Some(PatchInterval::Never) => None,
                Some(PatchInterval::Every(span)) => Some(span.0),
            },
        }
    }
}

impl ReloadSection {
    pub fn trial(&self) -> TrialRules {
        let default = TrialRules::default();
        TrialRules {
            calls: self.trial_calls.unwrap_or(default.calls),
            time: self.trial_time.map_or(default.time, |span| span.0),
        }
    }

    pub fn state_changes(&self) -> StateChanges {
        match self.state_changes {
            None | Some(StateChangesName::All) => StateChanges::All,
            Some(StateChangesName::Readable) => StateChanges::Readable,
            Some(StateChangesName::None) => StateChanges::None,
        }
    }

    pub fn rollout(&self) -> Rollout {
        let default = Rollout::default();
        Rollout {
            canary: self.canary.map_or(default.canary, |percent| percent.0),
            canary_time: self.canary_time.map_or(default.canary_time, |span| span.0),
            max_fallbacks: self.max_fallbacks.unwrap_or(default.max_fallbacks),
        }
    }
}
