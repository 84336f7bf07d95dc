//! The table as it lies behind a world's processes, past all code of ours.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::identity::{LOCAL_ISSUER, user_id};

use super::World;

impl World {
    /// Every item of the table, in DynamoDB's JSON.
    pub async fn items(&self) -> Vec<Value> {
        let (mut items, mut start) = (Vec::new(), Value::Null);
        loop {
            let mut scan = json!({ "TableName": "counsel", "ConsistentRead": true });
            if !start.is_null() {
                scan["ExclusiveStartKey"] = start;
            }
            let mut page = self.dynamodb("Scan", &scan).await;
            items.extend(page["Items"].as_array().expect("items").iter().cloned());
            start = page["LastEvaluatedKey"].take();
            if start.is_null() {
                return items;
            }
        }
    }

    /// `pk sk` of every item.
    pub async fn keys(&self) -> BTreeSet<String> {
        let key = |item: &Value, name: &str| item[name]["S"].as_str().expect("a key").to_owned();
        self.items().await.iter().map(|item| format!("{} {}", key(item, "pk"), key(item, "sk"))).collect()
    }

    pub async fn put_item(&self, item: &Value) {
        self.dynamodb("PutItem", &json!({ "TableName": "counsel", "Item": item })).await;
    }

    /// A file, as an answer of this local user's in this session would have brought it.
    pub async fn put_file(&self, user: &str, session: &str, file: &str) {
        let text = |value: &str| json!({ "S": value });
        let item = json!({
            "pk": text(&format!("USER#{}", user_id(LOCAL_ISSUER, user))), "sk": text(&format!("FILE#{file}")),
            "id": text(file), "container": text("cntr_1"), "provider": text("openai-responses"),
            "name": text("table.csv"), "session": text(session), "turn": text("1"),
        });
        self.put_item(&item).await;
    }
}
