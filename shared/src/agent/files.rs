//! Files that an answer brings: written down before anybody hears of them, so that no link leads nowhere.

use crate::domain::{Citation, FileId, MadeFile, ModelEvent, Part, Transcript, UserId};
use crate::error::{Error, ErrorKind, Result};
use crate::llm::{Download, MadeFiles};

use super::consultant::Consultant;
use super::turn::Turn;

impl Turn {
    /// A citation of a file that code has made gets a link of ours. A store that is away costs the link, not the
    /// answer.
    pub(super) async fn link(&self, mut event: ModelEvent, said: &Transcript) -> ModelEvent {
        if let ModelEvent::Cited { citation } = &mut event
            && let Some((container, id)) = citation.made_file()
        {
            let url = id.url();
            let model = said.tally().model().unwrap_or(&self.head.model);
            let file = MadeFile {
                id,
                container,
                provider: model.provider.clone(),
                name: citation.title.clone(),
                session: self.head.session.clone(),
                turn: self.head.turn.clone(),
            };
            if is_linked(said, &url) || self.keep_file(&file).await {
                citation.url = Some(url);
            }
        }
        event
    }

    async fn keep_file(&self, file: &MadeFile) -> bool {
        match Box::pin(self.store.put_file(&self.owner, file)).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(turn = %file.turn, %error, "a file stays without a link");
                false
            }
        }
    }
}

/// The same file is often cited with every sentence.
fn is_linked(said: &Transcript, url: &str) -> bool {
    let is_it = |cited: &Citation| cited.url.as_deref() == Some(url);
    said.parts().iter().any(|part| matches!(part, Part::Citation(cited) if is_it(cited)))
}

impl Consultant {
    /// 404 unless it is this owner's, in a session that still is.
    pub async fn file(&self, owner: &UserId, id: &FileId) -> Result<MadeFile> {
        let none = || Error::not_found("file");
        let file = self.store.file(owner, id).await?.ok_or_else(none)?;
        // Deleted sessions are swept by and by.
        let session = self.store.session(owner, &file.session).await;
        session.map_err(|error| if error.kind() == ErrorKind::NotFound { none() } else { error })?;
        Ok(file)
    }

    /// The file as its provider has it.
    pub async fn download(&self, file: &MadeFile) -> Result<Download> {
        let held = || MadeFiles::new(&self.llm, self.roots, &self.secrets);
        self.made_files.get_or_init(held).fetch(file).await
    }
}
