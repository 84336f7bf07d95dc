//! The table itself. `template.yaml` makes it on AWS; this makes the same one on a laptop and in tests.

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection, ProjectionType,
    ScalarAttributeType, TimeToLiveSpecification,
};

use crate::error::{Error, Result};

use super::keys::{ACTIVE, BY_ACTIVITY, EXPIRES_AT, PK, SK};
use super::{Store, fault};

impl Store {
    /// Makes the table unless it is there.
    pub async fn create_table(&self) -> Result<()> {
        let created = self
            .client()
            .await?
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(vec![attribute(PK)?, attribute(SK)?, attribute(ACTIVE)?]))
            .set_key_schema(Some(key(PK, SK)?))
            .local_secondary_indexes(by_activity()?)
            .send()
            .await;
        match created {
            Ok(_) => self.expire().await,
            Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => {
                Ok(())
            }
            Err(error) => Err(fault::during("create table")(error)),
        }
    }

    async fn expire(&self) -> Result<()> {
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRES_AT).build();
        let ttl = ttl.map_err(Error::internal)?;
        let update = self.client().await?.update_time_to_live().table_name(&self.table).time_to_live_specification(ttl);
        update.send().await.map(|_| ()).map_err(fault::during("time to live"))
    }
}

fn by_activity() -> Result<LocalSecondaryIndex> {
    LocalSecondaryIndex::builder()
        .index_name(BY_ACTIVITY)
        .set_key_schema(Some(key(PK, ACTIVE)?))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .map_err(Error::internal)
}

fn attribute(name: &str) -> Result<AttributeDefinition> {
    let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
    definition.build().map_err(Error::internal)
}

fn key(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>> {
    let element = |name: &str, of| KeySchemaElement::builder().attribute_name(name).key_type(of).build();
    let hash = element(hash, KeyType::Hash).map_err(Error::internal)?;
    let range = element(range, KeyType::Range).map_err(Error::internal)?;
    Ok(vec![hash, range])
}
