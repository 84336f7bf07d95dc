//! Bodies beyond DynamoDB's 400 KB an item: the rest lies in fragments right behind the item.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::kinds::{Kind, Stored, item_of, read_item};
use super::{Store, fault, keys, unreadable};

/// Well below the limit, whatever the other attributes are.
const MAX_BYTES: usize = 300_000;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FragmentItem {
    pub pk: String,
    pub sk: String,
    pub body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl Stored for FragmentItem {
    const KIND: Kind = Kind::Fragment;
}

/// An item says how many fragments it has, unless it has none.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(super) fn is_zero(fragments: &usize) -> bool {
    *fragments == 0
}

impl Store {
    pub(super) async fn put_fragments(
        &self,
        pk: &str,
        sk: &str,
        fragments: &[&str],
        expires_at: Option<i64>,
    ) -> Result<()> {
        for (number, body) in (1..).zip(fragments) {
            let (pk, sk) = (pk.to_owned(), keys::fragment(sk, number));
            let item = FragmentItem { pk, sk, body: (*body).to_owned(), expires_at };
            let put = PutRequest::builder().set_item(Some(item_of(&item)?)).build().map_err(unreadable)?;
            self.write_batch(vec![WriteRequest::builder().put_request(put).build()]).await?;
        }
        Ok(())
    }

    pub(super) async fn whole_body(&self, pk: &str, sk: &str, first: &str, fragments: usize) -> Result<String> {
        let mut body = first.to_owned();
        for number in 1..=fragments {
            let get = self.get(pk, &keys::fragment(sk, number)).await?;
            let item = get.send().await.map_err(fault::during("read fragment"))?.item;
            body.push_str(&read_item::<FragmentItem>(item.unwrap_or_default())?.body);
        }
        Ok(body)
    }
}

/// What stays in the item, and what goes into fragments 1, 2, 3 …
pub(super) fn split(body: &str) -> (&str, Vec<&str>) {
    let (first, mut rest) = cut(body);
    let mut fragments = Vec::new();
    while !rest.is_empty() {
        let (fragment, more) = cut(rest);
        fragments.push(fragment);
        rest = more;
    }
    (first, fragments)
}

fn cut(text: &str) -> (&str, &str) {
    text.split_at(text.floor_char_boundary(MAX_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_between_characters_and_comes_back_whole() {
        let body = "aß👋".repeat(200_000);
        let (first, fragments) = split(&body);
        assert!(fragments.len() > 3);
        assert!(fragments.iter().all(|fragment| fragment.len() <= MAX_BYTES));
        assert_eq!(first.to_owned() + &fragments.concat(), body);
    }

    #[test]
    fn a_short_body_stays_in_its_item() {
        assert_eq!(split("short"), ("short", Vec::new()));
    }
}
