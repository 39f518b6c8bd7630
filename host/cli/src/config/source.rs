//! A TOML file with its text at hand, so that every error can point into it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Number, Value};
use toml::de::{DeTable, DeValue};

/// A configuration file as read from the disk.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    text: String,
}

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file itself could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// As the user gave it.
        path: PathBuf,
        /// From the operating system.
        source: std::io::Error,
    },
    /// A variable of the environment that stands for a key is not usable.
    #[error("the variable {name}: {fault}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What is wrong and what is allowed.
        fault: String,
    },
    /// The file's content is not usable.
    #[error("{0}")]
    Invalid(Box<Complaint>),
}

/// One fault in one place of a configuration file.
#[derive(Debug)]
pub struct Complaint {
    path: PathBuf,
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    /// Dotted; empty where the fault is in no key (a syntax error).
    key: String,
    /// The line itself, and how many characters of it to underline.
    excerpt: String,
    width: usize,
    message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.path.display(), self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{}", self.message)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.excerpt)?;
        write!(
            f,
            "{margin} | {}{}",
            " ".repeat(self.column.saturating_sub(1)),
            "^".repeat(self.width.max(1))
        )
    }
}

impl Source {
    /// # Errors
    /// [`ConfigError::Read`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    /// The folder that relative paths in this file start from.
    pub fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    }

    /// # Errors
    /// [`ConfigError::Invalid`] for syntax, unknown keys, wrong types.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(&self.text).map_err(|error| {
            let message = error.message().trim_end().replace('\n', ", ");
            self.complaint(error.span().unwrap_or(0..0), message)
        })
    }

    /// An error about what stands at `span` (bytes, as `toml::Spanned` gives them).
    pub fn complaint(&self, span: Range<usize>, message: impl Into<String>) -> ConfigError {
        let (line, column, excerpt, width) = self.locate(&span);
        ConfigError::Invalid(Box::new(Complaint {
            path: self.path.clone(),
            line,
            column,
            key: self.key_at(span.start),
            excerpt,
            width,
            message: message.into(),
        }))
    }

    /// An error about a dotted key. Where it is not written, the nearest table above it is blamed.
    pub fn complaint_about(&self, key: &str, message: impl fmt::Display) -> ConfigError {
        let (table, _) = DeTable::parse_recoverable(&self.text);
        let mut span = 0..0;
        let mut current = Some(table.get_ref());
        for part in key.split('.') {
            let Some((name, value)) = current.and_then(|table| table.get_key_value(part)) else {
                break;
            };
            let whole = value.get_ref().as_table();
            span = if whole.is_some() {
                name.span()
            } else {
                value.span()
            };
            current = whole;
        }
        let mut error = self.complaint(span, message.to_string());
        if let ConfigError::Invalid(complaint) = &mut error {
            complaint.key = key.to_owned();
        }
        error
    }

    fn locate(&self, span: &Range<usize>) -> (usize, usize, String, usize) {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or("").chars().count() + 1;
        let excerpt = self
            .text
            .get(line_start..)
            .unwrap_or("")
            .lines()
            .next()
            .unwrap_or("")
            .to_owned();
        let marked = self
            .text
            .get(span.clone())
            .unwrap_or("")
            .lines()
            .next()
            .unwrap_or("");
        (line, column, excerpt, marked.chars().count())
    }

    /// The dotted key whose name or value stands at this offset.
    fn key_at(&self, offset: usize) -> String {
        let (table, _) = DeTable::parse_recoverable(&self.text);
        let mut path = Vec::new();
        find_key(table.get_ref(), offset, &mut path);
        path.join(".")
    }
}

/// Extends `path` to the innermost key at `offset`. Headers make tables whose own span does
/// not cover their entries, so every branch is looked into before the table itself is taken.
fn find_key(table: &DeTable<'_>, offset: usize, path: &mut Vec<String>) -> bool {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        if let DeValue::Table(inner) = value.get_ref()
            && find_key(inner, offset, path)
        {
            return true;
        }
        if key.span().contains(&offset) || value.span().contains(&offset) {
            return true;
        }
        path.pop();
    }
    false
}

/// A value that is to be sent. It travels as MessagePack or JSON, so what neither has is refused.
///
/// # Errors
/// A sentence that says what cannot be sent.
pub fn plain_value(value: toml::Value) -> Result<Value, &'static str> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Float(number) => {
            Value::from(Number::from_f64(number).ok_or("`nan` and `inf` cannot be sent")?)
        }
        toml::Value::Datetime(_) => return Err("a date cannot be sent; write it as text"),
        toml::Value::Array(items) => {
            Value::Array(items.into_iter().map(plain_value).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(entries) => {
            let members = entries
                .into_iter()
                .map(|(name, value)| Ok((name, plain_value(value)?)));
            Value::Object(members.collect::<Result<_, &'static str>>()?)
        }
    })
}
