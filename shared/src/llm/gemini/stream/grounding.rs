//! What an answer leans on (ai.google.dev/gemini-api/docs/google-search).

use serde::Deserialize;

use crate::domain::Citation;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Grounding {
    grounding_chunks: Vec<Source>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Source {
    web: Option<Place>,
    /// Of a search in one's own files.
    retrieved_context: Option<Place>,
    maps: Option<Place>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    uri: Option<String>,
    title: Option<String>,
    text: Option<String>,
}

impl Grounding {
    pub(super) fn citations(self) -> impl Iterator<Item = Citation> {
        let place = |source: Source| source.web.or(source.retrieved_context).or(source.maps);
        let citation = |Place { uri, title, text }| Citation { url: uri, title, file: None, quote: text };
        self.grounding_chunks.into_iter().filter_map(place).map(citation).filter(|cited| *cited != Citation::default())
    }
}
