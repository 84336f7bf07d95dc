//! Why the folder of a laptop's data cannot be used, and what cures it.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::error::Error;

pub fn unusable_data_dir(folder: &Path, error: &io::Error) -> Error {
    let why = match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => "is a file".to_owned(),
        _ => format!("cannot be written ({error})"),
    };
    Error::setting("DATA_DIR", format!("{} {why}; name a folder that this process may write", folder.display()))
}
