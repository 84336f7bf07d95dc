//! The blocks of text within one answer: one is open at a time, and what is begun is ended.

use crate::domain::{BlockId, ModelEvent, TextKind};

#[derive(Default)]
pub(super) struct OpenBlocks {
    next: BlockId,
    open: Option<(BlockId, TextKind)>,
}

impl OpenBlocks {
    /// Says a piece of text: in the open block if it is of this kind, else in a new one.
    pub(super) fn say(&mut self, kind: TextKind, text: &str, out: &mut Vec<ModelEvent>) {
        if !text.is_empty() {
            let block = self.open(kind, out);
            out.push(ModelEvent::TextDelta { block, kind, text: text.to_owned() });
        }
    }

    /// Signs the open reasoning, or one that was never said aloud.
    pub(super) fn sign(&mut self, signature: String, out: &mut Vec<ModelEvent>) {
        let block = self.open(TextKind::Reasoning, out);
        out.push(ModelEvent::ReasoningSigned { block, signature });
    }

    pub(super) fn end(&mut self, out: &mut Vec<ModelEvent>) {
        if let Some((block, kind)) = self.open.take() {
            out.push(ModelEvent::TextEnded { block, kind });
        }
    }

    fn open(&mut self, kind: TextKind, out: &mut Vec<ModelEvent>) -> BlockId {
        if let Some((block, open)) = self.open
            && open == kind
        {
            return block;
        }
        self.end(out);
        let block = self.next;
        self.next += 1;
        self.open = Some((block, kind));
        out.push(ModelEvent::TextStarted { block, kind });
        block
    }
}
