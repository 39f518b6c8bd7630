use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn waiting(rank: f64) -> Candidate<'static> {
    Candidate {
        rank,
        team: None,
        cycles: 0,
    }
}

fn in_team(rank: f64, team: &str) -> Candidate<'_> {
    Candidate {
        team: Some(team),
        ..waiting(rank)
    }
}

fn since(rank: f64, cycles: u32) -> Candidate<'static> {
    Candidate {
        cycles,
        ..waiting(rank)
    }
}

/// Members by group, those that play first.
fn made(rules: &Rules, candidates: &[Candidate<'_>]) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let (playing, waiting): (Vec<_>, Vec<_>) = groups(rules, candidates)
        .into_iter()
        .partition(|group| group.readiness == Readiness::Plays);
    let members = |groups: Vec<Group>| groups.into_iter().map(|group| group.members).collect();
    (members(playing), members(waiting))
}

fn two_by_two() -> Rules {
    Rules {
        max_team_size: Some(2),
        ..Rules::default()
    }
}

#[test]
fn ranks_that_are_close_or_in_proportion_play_together() {
    let rules = Rules::default();
    type Made = (Vec<Vec<usize>>, Vec<Vec<usize>>);
    let cases: [(&str, &[f64], Made); 6] = [
        ("the same", &[5.0; 4], (vec![vec![0, 1, 2, 3]], vec![])),
        ("none at all", &[0.0; 5], (vec![vec![0, 1, 2, 3]], vec![vec![4]])),
        (
            "less than ten apart",
            &[0.0, 9.0, 4.0, 9.9],
            (vec![vec![0, 2, 1, 3]], vec![]),
        ),
        (
            "three times the average",
            &[100.0, 300.0],
            (vec![], vec![vec![0, 1]]),
        ),
        (
            "more than that",
            &[100.0, 301.0],
            (vec![], vec![vec![0], vec![1]]),
        ),
        (
            "two leagues",
            &[1.0, 1000.0, 2.0, 1001.0, 3.0, 1002.0, 4.0, 1003.0],
            (vec![vec![0, 2, 4, 6], vec![1, 3, 5, 7]], vec![]),
        ),
    ];
    for (what, ranks, expected) in cases {
        let candidates: Vec<_> = ranks.iter().copied().map(waiting).collect();
        assert_eq!(made(&rules, &candidates), expected, "{what}");
    }
}

#[test]
fn who_has_waited_long_plays_with_any_rank() {
    let rules = Rules {
        max_players: 2,
        ..Rules::default()
    };
    let enough = rules.max_waiting_cycles_for_priority;
    for (low, high, together) in [
        (enough, 0, true),
        (0, enough, true),
        (enough - 1, enough - 1, false),
    ] {
        let (playing, _) = made(&rules, &[since(1.0, low), since(5000.0, high)]);
        assert_eq!(playing.len(), usize::from(together), "{low} and {high} cycles");
    }
}

#[test]
fn incomplete_groups_play_only_if_they_may() {
    let may = Rules {
        incomplete_groups: IncompleteGroups::Play,
        ..Rules::default()
    };
    let must_not = Rules::default();
    let long = may.max_waiting_cycles;
    for (what, rules, cycles, plays) in [
        ("somebody waited too long", &may, &[long, 1] as &[u32], true),
        ("alone", &may, &[long], true),
        ("nobody did yet", &may, &[long - 1, 5], false),
        ("one has only just come", &may, &[long, 0], false),
        ("the operator does not want it", &must_not, &[long, long], false),
    ] {
        let candidates: Vec<_> = cycles.iter().map(|cycles| since(1.0, *cycles)).collect();
        let (playing, _) = made(rules, &candidates);
        assert_eq!(playing.len(), usize::from(plays), "{what}");
    }
}

#[test]
fn teams_play_against_others() {
    let (playing, waiting) = made(
        &two_by_two(),
        &[
            in_team(1.0, "red"),
            in_team(1.0, "blue"),
            in_team(2.0, "red"),
            in_team(2.0, "blue"),
        ],
    );
    assert_eq!(playing, [vec![0, 2, 1, 3]]);
    assert!(waiting.is_empty());
}

#[test]
fn a_team_does_not_play_against_itself() {
    let team = [
        in_team(1.0, "red"),
        in_team(1.0, "red"),
        in_team(1.0, "red"),
        in_team(1.0, "red"),
    ];
    let (playing, waiting) = made(&two_by_two(), &team);
    assert!(playing.is_empty());
    assert_eq!(waiting, [vec![0, 1], vec![2, 3]]);
}

#[test]
fn clients_without_a_team_fill_up() {
    let candidates = [
        in_team(1.0, "red"),
        in_team(1.0, "red"),
        waiting(1.0),
        waiting(1.0),
    ];
    assert_eq!(made(&two_by_two(), &candidates).0.len(), 1);
    // A team goes where it fits; the gap before it is filled by who comes later.
    let three = Rules {
        max_team_size: Some(3),
        ..Rules::default()
    };
    let candidates = [
        in_team(1.0, "a"),
        in_team(1.0, "a"),
        in_team(1.0, "a"),
        in_team(1.1, "b"),
        in_team(1.1, "b"),
        waiting(1.2),
        waiting(1.2),
        waiting(1.2),
    ];
    let (playing, waiting) = made(&three, &candidates);
    assert_eq!(playing, [vec![3, 4, 5, 6], vec![0, 1, 2, 7]]);
    assert!(waiting.is_empty());
}

#[test]
fn teams_do_not_matter_unless_they_have_a_size() {
    let candidates = [
        in_team(1.0, "a"),
        in_team(1.0, "b"),
        in_team(1.0, "a"),
        in_team(1.0, "a"),
    ];
    assert_eq!(made(&Rules::default(), &candidates).0.len(), 1);
}

fn any_rules() -> impl Strategy<Value = Rules> {
    (1..7u32, 0..6u32, 0..6u32, any::<bool>(), any::<bool>()).prop_flat_map(
        |(max_players, max_waiting_cycles, priority, play, teams)| {
            (1..=max_players).prop_map(move |size| Rules {
                max_players,
                max_waiting_cycles,
                max_waiting_cycles_for_priority: priority,
                max_team_size: teams.then_some(size),
                incomplete_groups: if play {
                    IncompleteGroups::Play
                } else {
                    IncompleteGroups::Wait
                },
            })
        },
    )
}

const TEAMS: [Option<&str>; 6] = [None, None, Some("a"), Some("b"), Some("c"), Some("d")];

fn anybody() -> impl Strategy<Value = Candidate<'static>> {
    let rank = prop_oneof![
        (0..40i32).prop_map(f64::from),
        (-2000..2000i32).prop_map(f64::from),
        any::<f64>().prop_filter("finite", |rank| rank.is_finite()),
    ];
    (rank, 0..TEAMS.len(), 0..8u32).prop_map(|(rank, team, cycles)| Candidate {
        rank,
        team: TEAMS[team],
        cycles,
    })
}

proptest! {
    #[test]
    fn nobody_is_lost_and_the_rules_are_kept(
        rules in any_rules(),
        candidates in prop::collection::vec(anybody(), 0..60),
    ) {
        let groups = groups(&rules, &candidates);
        let mut placed: Vec<usize> = groups.iter().flat_map(|group| group.members.clone()).collect();
        placed.sort_unstable();
        prop_assert_eq!(placed, (0..candidates.len()).collect::<Vec<_>>());

        let mut largest: HashMap<&str, usize> = HashMap::new();
        for group in &groups {
            let size = group.members.len();
            prop_assert!(size >= 1 && size <= rules.max_players as usize);
            let full = size == rules.max_players as usize;
            let cycles: Vec<u32> = group.members.iter().map(|at| candidates[*at].cycles).collect();
            let may_play = rules.incomplete_groups == IncompleteGroups::Play
                && cycles.iter().any(|cycles| *cycles >= rules.max_waiting_cycles);
            match group.readiness {
                Readiness::Plays => prop_assert!(full || may_play),
                Readiness::Waits => prop_assert!(!full),
            }
            if let Some(team_size) = rules.max_team_size {
                let mut teams: HashMap<&str, usize> = HashMap::new();
                for team in group.members.iter().filter_map(|at| candidates[*at].team) {
                    *teams.entry(team).or_default() += 1;
                }
                for (team, size) in teams {
                    prop_assert!(size <= team_size as usize);
                    let known = largest.entry(team).or_default();
                    *known = size.max(*known);
                }
            }
        }
        if let Some(team_size) = rules.max_team_size {
            for (team, size) in largest {
                // As many of a team are together as may be: all of it, if it is not too large.
                let whole = candidates.iter().filter(|one| one.team == Some(team)).count();
                prop_assert_eq!(size, whole.min(team_size as usize));
            }
        }
    }
}
