//! Attributes: values made for a request, and values read from an item.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;

/// An item, or the values of an expression.
pub(super) type AttributeMap = HashMap<String, AttributeValue>;

pub(super) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn flag(value: bool) -> AttributeValue {
    AttributeValue::Bool(value)
}

pub(super) fn optional(value: Option<&str>) -> AttributeValue {
    value.map_or(AttributeValue::Null(true), text)
}

/// The values of an expression, each under its name. DynamoDB refuses an empty map: no values are none.
pub(super) fn values<'a>(named: impl IntoIterator<Item = (&'a str, AttributeValue)>) -> Option<AttributeMap> {
    let values: AttributeMap = named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    (!values.is_empty()).then_some(values)
}

/// An attribute that is a text; an empty one when there is none.
pub(super) fn text_of<'a>(item: &'a AttributeMap, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// An attribute that is a number, if the item has it.
pub(super) fn number_of<T: FromStr>(item: &AttributeMap, name: &str) -> Option<T> {
    item.get(name).and_then(|value| value.as_n().ok())?.parse().ok()
}
