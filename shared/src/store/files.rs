//! Files that code has made: who may read them, and where they lie.

use serde::{Deserialize, Serialize};

use crate::domain::{ContainerId, FileId, MadeFile, SessionId, Timestamp, TurnId, UserId};
use crate::error::Result;

use super::attributes::text;
use super::kinds::{Kind, Stored};
use super::requests::all_pages;
use super::{Store, fault, keys};

#[derive(Serialize, Deserialize)]
struct FileItem {
    pk: String,
    sk: String,
    id: FileId,
    container: ContainerId,
    provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    session: SessionId,
    turn: TurnId,
}

impl Stored for FileItem {
    const KIND: Kind = Kind::File;
}

impl Store {
    /// Writing it again changes nothing.
    pub async fn put_file(&self, owner: &UserId, file: &MadeFile) -> Result<()> {
        let MadeFile { id, container, provider, name, session, turn } = file.clone();
        let (pk, sk) = (keys::user(owner), keys::file(&id));
        let put = self.put(&FileItem { pk, sk, id, container, provider, name, session, turn }).await?;
        put.send().await.map(|_| ()).map_err(fault::during("put file"))
    }

    pub async fn file(&self, owner: &UserId, id: &FileId) -> Result<Option<MadeFile>> {
        let item = self.entry(&keys::user(owner), &keys::file(id), Timestamp::now(), "get file").await?;
        let file = |FileItem { pk: _, sk: _, id, container, provider, name, session, turn }| MadeFile {
            id,
            container,
            provider,
            name,
            session,
            turn,
        };
        Ok(item.map(file))
    }

    /// Deletes what is known of the files that answers of this session have brought.
    pub async fn delete_files(&self, owner: &UserId, session: &SessionId) -> Result<()> {
        let query = self
            .query_prefix(&keys::user(owner), keys::FILES)
            .await?
            .filter_expression("#session = :session")
            .projection_expression("pk, sk")
            // A reserved word.
            .expression_attribute_names("#session", "session")
            .expression_attribute_values(":session", text(session));
        self.delete_all(&all_pages(query, "read files").await?).await.map(|_| ())
    }
}
