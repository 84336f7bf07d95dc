//! A file that code of a model has made: it lies with the provider, and is read through us.

use super::{Citation, ContainerId, FileId, SessionId, TurnId};

/// Where a file lies, and whose answer has brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFile {
    pub id: FileId,
    pub container: ContainerId,
    /// What stands before the colon of the model that answered.
    pub provider: String,
    pub name: Option<String>,
    pub session: SessionId,
    pub turn: TurnId,
}

impl FileId {
    /// Where its owner reads it.
    pub fn url(&self) -> String {
        format!("/files/{self}")
    }
}

impl Citation {
    /// The file and the container that code has made it in, if it is one.
    pub fn made_file(&self) -> Option<(ContainerId, FileId)> {
        let (container, file) = self.file.as_deref()?.split_once('/')?;
        Some((ContainerId::parse(container).ok()?, FileId::parse(file).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_of_a_container_can_be_read_and_no_name_leads_elsewhere() {
        let made = |file: &str| Citation { file: Some(file.to_owned()), ..Citation::default() }.made_file();
        let (container, file) = made("cntr_9/cfile_3").unwrap();
        assert_eq!((container.as_str(), file.url().as_str()), ("cntr_9", "/files/cfile_3"));
        for other in ["file-1", "cntr_9/", "/cfile_3", "cntr_9/../x", "../cfile_3", "a/b/c", "a/b?c", "a/b#c"] {
            assert_eq!(made(other), None, "{other}");
        }
    }
}
