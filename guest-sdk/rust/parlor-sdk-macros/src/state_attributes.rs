//! What `#[state(…)]` says.

use crate::names::Case;
use syn::{Attribute, Error, Ident, LitInt, LitStr, Result, Type};

/// On a struct or an enum.
#[derive(Default)]
pub struct Container {
    /// How fields are named for clients.
    pub rename_all: Option<Case>,
    /// Of an enum: the struct that its variants extend.
    pub base: Option<Type>,
}

impl Container {
    /// Reads the attributes.
    pub fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut read = Self::default();
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("state"))
        {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename_all") {
                    read.rename_all = Some(Case::parse(&meta.value()?.parse::<LitStr>()?)?);
                } else if meta.path.is_ident("base") {
                    read.base = Some(meta.value()?.parse()?);
                } else {
                    return Err(meta.error("expected `rename_all = \"…\"` or `base = …`"));
                }
                Ok(())
            })?;
        }
        Ok(read)
    }
}

/// What a field is for clients.
pub enum Role {
    /// A field of the state; how its numbers are sent, if not as its type says.
    Synced(Option<Ident>),
    /// The struct that this one extends.
    Base,
    /// By which the instance is found when it is shown.
    Id,
    /// Nothing.
    Private,
}

/// On a field.
pub struct Field {
    /// What it is for clients.
    pub role: Role,
    /// Its name for clients, if not the usual.
    pub rename: Option<LitStr>,
    /// The tag with which it must be shown to be seen, if it is hidden otherwise.
    pub view: Option<i32>,
}

/// The tag of `view` alone.
const USUAL_TAG: i32 = -1;

/// Names in attributes and in the WIT.
const PRIMITIVES: [(&str, &str); 13] = [
    ("number", "Number"),
    ("int8", "Int8"),
    ("uint8", "Uint8"),
    ("int16", "Int16"),
    ("uint16", "Uint16"),
    ("int32", "Int32"),
    ("uint32", "Uint32"),
    ("int64", "Int64"),
    ("uint64", "Uint64"),
    ("float32", "Float32"),
    ("float64", "Float64"),
    ("bigint64", "Bigint64"),
    ("biguint64", "Biguint64"),
];

impl Field {
    /// Reads the attributes.
    pub fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut read = Self {
            role: Role::Synced(None),
            rename: None,
            view: None,
        };
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("state"))
        {
            attribute.parse_nested_meta(|meta| {
                let ident = meta.path.require_ident()?;
                if ident == "rename" {
                    let name: LitStr = meta.value()?.parse()?;
                    if name.value().is_empty() {
                        return Err(Error::new(name.span(), "a field's name cannot be empty"));
                    }
                    read.rename = Some(name);
                } else if ident == "extends" {
                    read.role = Role::Base;
                } else if ident == "skip" {
                    read.role = Role::Private;
                } else if ident == "id" {
                    read.role = Role::Id;
                } else if ident == "view" {
                    read.view = Some(match meta.value() {
                        Ok(value) => value.parse::<LitInt>()?.base10_parse()?,
                        Err(_) => USUAL_TAG,
                    });
                } else if let Some((_, variant)) = PRIMITIVES.iter().find(|(name, _)| ident == name) {
                    read.role = Role::Synced(Some(Ident::new(variant, ident.span())));
                } else {
                    let names: Vec<&str> = PRIMITIVES.iter().map(|(name, _)| *name).collect();
                    let expected = format!(
                        "expected `view`, `view = …`, `id`, `extends`, `skip`, `rename = \"…\"`, or one of {}",
                        names.join(", ")
                    );
                    return Err(meta.error(expected));
                }
                Ok(())
            })?;
        }
        if let (Some(_), Some(attribute)) = (read.view, attributes.first())
            && !matches!(read.role, Role::Synced(_))
        {
            let help = "`view` hides a field that clients see otherwise; this one is none";
            return Err(Error::new_spanned(attribute, help));
        }
        Ok(read)
    }
}
