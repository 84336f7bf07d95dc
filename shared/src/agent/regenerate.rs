//! A question that is asked again: which exchange its answer takes the place of.

use crate::domain::{MessageId, Regenerate, Role, UserId};
use crate::error::Result;

use super::ask::Ask;
use super::consultant::Consultant;
use super::target::Target;

impl Consultant {
    /// The question of the session's last exchange, if that has asked the same: nothing else may go.
    pub(super) async fn replaced(&self, owner: &UserId, ask: &Ask, target: &Target) -> Result<Option<MessageId>> {
        let (Some(regenerate), Some(session)) = (&ask.regenerate, target.session()) else { return Ok(None) };
        let newest = self.store.newest_messages(owner, session, 2, true).await?;
        let turn = newest.last().map(|message| &message.turn);
        let question = newest.iter().find(|message| message.role == Role::User && Some(&message.turn) == turn);
        let is_meant = |question: &MessageId| match regenerate {
            Regenerate::Last => true,
            Regenerate::Only(answer) => question.next() == *answer,
        };
        let question = question.filter(|question| question.parts == ask.question.parts());
        Ok(question.map(|question| question.id.clone()).filter(is_meant))
    }
}
