//! The store against a plain model: any calls in any order give the same answers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use parlor_plugin::{ListEnd, PresenceError};
use proptest::prelude::*;

use super::values::Values;
use crate::presence::PresenceLimits;

/// Small, so that random calls meet the bounds.
const LIMITS: PresenceLimits = PresenceLimits {
    max_entries: 12,
    max_bytes: 60,
    max_key: 8,
    max_value: 64,
    max_message: 64,
    max_subscriptions: 4,
};

#[derive(Clone, Debug)]
enum Call {
    Wait(u64),
    FreeExpired(usize),
    Set(String, String, Option<u32>),
    Get(String),
    Remove(String),
    Exists(String),
    Expire(String, Option<u32>),
    Increment(String, i64),
    SetAdd(String, String),
    SetRemove(String, String),
    SetContains(String, String),
    SetMembers(String),
    SetSize(String),
    SetIntersection(Vec<String>),
    HashSet(String, String, String),
    HashGet(String, String),
    HashRemove(String, String),
    HashEntries(String),
    HashSize(String),
    HashIncrement(String, String, i64),
    ListPush(String, String, ListEnd),
    ListPop(String, ListEnd),
    ListLength(String),
}

/// What any call may answer.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Nothing,
    Truth(bool),
    Number(i64),
    Text(Option<String>),
    Texts(BTreeSet<String>),
    Entries(BTreeMap<String, String>),
}

#[derive(Debug, PartialEq)]
enum Failure {
    WrongKind,
    Full,
}

#[derive(Clone, Debug)]
enum Kept {
    Text(String),
    Set(BTreeSet<String>),
    Hash(BTreeMap<String, String>),
    List(VecDeque<String>),
}

impl Kept {
    fn texts(&self) -> Vec<usize> {
        match self {
            Self::Text(text) => vec![text.len()],
            Self::Set(set) => set.iter().map(String::len).collect(),
            Self::Hash(hash) => hash.iter().map(|(k, v)| k.len() + v.len()).collect(),
            Self::List(list) => list.iter().map(String::len).collect(),
        }
    }
}

/// Everything in one map; each call works on a copy, which becomes the map if it fits.
#[derive(Debug, Default)]
struct Model {
    now: u64,
    keys: BTreeMap<String, (Kept, Option<u64>)>,
}

type Outcome = Result<Answer, Failure>;

impl Model {
    fn size(keys: &BTreeMap<String, (Kept, Option<u64>)>) -> (usize, usize) {
        keys.iter().fold((0, 0), |(entries, bytes), (key, (kept, _))| {
            let texts = kept.texts();
            let here = key.len() + texts.iter().sum::<usize>();
            (entries + texts.len(), bytes + here)
        })
    }

    fn call(&mut self, call: &Call) -> Outcome {
        let now = self.now;
        self.keys
            .retain(|_, (_, deadline)| deadline.is_none_or(|deadline| deadline > now));
        let mut after = self.keys.clone();
        let answer = on(&mut after, now, call)?;
        after.retain(|_, (kept, _)| !kept.texts().is_empty());
        let (before, then) = (Self::size(&self.keys), Self::size(&after));
        let grown = |before: usize, then: usize, most: usize| then > before && then > most;
        if grown(before.0, then.0, LIMITS.max_entries) || grown(before.1, then.1, LIMITS.max_bytes) {
            return Err(Failure::Full);
        }
        self.keys = after;
        Ok(answer)
    }
}

macro_rules! kept {
    ($keys:ident, $key:expr, $kind:ident) => {
        match $keys.get_mut($key) {
            Some((Kept::$kind(this), _)) => Some(this),
            Some(_) => return Err(Failure::WrongKind),
            None => None,
        }
    };
    ($keys:ident, $key:expr, $kind:ident or new) => {
        match $keys
            .entry($key.clone())
            .or_insert_with(|| (Kept::$kind(Default::default()), None))
        {
            (Kept::$kind(this), _) => this,
            _ => return Err(Failure::WrongKind),
        }
    };
}

fn sum(text: Option<&String>, by: i64) -> Result<i64, Failure> {
    let number = text.map_or(Ok(0), |text| text.parse::<i64>());
    let number = number.map_err(|_| Failure::WrongKind)?;
    if text.is_some_and(|text| *text != number.to_string()) {
        return Err(Failure::WrongKind);
    }
    number.checked_add(by).ok_or(Failure::WrongKind)
}

fn on(keys: &mut BTreeMap<String, (Kept, Option<u64>)>, now: u64, call: &Call) -> Outcome {
    let number = |count: usize| Answer::Number(count as i64);
    Ok(match call {
        Call::Wait(_) | Call::FreeExpired(_) => Answer::Nothing,
        Call::Set(key, value, after) => {
            let deadline = after.map(|after| now + u64::from(after));
            keys.insert(key.clone(), (Kept::Text(value.clone()), deadline));
            Answer::Nothing
        }
        Call::Get(key) => Answer::Text(kept!(keys, key, Text).map(|text| text.clone())),
        Call::Remove(key) => Answer::Truth(keys.remove(key).is_some()),
        Call::Exists(key) => Answer::Truth(keys.contains_key(key)),
        Call::Expire(key, after) => Answer::Truth(match keys.get_mut(key) {
            Some((_, deadline)) => {
                *deadline = after.map(|after| now + u64::from(after));
                true
            }
            None => false,
        }),
        Call::Increment(key, by) => {
            let sum = sum(kept!(keys, key, Text).as_deref(), *by)?;
            *kept!(keys, key, Text or new) = sum.to_string();
            Answer::Number(sum)
        }
        Call::SetAdd(key, member) => Answer::Truth(kept!(keys, key, Set or new).insert(member.clone())),
        Call::SetRemove(key, member) => {
            Answer::Truth(kept!(keys, key, Set).is_some_and(|set| set.remove(member)))
        }
        Call::SetContains(key, member) => {
            Answer::Truth(kept!(keys, key, Set).is_some_and(|set| set.contains(member)))
        }
        Call::SetMembers(key) => Answer::Texts(kept!(keys, key, Set).cloned().unwrap_or_default()),
        Call::SetSize(key) => number(kept!(keys, key, Set).map_or(0, |set| set.len())),
        Call::SetIntersection(of) => {
            let mut sets = Vec::new();
            for key in of {
                sets.push(kept!(keys, key, Set).cloned().unwrap_or_default());
            }
            let common = sets.into_iter().reduce(|a, b| &a & &b);
            Answer::Texts(common.unwrap_or_default())
        }
        Call::HashSet(key, field, value) => {
            kept!(keys, key, Hash or new).insert(field.clone(), value.clone());
            Answer::Nothing
        }
        Call::HashGet(key, field) => {
            Answer::Text(kept!(keys, key, Hash).and_then(|hash| hash.get(field).cloned()))
        }
        Call::HashRemove(key, field) => {
            Answer::Truth(kept!(keys, key, Hash).is_some_and(|hash| hash.remove(field).is_some()))
        }
        Call::HashEntries(key) => Answer::Entries(kept!(keys, key, Hash).cloned().unwrap_or_default()),
        Call::HashSize(key) => number(kept!(keys, key, Hash).map_or(0, |hash| hash.len())),
        Call::HashIncrement(key, field, by) => {
            let sum = sum(kept!(keys, key, Hash).and_then(|hash| hash.get(field)), *by)?;
            kept!(keys, key, Hash or new).insert(field.clone(), sum.to_string());
            Answer::Number(sum)
        }
        Call::ListPush(key, value, at) => {
            let list = kept!(keys, key, List or new);
            match at {
                ListEnd::Front => list.push_front(value.clone()),
                ListEnd::Back => list.push_back(value.clone()),
            }
            number(list.len())
        }
        Call::ListPop(key, at) => Answer::Text(kept!(keys, key, List).and_then(|list| match at {
            ListEnd::Front => list.pop_front(),
            ListEnd::Back => list.pop_back(),
        })),
        Call::ListLength(key) => number(kept!(keys, key, List).map_or(0, |list| list.len())),
    })
}

/// The same call on the store.
fn on_store(values: &mut Values, now: Instant, call: Call) -> Outcome {
    let set = |texts: Vec<String>| {
        let count = texts.len();
        let texts: BTreeSet<String> = texts.into_iter().collect();
        assert_eq!(texts.len(), count, "something stands there twice");
        Answer::Texts(texts)
    };
    let number = |count: u32| Answer::Number(count.into());
    let answer = match call {
        Call::Wait(_) => Ok(Answer::Nothing),
        Call::FreeExpired(count) => {
            values.free_expired(now, count);
            Ok(Answer::Nothing)
        }
        Call::Set(key, value, after) => values.set(now, key, value, after).map(|()| Answer::Nothing),
        Call::Get(key) => values.get(now, key).map(Answer::Text),
        Call::Remove(key) => values.remove(now, key).map(Answer::Truth),
        Call::Exists(key) => values.exists(now, key).map(Answer::Truth),
        Call::Expire(key, after) => values.expire(now, key, after).map(Answer::Truth),
        Call::Increment(key, by) => values.increment(now, key, by).map(Answer::Number),
        Call::SetAdd(key, member) => values.set_add(now, key, member).map(Answer::Truth),
        Call::SetRemove(key, member) => values.set_remove(now, key, member).map(Answer::Truth),
        Call::SetContains(key, member) => values.set_contains(now, key, member).map(Answer::Truth),
        Call::SetMembers(key) => values.set_members(now, key).map(set),
        Call::SetSize(key) => values.set_size(now, key).map(number),
        Call::SetIntersection(keys) => values.set_intersection(now, keys).map(set),
        Call::HashSet(key, field, value) => values.hash_set(now, key, field, value).map(|()| Answer::Nothing),
        Call::HashGet(key, field) => values.hash_get(now, key, field).map(Answer::Text),
        Call::HashRemove(key, field) => values.hash_remove(now, key, field).map(Answer::Truth),
        Call::HashEntries(key) => values
            .hash_entries(now, key)
            .map(|entries| Answer::Entries(entries.into_iter().collect())),
        Call::HashSize(key) => values.hash_size(now, key).map(number),
        Call::HashIncrement(key, field, by) => values.hash_increment(now, key, field, by).map(Answer::Number),
        Call::ListPush(key, value, at) => values.list_push(now, key, value, at).map(number),
        Call::ListPop(key, at) => values.list_pop(now, key, at).map(Answer::Text),
        Call::ListLength(key) => values.list_length(now, key).map(number),
    };
    answer.map_err(|error| match error {
        PresenceError::WrongKind => Failure::WrongKind,
        PresenceError::Full(_) => Failure::Full,
        other => panic!("{other}"),
    })
}

fn calls() -> impl Strategy<Value = Call> {
    let key = || prop::sample::select(vec!["a", "b", "key"]).prop_map(str::to_owned);
    let text = || {
        let texts = vec![
            "",
            "x",
            "y",
            "7",
            "-7",
            "007",
            "+1",
            "9223372036854775807",
            "a long text of 24 bytes..",
        ];
        prop::sample::select(texts).prop_map(str::to_owned)
    };
    let by = || prop::sample::select(vec![1, -1, 40, i64::MAX, i64::MIN]);
    let after = || prop::option::of(0..20_u32);
    let end = || prop::sample::select(vec![ListEnd::Front, ListEnd::Back]);
    prop_oneof![
        (0..15_u64).prop_map(Call::Wait),
        (0..3_usize).prop_map(Call::FreeExpired),
        (key(), text(), after()).prop_map(|(k, v, t)| Call::Set(k, v, t)),
        key().prop_map(Call::Get),
        key().prop_map(Call::Remove),
        key().prop_map(Call::Exists),
        (key(), after()).prop_map(|(k, t)| Call::Expire(k, t)),
        (key(), by()).prop_map(|(k, n)| Call::Increment(k, n)),
        (key(), text()).prop_map(|(k, m)| Call::SetAdd(k, m)),
        (key(), text()).prop_map(|(k, m)| Call::SetAdd(k, m)),
        (key(), text()).prop_map(|(k, m)| Call::SetRemove(k, m)),
        (key(), text()).prop_map(|(k, m)| Call::SetContains(k, m)),
        key().prop_map(Call::SetMembers),
        key().prop_map(Call::SetSize),
        prop::collection::vec(key(), 0..4).prop_map(Call::SetIntersection),
        (key(), text(), text()).prop_map(|(k, f, v)| Call::HashSet(k, f, v)),
        (key(), text(), text()).prop_map(|(k, f, v)| Call::HashSet(k, f, v)),
        (key(), text()).prop_map(|(k, f)| Call::HashGet(k, f)),
        (key(), text()).prop_map(|(k, f)| Call::HashRemove(k, f)),
        key().prop_map(Call::HashEntries),
        key().prop_map(Call::HashSize),
        (key(), text(), by()).prop_map(|(k, f, n)| Call::HashIncrement(k, f, n)),
        (key(), text(), end()).prop_map(|(k, v, e)| Call::ListPush(k, v, e)),
        (key(), text(), end()).prop_map(|(k, v, e)| Call::ListPush(k, v, e)),
        (key(), end()).prop_map(|(k, e)| Call::ListPop(k, e)),
        key().prop_map(Call::ListLength),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn answers_are_those_of_the_model(calls in prop::collection::vec(calls(), 1..80)) {
        let start = Instant::now();
        let (mut values, mut model) = (Values::new(&LIMITS), Model::default());
        for call in calls {
            if let Call::Wait(milliseconds) = call {
                model.now += milliseconds;
            }
            let now = start + Duration::from_millis(model.now);
            let wanted = model.call(&call);
            prop_assert_eq!(on_store(&mut values, now, call.clone()), wanted, "{:?}", call);
            let [counted, found] = values.books();
            prop_assert_eq!(counted, found, "after {:?}", call);
        }
        // Nothing is left behind.
        let now = start + Duration::from_millis(model.now);
        for key in ["a", "b", "key"] {
            values.remove(now, key.to_owned()).unwrap();
        }
        prop_assert!(values.is_bare());
    }
}
