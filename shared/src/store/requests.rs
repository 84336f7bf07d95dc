//! How every request to the table begins: with the table's name and the key. The caller says the rest, and sends it.

use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::{DeleteBuilder, PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};

use crate::error::Result;

use super::Store;
use super::attributes::{AttributeMap, text};
use super::fault::{self, Refused};
use super::keys::{PK, SK};
use super::kinds::{Stored, item_of};

impl Store {
    /// Reads the item as it is now. A caller to whom a moment ago is good enough says `consistent_read(false)`: that
    /// costs half.
    pub(super) async fn get(&self, pk: &str, sk: &str) -> Result<GetItemFluentBuilder> {
        let get = self.client().await?.get_item().table_name(&self.table).consistent_read(true);
        Ok(get.key(PK, text(pk)).key(SK, text(sk)))
    }

    pub(super) async fn put<T: Stored>(&self, item: &T) -> Result<PutItemFluentBuilder> {
        Ok(self.client().await?.put_item().table_name(&self.table).set_item(Some(item_of(item)?)))
    }

    pub(super) async fn update(&self, pk: &str, sk: &str) -> Result<UpdateItemFluentBuilder> {
        Ok(self.client().await?.update_item().table_name(&self.table).key(PK, text(pk)).key(SK, text(sk)))
    }

    pub(super) async fn delete(&self, pk: &str, sk: &str) -> Result<DeleteItemFluentBuilder> {
        Ok(self.client().await?.delete_item().table_name(&self.table).key(PK, text(pk)).key(SK, text(sk)))
    }

    /// Reads a partition as it is now, all of it unless the caller narrows the key condition.
    pub(super) async fn query(&self, pk: &str) -> Result<QueryFluentBuilder> {
        let query = self.client().await?.query().table_name(&self.table).consistent_read(true);
        Ok(query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", text(pk)))
    }

    /// The same for those items whose sort key begins so.
    pub(super) async fn query_prefix(&self, pk: &str, prefix: &str) -> Result<QueryFluentBuilder> {
        let query = self.query(pk).await?.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)");
        Ok(query.expression_attribute_values(":prefix", text(prefix)))
    }

    pub(super) fn transact_put<T: Stored>(&self, item: &T) -> Result<PutBuilder> {
        Ok(Put::builder().table_name(&self.table).set_item(Some(item_of(item)?)))
    }

    pub(super) fn transact_update(&self, pk: &str, sk: &str) -> UpdateBuilder {
        Update::builder().table_name(&self.table).key(PK, text(pk)).key(SK, text(sk))
    }

    pub(super) fn transact_delete(&self, pk: &str, sk: &str) -> DeleteBuilder {
        Delete::builder().table_name(&self.table).key(PK, text(pk)).key(SK, text(sk))
    }

    /// Does all of these writes, or none.
    pub(super) async fn transact(&self, writes: [TransactWriteItem; 2], what: &str) -> Result<Result<(), Refused>> {
        let write = self.client().await?.transact_write_items().set_transact_items(Some(writes.into()));
        fault::transaction(write.send().await, what)
    }
}

/// Everything that a query finds, page after page.
pub(super) async fn all_pages(query: QueryFluentBuilder, what: &str) -> Result<Vec<AttributeMap>> {
    let (mut items, mut pages) = (Vec::new(), query.into_paginator().items().send());
    while let Some(item) = pages.next().await {
        items.push(item.map_err(fault::during(what))?);
    }
    Ok(items)
}
