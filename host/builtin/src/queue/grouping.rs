//! Who plays with whom: plain functions of who waits and for how long.

use std::collections::HashMap;

/// The rules by which a queue makes groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Clients of a full group; at least 1.
    pub max_players: u32,
    /// After so many cycles a client would rather play in an incomplete group.
    pub max_waiting_cycles: u32,
    /// After so many cycles a client is put into a group whatever its rank.
    pub max_waiting_cycles_for_priority: u32,
    /// Clients of one team in a group, from 1 to `max_players`; none: teams do not matter.
    pub max_team_size: Option<u32>,
    /// Whether a group may play that is not full.
    pub incomplete_groups: IncompleteGroups,
}

/// Whether a group may play that is not full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncompleteGroups {
    /// It waits.
    Wait,
    /// It plays when somebody in it has waited for too long.
    Play,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            max_players: 4,
            max_waiting_cycles: 15,
            max_waiting_cycles_for_priority: 10,
            max_team_size: None,
            incomplete_groups: IncompleteGroups::Wait,
        }
    }
}

/// A client that waits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Candidate<'a> {
    /// Finite.
    pub rank: f64,
    pub team: Option<&'a str>,
    /// Cycles before this one in which it was not placed.
    pub cycles: u32,
}

/// Clients that fit together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// Places in the list of candidates.
    pub members: Vec<usize>,
    pub readiness: Readiness,
}

/// Whether a group is to play now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Waits,
    Plays,
}

/// Ranks this close always fit.
const CLOSE_RANKS: f64 = 10.0;
/// Ranks further apart fit as long as the difference is at most so many times the group's average.
const LARGEST_RATIO: f64 = 2.0;
/// A client that comes into an incomplete group has this many cycles to find a better one.
const CYCLES_BEFORE_INCOMPLETE: u32 = 1;
/// Groups that are still open and are looked at for one more unit, latest first.
const OPEN_GROUPS: usize = 64;

/// Clients that go into the same group: members of one team, or one client alone.
struct Unit<'a> {
    members: Vec<usize>,
    team: Option<&'a str>,
    rank_sum: f64,
    urgency: Urgency,
}

/// Whether ranks still matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    RanksMatter,
    /// Somebody has waited for so long that any company will do.
    AnyRank,
}

/// A group that is being put together.
struct Started<'a> {
    members: Vec<usize>,
    teams: Vec<&'a str>,
    rank_sum: f64,
    urgency: Urgency,
}

/// Puts every candidate into one group. Units are taken by rank, the lowest first, and go into the group that
/// was started last among those that take them; so the ranks of a group lie next to each other.
pub(crate) fn groups(rules: &Rules, candidates: &[Candidate<'_>]) -> Vec<Group> {
    let mut done = Vec::new();
    let mut open: Vec<Started<'_>> = Vec::new();
    for unit in units(rules, candidates) {
        let taking = open
            .iter()
            .rev()
            .take(OPEN_GROUPS)
            .position(|group| group.takes(&unit, rules));
        let place = match taking {
            Some(from_end) => open.len() - 1 - from_end,
            None => {
                open.push(Started::new());
                open.len() - 1
            }
        };
        let full = open.get_mut(place).is_some_and(|group| {
            group.add(unit);
            group.members.len() >= rules.max_players as usize
        });
        if full {
            done.push(open.remove(place).finish(Readiness::Plays));
        }
    }
    let incomplete = open.into_iter().map(|group| {
        let readiness = incomplete_readiness(rules, &group.members, candidates);
        group.finish(readiness)
    });
    done.extend(incomplete);
    done
}

fn incomplete_readiness(rules: &Rules, members: &[usize], candidates: &[Candidate<'_>]) -> Readiness {
    let cycles = || {
        members
            .iter()
            .filter_map(|at| candidates.get(*at))
            .map(|one| one.cycles)
    };
    let impatient = cycles().any(|cycles| cycles >= rules.max_waiting_cycles);
    let settled = cycles().all(|cycles| cycles >= CYCLES_BEFORE_INCOMPLETE);
    if rules.incomplete_groups == IncompleteGroups::Play && impatient && settled {
        Readiness::Plays
    } else {
        Readiness::Waits
    }
}

/// The candidates as units, those of the lowest average rank first. A team that is larger than
/// it may be in one group becomes several units.
fn units<'a>(rules: &Rules, candidates: &[Candidate<'a>]) -> Vec<Unit<'a>> {
    let mut by_rank: Vec<(usize, &Candidate<'a>)> = candidates.iter().enumerate().collect();
    by_rank.sort_by(|(_, a), (_, b)| a.rank.total_cmp(&b.rank));
    let mut units: Vec<Unit<'a>> = Vec::new();
    // Of each team, the unit that takes more.
    let mut unfinished: HashMap<&str, usize> = HashMap::new();
    for (at, candidate) in by_rank {
        let team = candidate.team.zip(rules.max_team_size);
        let known = team
            .and_then(|(team, size)| Some((*unfinished.get(team)?, size)))
            .and_then(|(place, size)| Some((units.get_mut(place)?, size)))
            .filter(|(unit, size)| unit.members.len() < *size as usize);
        match known {
            Some((unit, _)) => unit.add(at, candidate, rules),
            None => {
                let mut unit = Unit::new(team.map(|(team, _)| team));
                unit.add(at, candidate, rules);
                if let Some((team, _)) = team {
                    unfinished.insert(team, units.len());
                }
                units.push(unit);
            }
        }
    }
    units.sort_by(|a, b| a.average().total_cmp(&b.average()));
    units
}

impl<'a> Unit<'a> {
    fn new(team: Option<&'a str>) -> Self {
        Self {
            members: Vec::new(),
            team,
            rank_sum: 0.0,
            urgency: Urgency::RanksMatter,
        }
    }

    fn add(&mut self, at: usize, candidate: &Candidate<'_>, rules: &Rules) {
        self.members.push(at);
        self.rank_sum += candidate.rank;
        if candidate.cycles >= rules.max_waiting_cycles_for_priority {
            self.urgency = Urgency::AnyRank;
        }
    }

    fn average(&self) -> f64 {
        self.rank_sum / self.members.len() as f64
    }
}

impl<'a> Started<'a> {
    fn new() -> Self {
        Self {
            members: Vec::new(),
            teams: Vec::new(),
            rank_sum: 0.0,
            urgency: Urgency::RanksMatter,
        }
    }

    fn takes(&self, unit: &Unit<'_>, rules: &Rules) -> bool {
        let fits = self.members.len() + unit.members.len() <= rules.max_players as usize;
        // The rest of a large team plays elsewhere, not against its own.
        let opposed = unit.team.is_none_or(|team| !self.teams.contains(&team));
        let any_rank = self.urgency.max(unit.urgency) == Urgency::AnyRank;
        let average = self.rank_sum / self.members.len() as f64;
        fits && opposed && (any_rank || ranks_fit(unit.average(), average))
    }

    fn add(&mut self, unit: Unit<'a>) {
        self.members.extend(unit.members);
        self.teams.extend(unit.team);
        self.rank_sum += unit.rank_sum;
        self.urgency = self.urgency.max(unit.urgency);
    }

    fn finish(self, readiness: Readiness) -> Group {
        Group {
            members: self.members,
            readiness,
        }
    }
}

fn ranks_fit(rank: f64, average: f64) -> bool {
    let difference = (rank - average).abs();
    difference < CLOSE_RANKS || difference <= LARGEST_RATIO * average.abs()
}

#[cfg(test)]
mod tests;
