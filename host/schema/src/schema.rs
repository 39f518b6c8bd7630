//! A checked schema, laid out for the tree and the encoder.

use std::sync::Arc;

use thiserror::Error;

use crate::reach::Reach;
use crate::{Field, FieldType, Primitive, StructDefinition, StructIndex, ViewTag};

/// Most structs in a schema.
pub const MAX_STRUCTS: usize = 1024;
/// Most fields of a struct, inherited ones counted: the wire has six bits for them and 63 is taken (§10.2).
pub const MAX_FIELDS: usize = 63;

/// Names that a field must not have: JavaScript objects have something of their own under the first two, and
/// `replace` and `dump` under the third.
const RESERVED: [&str; 3] = ["constructor", "__proto__", "$struct"];

/// Why a schema is refused. Names the struct, and the field where one is at fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SchemaError {
    /// More structs than [`MAX_STRUCTS`].
    #[error("the schema has {count} structs; at most {MAX_STRUCTS} are allowed")]
    TooManyStructs {
        /// How many there are.
        count: usize,
    },
    /// The root is not in the list of structs.
    #[error("the root is struct {root}, but the schema has only {count} structs (counted from 0)")]
    NoSuchRoot {
        /// The index given as root.
        root: u16,
        /// How many structs there are.
        count: usize,
    },
    /// A struct extends one that is not in the list.
    #[error(
        "struct `{name}` extends struct {extends}, but the schema has only {count} structs (counted from 0)"
    )]
    NoSuchParent {
        /// The struct at fault.
        name: String,
        /// The index it extends.
        extends: u16,
        /// How many structs there are.
        count: usize,
    },
    /// A struct extends itself, perhaps through others.
    #[error("struct `{name}` extends itself, directly or through the structs it extends")]
    CircularExtends {
        /// The struct at fault.
        name: String,
    },
    /// More fields than [`MAX_FIELDS`].
    #[error("struct `{name}` has {count} fields with the inherited ones; at most {MAX_FIELDS} are allowed")]
    TooManyFields {
        /// The struct at fault.
        name: String,
        /// How many fields it has, inherited ones counted.
        count: usize,
    },
    /// A field without a name.
    #[error("field {position} of struct `{name}` has an empty name")]
    EmptyFieldName {
        /// The struct at fault.
        name: String,
        /// Position among its own fields, from 0.
        position: usize,
    },
    /// Two fields of one name.
    #[error("struct `{name}` has two fields named `{field}` (inherited fields count)")]
    DuplicateField {
        /// The struct at fault.
        name: String,
        /// The name used twice.
        field: String,
    },
    /// A name that decoders, or `replace`, use for themselves.
    #[error(
        "field `{field}` of struct `{name}` needs another name: digits alone and `constructor`, `__proto__` and `$struct` are taken"
    )]
    ReservedFieldName {
        /// The struct at fault.
        name: String,
        /// The name.
        field: String,
    },
    /// A field refers to a struct that is not in the list.
    #[error(
        "field `{field}` of struct `{name}` holds struct {target}, but the schema has only {count} structs (counted from 0)"
    )]
    NoSuchStruct {
        /// The struct at fault.
        name: String,
        /// The field at fault.
        field: String,
        /// The index it refers to.
        target: u16,
        /// How many structs there are.
        count: usize,
    },
}

/// A field as it stands in a struct, inherited ones included.
#[derive(Debug, Clone)]
pub(crate) struct FieldShape {
    pub name: Arc<str>,
    pub kind: FieldType,
    /// Hidden from all to whom it is not shown.
    pub view: Option<ViewTag>,
    /// Whether following this field can lead back to the struct that has it.
    pub recursive: bool,
    /// For a collection: its wire reference minus the instance's. From 1.
    pub ref_offset: u32,
}

impl FieldShape {
    fn maps_instances(&self) -> bool {
        matches!(self.kind, FieldType::Map(crate::Element::Struct(_)))
    }
}

/// A struct with everything inherited written out.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub name: Arc<str>,
    pub extends: Option<StructIndex>,
    pub fields: Box<[FieldShape]>,
    /// How many of the fields are inherited.
    pub inherited: usize,
    /// One bit for each field that carries a view tag.
    pub tagged: u64,
    /// One bit for each field of a type that holds any f64: `number`, `float64`.
    pub floats: u64,
    /// Wire references that an instance takes: its own and one for each collection.
    pub refs: u32,
    /// Whether a recursive field can be met at or below an instance.
    pub nests: bool,
    /// Whether entries of a map that holds instances, or a recursive field, can be met at or below an instance:
    /// what decoders of v2 must not be told to put elsewhere.
    pub fragile: bool,
    /// First and one past the last place in a walk over the forest of extending structs: everything
    /// that extends this struct lies between.
    family: (u32, u32),
}

/// A valid schema. Build it once for a room type and share it.
#[derive(Debug, Clone)]
pub struct Schema {
    shapes: Box<[Shape]>,
    root: StructIndex,
    has_collections: bool,
    has_fragile: bool,
    has_tags: bool,
}

impl Schema {
    /// Checks the rules of `schema.wit` and lays the structs out.
    ///
    /// # Errors
    /// Names the first struct, and the field, that breaks a rule.
    pub fn new(structs: Vec<StructDefinition>, root: StructIndex) -> Result<Self, SchemaError> {
        let count = structs.len();
        if count > MAX_STRUCTS {
            return Err(SchemaError::TooManyStructs { count });
        }
        if usize::from(root.0) >= count {
            return Err(SchemaError::NoSuchRoot { root: root.0, count });
        }
        let families = families(&structs)?;
        let mut shapes = Vec::with_capacity(count);
        for (definition, family) in structs.iter().zip(families) {
            shapes.push(shape(&structs, definition, family)?);
        }
        let reach = Reach::new(&shapes);
        for (from, shape) in shapes.iter_mut().enumerate() {
            for field in &mut shape.fields {
                field.recursive = field
                    .kind
                    .target()
                    .is_some_and(|target| reach.leads_back(from, target));
            }
        }
        let recursive: Vec<bool> = shapes
            .iter()
            .map(|s| s.fields.iter().any(|f| f.recursive))
            .collect();
        let mapping: Vec<bool> = shapes
            .iter()
            .map(|shape| shape.fields.iter().any(|field| field.maps_instances()))
            .collect();
        for (from, shape) in shapes.iter_mut().enumerate() {
            shape.nests = reach.meets(from, &recursive);
            shape.fragile = shape.nests || reach.meets(from, &mapping);
        }
        let mut fields = shapes.iter().flat_map(|shape| &shape.fields);
        let has_collections = fields.any(|field| matches!(field.kind, FieldType::Collection(_)));
        // The root itself cannot be put anywhere.
        let has_fragile = shapes.iter().enumerate().any(|(index, shape)| match index {
            index if index == usize::from(root.0) => shape.nests,
            _ => shape.fragile,
        });
        let has_tags = shapes.iter().any(|shape| shape.tagged != 0);
        Ok(Self {
            shapes: shapes.into(),
            root,
            has_collections,
            has_fragile,
            has_tags,
        })
    }

    /// The struct of the root.
    pub fn root(&self) -> StructIndex {
        self.root
    }

    /// How many structs there are.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Always false: a schema has at least its root.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// A struct's name, if there is such a struct.
    pub fn name(&self, index: StructIndex) -> Option<&str> {
        self.shape(index).map(|shape| &*shape.name)
    }

    /// Whether `concrete` is `declared` or extends it.
    pub fn extends(&self, concrete: StructIndex, declared: StructIndex) -> bool {
        match (self.shape(concrete), self.shape(declared)) {
            (Some(concrete), Some(declared)) => {
                declared.family.0 <= concrete.family.0 && concrete.family.0 < declared.family.1
            }
            _ => false,
        }
    }

    /// The struct that a struct extends, if it extends one.
    pub fn parent(&self, index: StructIndex) -> Option<StructIndex> {
        self.shape(index)?.extends
    }

    /// Names and types of the fields that a struct declares itself, in their order.
    pub fn own_fields(&self, index: StructIndex) -> impl Iterator<Item = (&str, FieldType)> {
        let fields = self.shape(index).into_iter().flat_map(Shape::own_fields);
        fields.map(|field| (&*field.name, field.kind))
    }

    /// Whether any struct has a field of the kind `collection`.
    pub(crate) fn has_collections(&self) -> bool {
        self.has_collections
    }

    /// Whether any instance but the root can be [`Shape::fragile`].
    pub(crate) fn has_fragile(&self) -> bool {
        self.has_fragile
    }

    /// Whether any field carries a view tag.
    pub fn has_tags(&self) -> bool {
        self.has_tags
    }

    pub(crate) fn shape(&self, index: StructIndex) -> Option<&Shape> {
        self.shapes.get(usize::from(index.0))
    }

    pub(crate) fn shapes(&self) -> impl Iterator<Item = (StructIndex, &Shape)> {
        // At most MAX_STRUCTS, so the index fits.
        self.shapes
            .iter()
            .enumerate()
            .map(|(index, shape)| (StructIndex(index as u16), shape))
    }
}

impl Shape {
    pub(crate) fn field(&self, index: u8) -> Option<&FieldShape> {
        self.fields.get(usize::from(index))
    }

    /// One bit for each field.
    pub(crate) fn all(&self) -> u64 {
        (1 << self.fields.len()) - 1
    }

    /// One bit for each field that carries one of these tags.
    pub(crate) fn tagged_with(&self, tags: &[ViewTag]) -> u64 {
        let mut fields = 0;
        for (index, field) in self.fields.iter().enumerate() {
            if field.view.is_some_and(|tag| tags.contains(&tag)) {
                fields |= 1 << index;
            }
        }
        fields
    }

    /// The fields that the struct declares itself.
    pub(crate) fn own_fields(&self) -> impl Iterator<Item = &FieldShape> {
        self.fields.iter().skip(self.inherited)
    }

    /// Whether `other` is this struct or extends it, by their places in the walk.
    pub(crate) fn family_holds(&self, other: &Self) -> bool {
        self.family.0 <= other.family.0 && other.family.0 < self.family.1
    }
}

/// The chain from a struct up to the one that extends nothing, itself first.
fn chain<'a>(
    structs: &'a [StructDefinition],
    definition: &'a StructDefinition,
) -> Result<Vec<&'a StructDefinition>, SchemaError> {
    let mut chain = vec![definition];
    let mut current = definition;
    while let Some(extends) = current.extends {
        current = structs
            .get(usize::from(extends.0))
            .ok_or_else(|| SchemaError::NoSuchParent {
                name: current.name.clone(),
                extends: extends.0,
                count: structs.len(),
            })?;
        chain.push(current);
        if chain.len() > structs.len() {
            return Err(SchemaError::CircularExtends {
                name: definition.name.clone(),
            });
        }
    }
    Ok(chain)
}

/// Each struct's interval in a depth-first walk of the forest of extending structs.
fn families(structs: &[StructDefinition]) -> Result<Vec<(u32, u32)>, SchemaError> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); structs.len()];
    let mut open = Vec::new();
    for (index, definition) in structs.iter().enumerate() {
        chain(structs, definition)?;
        match definition
            .extends
            .and_then(|parent| below.get_mut(usize::from(parent.0)))
        {
            Some(children) => children.push(index),
            None => open.push((index, false)),
        }
    }
    let mut families = vec![(0, 0); structs.len()];
    let mut place = 0;
    while let Some((index, left)) = open.pop() {
        let Some(family) = families.get_mut(index) else {
            continue;
        };
        if left {
            family.1 = place;
            continue;
        }
        family.0 = place;
        place += 1;
        open.push((index, true));
        open.extend(
            below
                .get(index)
                .into_iter()
                .flatten()
                .map(|&child| (child, false)),
        );
    }
    Ok(families)
}

/// Writes one struct out with what it inherits.
fn shape(
    structs: &[StructDefinition],
    definition: &StructDefinition,
    family: (u32, u32),
) -> Result<Shape, SchemaError> {
    let chain = chain(structs, definition)?;
    let total: usize = chain.iter().map(|part| part.fields.len()).sum();
    if total > MAX_FIELDS {
        return Err(SchemaError::TooManyFields {
            name: definition.name.clone(),
            count: total,
        });
    }
    let mut fields: Vec<FieldShape> = Vec::with_capacity(total);
    let (mut refs, mut tagged, mut floats) = (1, 0, 0);
    for part in chain.iter().rev() {
        for (position, field) in part.fields.iter().enumerate() {
            check_field(structs, &part.name, position, field)?;
            if fields.iter().any(|earlier| *earlier.name == *field.name) {
                return Err(SchemaError::DuplicateField {
                    name: definition.name.clone(),
                    field: field.name.clone(),
                });
            }
            let ref_offset = if field.kind.container().is_some() { refs } else { 0 };
            refs += u32::from(ref_offset != 0);
            tagged |= u64::from(field.view.is_some()) << fields.len();
            if let FieldType::Primitive(Primitive::Number | Primitive::Float64) = field.kind {
                floats |= 1 << fields.len();
            }
            fields.push(FieldShape {
                name: field.name.as_str().into(),
                kind: field.kind,
                view: field.view,
                recursive: false,
                ref_offset,
            });
        }
    }
    Ok(Shape {
        name: definition.name.as_str().into(),
        extends: definition.extends,
        inherited: total - definition.fields.len(),
        fields: fields.into(),
        tagged,
        floats,
        refs,
        nests: false,
        fragile: false,
        family,
    })
}

fn check_field(
    structs: &[StructDefinition],
    name: &str,
    position: usize,
    field: &Field,
) -> Result<(), SchemaError> {
    if field.name.is_empty() {
        return Err(SchemaError::EmptyFieldName {
            name: name.into(),
            position,
        });
    }
    // A decoder's table of fields has names and positions side by side, so digits would be both.
    let digits = field.name.bytes().all(|byte| byte.is_ascii_digit());
    if digits || RESERVED.contains(&field.name.as_str()) {
        return Err(SchemaError::ReservedFieldName {
            name: name.into(),
            field: field.name.clone(),
        });
    }
    match field.kind.target() {
        Some(target) if usize::from(target.0) >= structs.len() => Err(SchemaError::NoSuchStruct {
            name: name.into(),
            field: field.name.clone(),
            target: target.0,
            count: structs.len(),
        }),
        _ => Ok(()),
    }
}
