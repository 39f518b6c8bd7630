//! How identifiers are written for clients.

use syn::{Error, LitStr, Result};

/// A way to write names of several words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// `joinGroup`
    Camel,
    /// `join-group`
    Kebab,
    /// `JoinGroup`
    Pascal,
    /// `join_group`
    Snake,
}

impl Case {
    /// The case that the attribute names.
    pub fn parse(name: &LitStr) -> Result<Self> {
        match name.value().as_str() {
            "camelCase" => Ok(Self::Camel),
            "kebab-case" => Ok(Self::Kebab),
            "PascalCase" => Ok(Self::Pascal),
            "snake_case" => Ok(Self::Snake),
            _ => Err(Error::new(
                name.span(),
                "expected \"camelCase\", \"kebab-case\", \"PascalCase\" or \"snake_case\"",
            )),
        }
    }

    /// The identifier of a variant or a field, written so.
    pub fn apply(self, identifier: &str) -> String {
        let words = words(identifier);
        let capitalised = |word: &String| {
            let mut letters = word.chars();
            letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .chain(letters)
                .collect::<String>()
        };
        match self {
            Self::Kebab => words.join("-"),
            Self::Snake => words.join("_"),
            Self::Pascal => words.iter().map(capitalised).collect(),
            Self::Camel => {
                let rest = words.iter().skip(1).map(capitalised);
                words.iter().take(1).cloned().chain(rest).collect()
            }
        }
    }
}

/// The words in lower case. A digit belongs to the word before it.
fn words(identifier: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut starts = true;
    for letter in identifier.trim_start_matches("r#").chars() {
        if letter == '_' {
            starts = true;
            continue;
        }
        if starts || letter.is_uppercase() {
            words.push(String::new());
        }
        starts = false;
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_in_every_case() {
        let cases = [
            ("Move", Case::Kebab, "move"),
            ("JoinGroup", Case::Kebab, "join-group"),
            ("JoinGroup", Case::Snake, "join_group"),
            ("JoinGroup", Case::Camel, "joinGroup"),
            ("JoinGroup", Case::Pascal, "JoinGroup"),
            ("PlayerX", Case::Kebab, "player-x"),
            ("Player2Hit", Case::Kebab, "player2-hit"),
            ("hit_points", Case::Camel, "hitPoints"),
            ("r#type", Case::Snake, "type"),
            ("_private_x", Case::Kebab, "private-x"),
        ];
        for (identifier, case, expected) in cases {
            assert_eq!(case.apply(identifier), expected, "{identifier} as {case:?}");
        }
    }
}
