//! Schemas of the nouns that are texts on the wire.

use std::borrow::Cow;

use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Cost, Day, Id, ModelRef, Timestamp};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

impl<Kind> PartialSchema for Id<Kind> {
    fn schema() -> RefOr<Schema> {
        text().pattern(Some("^[A-Za-z0-9_-]{1,64}$")).examples(["243912337697051"]).into()
    }
}

impl<Kind> ToSchema for Id<Kind> {
    fn name() -> Cow<'static, str> {
        "Id".into()
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        text().format(Some(format)).examples(["2026-11-21T05:21:50.583Z"]).into()
    }
}

impl ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        "Timestamp".into()
    }
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).examples(["2026-11-21"]).into()
    }
}

impl ToSchema for Day {
    fn name() -> Cow<'static, str> {
        "Day".into()
    }
}

impl PartialSchema for ModelRef {
    fn schema() -> RefOr<Schema> {
        text().description(Some("A provider and its model.")).examples(["openai:gpt-5-mini"]).into()
    }
}

impl ToSchema for ModelRef {
    fn name() -> Cow<'static, str> {
        "ModelRef".into()
    }
}

impl PartialSchema for Cost {
    fn schema() -> RefOr<Schema> {
        let about = "USD, exact: a text, since many readers make a rounded float of a number.";
        text().description(Some(about)).pattern(Some(r"^[0-9]+(\.[0-9]+)?$")).examples(["0.00015"]).into()
    }
}

impl ToSchema for Cost {
    fn name() -> Cow<'static, str> {
        "Cost".into()
    }
}
