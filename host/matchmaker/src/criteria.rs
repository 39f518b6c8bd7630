//! Which rooms fit a client: what the operator declared in `filter-by`, with the client's options put in (§1.6 of
//! the protocol notes).

use parlor_plugin::Comparison;
use parlor_protocol::matchmake::{ClientOptions, MatchmakeError};
use serde_json::{Map, Number, Value};

use crate::field::Field;
use crate::query::{Condition, SortKey};

/// Values that a client may offer for one field.
const MAX_CHOICES: usize = 64;

/// A filter as the operator declares it: how a field of a room has to compare with an option of the client. A client that
/// leaves the option out is not restricted.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The room's field.
    pub field: Field,
    /// The client's option.
    pub option: String,
    /// What is asked of the two.
    pub test: Test,
}

/// How a room's field has to compare with a client's option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// One comparison; for [`Comparison::OneOf`] the option is a list of at most 64 values.
    Is(Comparison),
    /// Between the two ends of the option, a list of two; the ends count.
    Between,
    /// At most so far from the option, a number.
    Within(f64),
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Criteria {
    conditions: Vec<Condition>,
    fields: Map<String, Value>,
    lane: String,
}

impl Criteria {
    /// The declared filters whose option the client gave. Fields by which rooms are sorted are put into a new room's
    /// listing too.
    ///
    /// # Errors
    /// [`MatchmakeError::BadOption`]: an option that its filter can do nothing with.
    pub fn new(
        filters: &[Filter],
        sort: &[SortKey],
        options: &ClientOptions,
    ) -> Result<Self, MatchmakeError> {
        let mut conditions = Condition::joinable();
        let mut fields = Map::new();
        let mut lane = Map::new();
        for filter in filters {
            let Some(given) = options.get(&filter.option) else {
                continue;
            };
            let bad = |problem: &str| MatchmakeError::BadOption {
                option: filter.option.clone(),
                problem: problem.to_owned(),
            };
            filter.add_conditions(given, &mut conditions).map_err(bad)?;
            if filter.test == Test::Is(Comparison::Equal) {
                lane.insert(filter.option.clone(), given.clone());
            }
        }
        for filter in filters {
            if let Field::Metadata(name) = &filter.field
                && let Some(value) = filter.creators_value(name, options)
            {
                fields.entry(name).or_insert(value);
            }
        }
        for key in sort {
            if let Field::Metadata(name) = &key.field
                && let Some(value) = options.get(name)
            {
                fields.entry(name).or_insert_with(|| value.clone());
            }
        }
        Ok(Self {
            conditions,
            fields,
            lane: Value::Object(lane).to_string(),
        })
    }

    /// Whether matchmaking may seat the client in a room with this listing.
    #[cfg(test)]
    fn admit(&self, listing: &parlor_room::listing::Listing) -> bool {
        self.conditions.iter().all(|condition| condition.holds(listing))
    }

    /// What has to hold for a room.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// What all clients have in common who could share a new room.
    pub fn lane(&self) -> &str {
        &self.lane
    }

    /// Fields that a room has which is made for this client.
    pub fn into_fields(self) -> Map<String, Value> {
        self.fields
    }
}

impl Filter {
    fn add_conditions(&self, given: &Value, conditions: &mut Vec<Condition>) -> Result<(), &'static str> {
        let mut add = |comparison, value: Value| {
            conditions.push(Condition::new(self.field.clone(), comparison, value));
        };
        match self.test {
            Test::Is(comparison @ (Comparison::Equal | Comparison::NotEqual)) => {
                add(comparison, given.clone())
            }
            Test::Is(Comparison::OneOf) => match given {
                Value::Array(choices) if choices.len() <= MAX_CHOICES => {
                    add(Comparison::OneOf, given.clone())
                }
                Value::Array(_) => return Err("must be a list of at most 64 values"),
                _ => return Err("must be a list"),
            },
            Test::Is(comparison) => add(comparison, ordered(given)?.clone()),
            Test::Between => {
                let Value::Array(ends) = given else {
                    return Err("must be a list of two: the least and the most");
                };
                let [least, most] = ends.as_slice() else {
                    return Err("must be a list of two: the least and the most");
                };
                add(Comparison::AtLeast, ordered(least)?.clone());
                add(Comparison::AtMost, ordered(most)?.clone());
            }
            Test::Within(distance) => {
                let middle = given.as_f64().ok_or("must be a number")?;
                let end = |number| Number::from_f64(number).ok_or("must be a number of usual size");
                add(Comparison::AtLeast, end(middle - distance)?.into());
                add(Comparison::AtMost, end(middle + distance)?.into());
            }
        }
        Ok(())
    }

    /// What a new room has in the field `name`: the creator's option of that name, else a value by which clients who ask
    /// for the same find the room; none where there is no such value.
    fn creators_value(&self, name: &str, options: &ClientOptions) -> Option<Value> {
        if self.option != name
            && let Some(own) = options.get(name)
        {
            return Some(own.clone());
        }
        let given = options.get(&self.option)?;
        match self.test {
            Test::Is(Comparison::Equal | Comparison::AtMost | Comparison::AtLeast) | Test::Within(_) => {
                Some(given.clone())
            }
            Test::Is(Comparison::OneOf) | Test::Between => given.get(0).cloned(),
            Test::Is(Comparison::NotEqual | Comparison::Less | Comparison::Greater) => None,
        }
    }
}

fn ordered(value: &Value) -> Result<&Value, &'static str> {
    match value {
        Value::Number(_) | Value::String(_) => Ok(value),
        _ => Err("must be a number or a text"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::listing_for_tests;

    fn filter(field: &str, option: &str, test: Test) -> Filter {
        Filter {
            field: Field::named(field),
            option: option.to_owned(),
            test,
        }
    }

    fn criteria(filters: &[Filter], options: &Value) -> Result<Criteria, MatchmakeError> {
        let options = ClientOptions::parse(options.to_string().as_bytes()).unwrap();
        Criteria::new(filters, &[], &options)
    }

    #[test]
    fn rooms_share_the_declared_options_of_the_client() {
        let filters = ["mode", "maxClients"].map(|name| filter(name, name, Test::Is(Comparison::Equal)));
        for (asked, fits) in [
            (json!({"mode": "duel"}), true),
            (json!({"mode": "team"}), false),
            (json!({"mode": 1}), false),
            (json!({"mode": "duel", "maxClients": 3.0}), true),
            (json!({"mode": "duel", "maxClients": 4}), false),
            (json!({"mode": "duel", "locked": true, "other": null}), true),
            (json!({}), true),
        ] {
            let listing = listing_for_tests(json!({"mode": "duel"}), 1);
            assert_eq!(
                criteria(&filters, &asked).unwrap().admit(&listing),
                fits,
                "{asked}"
            );
        }
    }

    #[test]
    fn locked_and_private_rooms_fit_nobody() {
        use parlor_room::listing::{Listing, Lock};
        let anybody = criteria(&[], &json!({})).unwrap();
        for change in [
            (|listing| listing.lock = Lock::Full) as fn(&mut Listing),
            |listing| listing.lock = Lock::Locked,
            |listing| listing.private = true,
        ] {
            let mut listing = listing_for_tests(json!({}), 1);
            assert!(anybody.admit(&listing));
            change(&mut listing);
            assert!(!anybody.admit(&listing));
        }
    }

    /// Every test: which options it accepts, and whether a room at level 7 fits.
    #[test]
    fn operators_compare_and_say_what_they_cannot_use() {
        use Comparison::{AtLeast, AtMost, Greater, Less, NotEqual, OneOf};
        let room = listing_for_tests(json!({"level": 7}), 1);
        for (test, option, expected) in [
            (Test::Is(NotEqual), json!(7), Ok(false)),
            (Test::Is(NotEqual), json!("7"), Ok(true)),
            (Test::Is(Less), json!(8), Ok(true)),
            (Test::Is(AtMost), json!(6.9), Ok(false)),
            (Test::Is(Greater), json!("6"), Ok(false)),
            (Test::Is(AtLeast), json!(7), Ok(true)),
            (Test::Is(AtLeast), json!([7]), Err("must be a number or a text")),
            (Test::Is(OneOf), json!([1, 7]), Ok(true)),
            (Test::Is(OneOf), json!(7), Err("must be a list")),
            (
                Test::Is(OneOf),
                json!(vec![0; 65]),
                Err("must be a list of at most 64 values"),
            ),
            (Test::Between, json!([5, 7]), Ok(true)),
            (Test::Between, json!([7, 5]), Ok(false)),
            (
                Test::Between,
                json!([7]),
                Err("must be a list of two: the least and the most"),
            ),
            (Test::Between, json!([7, null]), Err("must be a number or a text")),
            (Test::Within(2.5), json!(9.5), Ok(true)),
            (Test::Within(2.5), json!(4.4), Ok(false)),
            (Test::Within(2.5), json!("7"), Err("must be a number")),
        ] {
            let made = criteria(&[filter("level", "wish", test)], &json!({ "wish": option }));
            let answer = made.map(|criteria| criteria.admit(&room));
            let expected = expected.map_err(|problem| MatchmakeError::BadOption {
                option: "wish".to_owned(),
                problem: problem.to_owned(),
            });
            assert_eq!(answer, expected, "{test:?} {option}");
        }
    }

    /// Whoever asks for the same as the creator finds the room, where that is possible.
    #[test]
    fn a_new_room_has_the_fields_by_which_its_creator_would_find_it() {
        use Comparison::{AtLeast, Equal, Less, OneOf};
        for (field, option, test, options, expected) in [
            (
                "mode",
                "mode",
                Test::Is(Equal),
                json!({"mode": "duel"}),
                json!({"mode": "duel"}),
            ),
            (
                "mode",
                "want",
                Test::Is(Equal),
                json!({"want": 1}),
                json!({"mode": 1}),
            ),
            (
                "level",
                "min",
                Test::Is(AtLeast),
                json!({"min": 3}),
                json!({"level": 3}),
            ),
            (
                "level",
                "min",
                Test::Is(AtLeast),
                json!({"min": 3, "level": 5}),
                json!({"level": 5}),
            ),
            ("level", "level", Test::Is(Less), json!({"level": 3}), json!({})),
            (
                "map",
                "map",
                Test::Is(OneOf),
                json!({"map": ["a", "b"]}),
                json!({"map": "a"}),
            ),
            (
                "level",
                "range",
                Test::Between,
                json!({"range": [3, 5]}),
                json!({"level": 3}),
            ),
            (
                "level",
                "level",
                Test::Within(1.0),
                json!({"level": 3}),
                json!({"level": 3}),
            ),
            ("level", "level", Test::Within(1.0), json!({}), json!({})),
            ("clients", "min", Test::Is(AtLeast), json!({"min": 3}), json!({})),
        ] {
            let made = criteria(&[filter(field, option, test)], &options).unwrap();
            let case = format!("{field} {option} {test:?} {options}");
            let fields = Value::Object(made.clone().into_fields());
            assert_eq!(fields, expected, "{case}");
            if expected != json!({}) {
                assert!(made.admit(&listing_for_tests(fields, 1)), "{case}");
            }
        }
    }

    #[test]
    fn fields_to_sort_by_are_kept_and_lanes_hold_what_must_be_equal() {
        let filters = [
            filter("mode", "mode", Test::Is(Comparison::Equal)),
            filter("level", "level", Test::Within(5.0)),
        ];
        let sort = [SortKey {
            field: Field::named("rank"),
            direction: parlor_plugin::Direction::Ascending,
        }];
        let of = |options: &str| {
            Criteria::new(
                &filters,
                &sort,
                &ClientOptions::parse(options.as_bytes()).unwrap(),
            )
            .unwrap()
        };
        let one = of(r#"{"mode":"duel","level":1,"rank":9,"other":1}"#);
        assert_eq!(one.lane(), of(r#"{"level":2,"mode":"duel"}"#).lane());
        assert_ne!(one.lane(), of(r#"{"level":1,"mode":"team"}"#).lane());
        let fields = Value::Object(one.into_fields());
        assert_eq!(fields, json!({"mode": "duel", "level": 1, "rank": 9}));
    }
}
