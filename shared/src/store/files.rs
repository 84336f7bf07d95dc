//! Files that code has made: who may read them, and where they lie.

use serde::{Deserialize, Serialize};

use crate::domain::{ContainerId, FileId, MadeFile, SessionId, Timestamp, TurnId, UserId};
use crate::error::Result;

use super::entries::item_of;
use super::kinds::{Kind, Stored};
use super::{Store, all_pages, fault, keys};

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
        let item = item_of(&FileItem { pk, sk, id, container, provider, name, session, turn })?;
        let put = self.client().await?.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(|_| ()).map_err(|error| fault::of(error, "put file"))
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
            .client()
            .await?
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .filter_expression("#session = :session")
            .projection_expression("pk, sk")
            // A reserved word.
            .expression_attribute_names("#session", "session")
            .expression_attribute_values(":pk", keys::text(keys::user(owner)))
            .expression_attribute_values(":prefix", keys::text(keys::FILES))
            .expression_attribute_values(":session", keys::text(session))
            .consistent_read(true);
        self.delete_all(&all_pages(query, "read files").await?).await.map(|_| ())
    }
}
