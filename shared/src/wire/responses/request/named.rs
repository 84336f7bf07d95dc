//! Items that a client names instead of sending them: each stands in the log of the turn that its id tells.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::TurnId;
use crate::error::{Error, Result};

use super::{Input, ItemBody, ResponseBody};

/// Of so many answers an input may name items.
const MAX_TURNS: usize = 100;

impl ResponseBody {
    /// The turns of the items that it names instead of sending them.
    pub fn turns(&self) -> Result<Vec<TurnId>> {
        let Input::Items(items) = &self.input else { return Ok(Vec::new()) };
        let mut turns = Vec::new();
        for id in items.iter().filter_map(ItemBody::reference) {
            let turn = id.split('_').nth(1).and_then(|turn| TurnId::parse(turn).ok()).ok_or_else(|| missing(id))?;
            if !turns.contains(&turn) {
                turns.push(turn);
            }
        }
        if turns.len() > MAX_TURNS {
            return Err(Error::invalid("input", "An input names items of at most 100 answers."));
        }
        Ok(turns)
    }

    /// Puts the items of these turns in their places.
    pub fn fill(&mut self, known: &[Value]) -> Result<()> {
        let Input::Items(items) = &mut self.input else { return Ok(()) };
        for item in items {
            if let Some(id) = item.reference() {
                let found = known.iter().rfind(|known| known["id"] == id).ok_or_else(|| missing(id))?;
                *item = ItemBody::deserialize(found).map_err(Error::internal)?;
            }
        }
        Ok(())
    }
}

impl ItemBody {
    /// The id of an item that is named instead of sent.
    fn reference(&self) -> Option<&str> {
        let is_bare = self.r#type.is_none() && self.role.is_none();
        self.id.as_deref().filter(|_| is_bare || self.r#type.as_deref() == Some("item_reference"))
    }
}

fn missing(id: &str) -> Error {
    Error::not_found("item").because(format!("an item was named {id}"))
}
