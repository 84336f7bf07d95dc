//! Schemas of the contract, each written down once and referred to by its name.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;

/// Schemas by their names.
pub(super) type Schemas = BTreeMap<String, Value>;

/// The reference of a type, whose schema and those below it are kept by their names.
pub(super) fn named<Type: ToSchema>(schemas: &mut Schemas) -> Value {
    let mut found = Vec::new();
    Type::schemas(&mut found);
    found.push((Type::name().into_owned(), Type::schema()));
    let found = found.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default()));
    schemas.extend(found);
    reference(&Type::name())
}

pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
