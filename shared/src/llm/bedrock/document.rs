//! JSON as the SDK has it, and back.

use aws_smithy_types::{Document, Number};
use serde_json::Value;

pub(super) fn of(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(flag) => Document::Bool(*flag),
        Value::Number(number) => Document::Number(of_number(number)),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(values) => Document::Array(values.iter().map(of).collect()),
        Value::Object(fields) => {
            Document::Object(fields.iter().map(|(name, value)| (name.clone(), of(value))).collect())
        }
    }
}

fn of_number(number: &serde_json::Number) -> Number {
    if let Some(number) = number.as_u64() {
        return Number::PosInt(number);
    }
    number.as_i64().map_or_else(|| Number::Float(number.as_f64().unwrap_or_default()), Number::NegInt)
}

pub(super) fn json(document: &Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(flag) => (*flag).into(),
        Document::Number(Number::PosInt(number)) => (*number).into(),
        Document::Number(Number::NegInt(number)) => (*number).into(),
        Document::Number(Number::Float(number)) => (*number).into(),
        Document::String(text) => text.clone().into(),
        Document::Array(values) => values.iter().map(json).collect(),
        Document::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), json(value))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_goes_out_and_comes_back_the_same() {
        let value = serde_json::json!({ "a": [1, -2, 0.5, null, true, "x"], "b": { "c": u64::MAX } });
        assert_eq!(json(&of(&value)), value);
    }
}
