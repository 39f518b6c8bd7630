//! `filter-by`, `sort-by`, `max-rooms` and the like of `[rooms.NAME]`: how rooms of a type are found and made.

use std::fmt;

use parlor_matchmaker::{CreatedBy, Field, Filter, Reach, SortKey, Test};
use parlor_plugin::{Comparison, Direction};
use parlor_protocol::ids::RoomTypeName;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::source::{ConfigError, Source};

/// Options that filters do not look at (protocol §1.6, "reserved").
const RESERVED_OPTIONS: [&str; 7] = [
    "clients",
    "locked",
    "private",
    "metadata",
    "name",
    "processId",
    "roomId",
];

/// Fields that a filter has nothing to say about: the host's own, and what the room's type or id are.
const RESERVED_FIELDS: [&str; 6] = ["locked", "private", "metadata", "name", "processId", "roomId"];

/// One entry of `filter-by`: a name, or a table.
#[derive(Debug)]
pub(super) enum FilterDocument {
    Name(String),
    Table(FilterTable),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FilterTable {
    field: Spanned<String>,
    option: Option<Spanned<String>>,
    is: Option<TestName>,
    within: Option<Spanned<f64>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TestName {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    OneOf,
    Between,
}

/// `created-by`
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CreatedByName {
    #[default]
    Anyone,
    Rooms,
}

impl From<CreatedByName> for CreatedBy {
    fn from(name: CreatedByName) -> Self {
        match name {
            CreatedByName::Anyone => Self::Anyone,
            CreatedByName::Rooms => Self::Rooms,
        }
    }
}

impl From<TestName> for Test {
    fn from(name: TestName) -> Self {
        Self::Is(match name {
            TestName::Equal => Comparison::Equal,
            TestName::NotEqual => Comparison::NotEqual,
            TestName::Less => Comparison::Less,
            TestName::AtMost => Comparison::AtMost,
            TestName::Greater => Comparison::Greater,
            TestName::AtLeast => Comparison::AtLeast,
            TestName::OneOf => Comparison::OneOf,
            TestName::Between => return Self::Between,
        })
    }
}

impl<'de> Deserialize<'de> for FilterDocument {
    /// By hand, so that a mistake inside the table is told as what it is.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FilterVisitor;
        impl<'de> Visitor<'de> for FilterVisitor {
            type Value = FilterDocument;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an option, or a table like { field = \"level\", within = 5 }")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<FilterDocument, E> {
                Ok(FilterDocument::Name(name.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FilterDocument, A::Error> {
                FilterTable::deserialize(MapAccessDeserializer::new(map)).map(FilterDocument::Table)
            }
        }
        deserializer.deserialize_any(FilterVisitor)
    }
}

pub(super) fn read_filters(
    source: &Source,
    documents: Vec<Spanned<FilterDocument>>,
) -> Result<Vec<Filter>, ConfigError> {
    let mut filters: Vec<Filter> = Vec::new();
    for document in documents {
        let span = document.span();
        let filter = match document.into_inner() {
            FilterDocument::Name(name) => Filter {
                field: check_option(&name)
                    .map(Field::named)
                    .map_err(|fault| source.complaint(span.clone(), fault))?,
                option: name,
                test: Test::Is(Comparison::Equal),
            },
            FilterDocument::Table(table) => read_filter(source, table)?,
        };
        let twice = |other: &Filter| other.field == filter.field && other.option == filter.option;
        if filters.iter().any(twice) {
            let message = format!("`{}` stands here twice", filter.option);
            return Err(source.complaint(span, message));
        }
        filters.push(filter);
    }
    Ok(filters)
}

fn read_filter(source: &Source, table: FilterTable) -> Result<Filter, ConfigError> {
    let field = table.field.get_ref();
    if field.is_empty() || RESERVED_FIELDS.contains(&field.as_str()) {
        let message = format!(
            "`{field}` cannot be filtered by; it may be clients, maxClients, createdAt or any member of the \
             metadata but {}",
            RESERVED_FIELDS.join(", ")
        );
        return Err(source.complaint(table.field.span(), message));
    }
    let option = table.option.as_ref().unwrap_or(&table.field);
    check_option(option.get_ref()).map_err(|fault| source.complaint(option.span(), fault))?;
    let test = match (table.is, table.within) {
        (Some(_), Some(within)) => {
            return Err(source.complaint(within.span(), "`is` is given already; only one of the two"));
        }
        (None, Some(within)) => match *within.get_ref() {
            distance if distance.is_finite() && distance >= 0.0 => Test::Within(distance),
            other => {
                let message = format!("{other} is no distance; write a number from 0");
                return Err(source.complaint(within.span(), message));
            }
        },
        (Some(name), None) => name.into(),
        (None, None) => Test::Is(Comparison::Equal),
    };
    Ok(Filter {
        field: Field::named(field),
        option: option.get_ref().clone(),
        test,
    })
}

fn check_option(name: &str) -> Result<&str, String> {
    if name.is_empty() || RESERVED_OPTIONS.contains(&name) {
        return Err(format!(
            "`{name}` cannot be a filter; it may be any name of a client's option but {}",
            RESERVED_OPTIONS.join(", ")
        ));
    }
    Ok(name)
}

pub(super) fn read_sort_key(source: &Source, key: &Spanned<String>) -> Result<SortKey, ConfigError> {
    let text = key.get_ref().as_str();
    let (direction, name) = match text.strip_prefix('-') {
        Some(name) => (Direction::Descending, name),
        None => (Direction::Ascending, text),
    };
    let field = match name {
        "clients" | "maxClients" | "createdAt" => Field::named(name),
        _ => match name.strip_prefix("metadata.") {
            Some(member) if !member.is_empty() => Field::Metadata(member.to_owned()),
            _ => {
                let message = format!(
                    "unknown sort key `{name}`; allowed are clients, maxClients, createdAt and \
                     metadata.NAME, with `-` in front for the largest first"
                );
                return Err(source.complaint(key.span(), message));
            }
        },
    };
    Ok(SortKey { field, direction })
}

/// Room types that may be reached: their names, or `*`.
pub(super) fn read_reach(
    source: &Source,
    names: &[Spanned<String>],
    served: &[String],
) -> Result<Reach, ConfigError> {
    if let [name] = names
        && name.get_ref() == "*"
    {
        return Ok(Reach::All);
    }
    let read = |name: &Spanned<String>| -> Result<RoomTypeName, ConfigError> {
        let text = name.get_ref();
        if text == "*" {
            return Err(source.complaint(name.span(), "`*` is every type; it stands alone"));
        }
        match text.parse() {
            Ok(parsed) if served.contains(text) => Ok(parsed),
            _ => {
                let message = format!(
                    "there is no room type `{text}` in this file; there are {}, and \"*\" for all",
                    served.join(", ")
                );
                Err(source.complaint(name.span(), message))
            }
        }
    };
    Ok(Reach::Only(names.iter().map(read).collect::<Result<_, _>>()?))
}
