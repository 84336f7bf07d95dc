//! What a question may hold beside its text: images and files, as bytes or as an address.

use serde::Deserialize;
use shared::domain::{Media, Part};
use shared::error::Result;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum AskPart {
    Text { text: String },
    Image(MediaBody),
    File(MediaBody),
}

#[derive(Deserialize, ToSchema)]
#[schema(as = AskMedia)]
pub(crate) struct MediaBody {
    #[schema(pattern = "^[A-Za-z0-9.+-][A-Za-z0-9./+-]*/[A-Za-z0-9./+-]*$", max_length = 100)]
    media_type: String,
    name: Option<String>,
    /// Base64.
    data: Option<String>,
    /// `https://`; the provider looks there, not we.
    url: Option<String>,
}

impl AskPart {
    pub(crate) fn parse(self) -> Result<Part> {
        match self {
            Self::Text { text } => Ok(Part::text(text)),
            Self::Image(body) => body.parse().map(Part::Image),
            Self::File(body) => body.parse().map(Part::File),
        }
    }
}

impl MediaBody {
    fn parse(self) -> Result<Media> {
        let Self { media_type, name, data, url } = self;
        Media::parse(media_type, name, data, url)
    }
}
