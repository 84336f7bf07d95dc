//! Exports everything that a user has, an item at a time, as fast as the client reads it.

use serde_json::{Map, Value};

use crate::domain::{TurnId, UserId};
use crate::error::{Error, Result};

use super::attributes::{AttributeMap, number_of, text, text_of};
use super::keys::{self, EXPIRES_AT, PK, SK};
use super::kinds::{Kind, KindCounts, read_item};
use super::{Store, fault, unreadable};

/// A page waits in memory until the client has read it.
const PAGE: i32 = 50;

/// What the export says of an item.
#[derive(Clone, Debug)]
pub struct Exported {
    pub kind: Kind,
    pub fields: Map<String, Value>,
}

/// What is left to export, the next at the end: what lies under an item comes right after it.
pub struct Export {
    store: Store,
    left: Vec<Left>,
    /// The turn that came last: its question and its answer both name it.
    turn: Option<TurnId>,
    pub counts: KindCounts,
}

enum Left {
    /// A partition, from here on.
    Partition(String, Option<AttributeMap>),
    /// The log of a turn, unless it came last.
    Turn(TurnId),
    /// What lies under an e-mail address; a password only if it is this subject's.
    ByAddress { key: (String, String), subject: String },
    /// Items that have been read, the next at the end.
    Items(Vec<AttributeMap>),
}

/// What a user may read of an item.
struct ExportRule {
    /// Secrets, and what only we need.
    hidden: &'static [&'static str],
    /// Texts that are JSON, and what they are called in the export.
    json: &'static [(&'static str, &'static str)],
}

/// A new kind says here what of it is exported; none when it comes with another, or has no user.
const fn rule(kind: Kind) -> Option<ExportRule> {
    let (hidden, json): (&[&str], &[(&str, &str)]) = match kind {
        Kind::Session => (&["active", "created_by", "deleted_by", "last_message", "open_writer"], &[("metadata", "metadata")]),
        Kind::Message => (&["fragments"], &[("body", "parts")]),
        Kind::Head => (&["digest", "fragments", "writer"], &[("body", "question"), ("hosted", "hosted"), ("tools", "tools")]),
        Kind::Record => (&["writer"], &[("events", "events")]),
        Kind::Login => (&["current", "former", "salt"], &[]),
        Kind::Key | Kind::Ticket => (&["digest"], &[]),
        Kind::Password => (&["hash"], &[]),
        Kind::Usage | Kind::Fingerprint | Kind::File | Kind::Profile | Kind::PickupMark | Kind::Tries => (&[], &[]),
        // With what it is the rest of; and as its mark and the profile say it.
        Kind::Fragment | Kind::Pickup
        // Under no user.
        | Kind::SignIn | Kind::Erasure => return None,
    };
    Some(ExportRule { hidden, json })
}

impl Store {
    /// `address`: the digest of the user's e-mail address, and their subject at the provider that vouched for it.
    pub fn export(&self, owner: &UserId, address: Option<(String, String)>) -> Export {
        let under = |(address, subject): (String, String)| {
            [keys::password(&address), keys::tries(&address)]
                .map(|key| Left::ByAddress { key, subject: subject.clone() })
        };
        let mut left: Vec<_> = address.into_iter().flat_map(under).collect();
        left.push(Left::Partition(keys::user(owner), None));
        Export { store: self.clone(), left, turn: None, counts: KindCounts::new() }
    }

    async fn page_of(
        &self,
        pk: &str,
        start: Option<AttributeMap>,
    ) -> Result<(Vec<AttributeMap>, Option<AttributeMap>)> {
        let query = self.query(pk).await?.limit(PAGE).set_exclusive_start_key(start);
        let reply = query.send().await.map_err(fault::during("read what to export"))?;
        Ok((reply.items.unwrap_or_default(), reply.last_evaluated_key))
    }

    async fn by_address(&self, (pk, sk): (String, String), subject: &str) -> Result<Option<AttributeMap>> {
        let reply = self.get(&pk, &sk).await?.send().await;
        let item = reply.map_err(fault::during("read what to export"))?.item;
        Ok(item.filter(|item| !item.contains_key("subject") || text_of(item, "subject") == subject))
    }
}

impl Export {
    /// None when everything has been exported.
    pub async fn next(&mut self, owner: &UserId) -> Result<Option<Exported>> {
        while let Some(left) = self.left.pop() {
            match left {
                Left::Partition(pk, start) => {
                    let (mut items, end) = self.store.page_of(&pk, start).await?;
                    items.reverse();
                    self.left.extend(end.map(|end| Left::Partition(pk, Some(end))));
                    self.left.push(Left::Items(items));
                }
                Left::Turn(turn) if self.turn.as_ref() == Some(&turn) => {}
                Left::Turn(turn) => {
                    self.left.push(Left::Partition(keys::log(owner, &turn), None));
                    self.turn = Some(turn);
                }
                Left::ByAddress { key, subject } => {
                    let item = self.store.by_address(key, &subject).await?;
                    self.left.extend(item.map(|item| Left::Items(vec![item])));
                }
                Left::Items(mut items) => {
                    let Some(item) = items.pop() else { continue };
                    self.left.push(Left::Items(items));
                    if let Some(exported) = self.export_item(owner, item).await? {
                        *self.counts.entry(exported.kind).or_default() += 1;
                        return Ok(Some(exported));
                    }
                }
            }
        }
        Ok(None)
    }

    async fn export_item(&mut self, owner: &UserId, mut item: AttributeMap) -> Result<Option<Exported>> {
        let (pk, sk) = (text_of(&item, PK).to_owned(), text_of(&item, SK).to_owned());
        let kind = Kind::of(&pk, &sk).ok_or_else(|| unreadable(format!("an item of no kind: {sk}")))?;
        let Some(rule) = rule(kind) else { return Ok(None) };
        self.left.extend(below(kind, owner, &sk, &item).into_iter().flatten());
        self.complete(kind, &pk, &sk, &mut item).await?;
        Ok(Some(Exported { kind, fields: rule.fields(&pk, &sk, item)? }))
    }

    /// A body that goes on in fragments.
    async fn complete(&self, kind: Kind, pk: &str, sk: &str, item: &mut AttributeMap) -> Result<()> {
        let fragments: usize = number_of(item, "fragments").unwrap_or_default();
        if fragments > 0 {
            let rest = if kind == Kind::Head { keys::part_of_head(text_of(item, "writer")) } else { sk.to_owned() };
            let body = self.store.whole_body(pk, &rest, text_of(item, "body"), fragments).await?;
            item.insert("body".to_owned(), text(body));
        }
        Ok(())
    }
}

/// What lies under this item, the next at the end.
fn below(kind: Kind, owner: &UserId, sk: &str, item: &AttributeMap) -> [Option<Left>; 2] {
    let turn = |name: &str| TurnId::parse(text_of(item, name)).ok().map(Left::Turn);
    match kind {
        Kind::Session => {
            let messages = format!("{}#{sk}", keys::user(owner));
            [turn("open_turn"), Some(Left::Partition(messages, None))]
        }
        Kind::Message => [turn("turn"), None],
        _ => [None, None],
    }
}

impl ExportRule {
    fn fields(&self, pk: &str, sk: &str, mut item: AttributeMap) -> Result<Map<String, Value>> {
        for name in [PK, SK].iter().chain(self.hidden) {
            item.remove(*name);
        }
        let mut fields: Map<String, Value> = read_item(item)?;
        for (stored, name) in self.json {
            if let Some(Value::String(json)) = fields.remove(*stored) {
                fields.insert((*name).to_owned(), serde_json::from_str(&json).map_err(unreadable)?);
            }
        }
        // All other times are milliseconds.
        if let Some(seconds) = fields.get(EXPIRES_AT).and_then(Value::as_i64) {
            fields.insert(EXPIRES_AT.to_owned(), (seconds * 1_000).into());
        }
        fields.extend(from_keys(pk, sk));
        Ok(fields)
    }
}

/// What only an item's keys say.
fn from_keys(pk: &str, sk: &str) -> Option<(String, Value)> {
    let (name, value) = match (pk.rsplit_once('#')?, sk.split_once('#')) {
        ((owner, session), Some(("MSG", _))) if owner.ends_with("#SESSION") => ("session", session.into()),
        ((owner, turn), Some(("LOG", _))) if owner.ends_with("#TURN") => ("turn", turn.into()),
        (_, Some(("USAGE", rest))) => ("day", rest.split('#').next()?.into()),
        _ => return None,
    };
    Some((name.to_owned(), value))
}

impl Exported {
    /// A line of JSON, its end included.
    pub fn line(mut self) -> Result<String> {
        let kind = serde_json::to_value(self.kind).map_err(Error::internal)?;
        self.fields.insert("type".to_owned(), kind);
        serde_json::to_string(&self.fields).map(|line| line + "\n").map_err(Error::internal)
    }
}
