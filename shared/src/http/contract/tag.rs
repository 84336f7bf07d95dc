//! Tags: the groups in which readers find an operation, in the order of the README's tables.

use serde_json::{Value, json};

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    group: Group,
    name: &'static str,
    about: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Ours,
    Sdks,
    Replaced,
}

/// In the order of the document.
const GROUPS: [(Group, &str); 3] =
    [(Group::Ours, "Counsel API"), (Group::Sdks, "SDK-compatible APIs"), (Group::Replaced, "Replaced systems")];

// Tags that several functions share.
pub const ACCOUNT: Tag = Tag::new("account", "The user, their logins and API keys, and all of their data.");
pub const SIGN_IN: Tag = Tag::new("sign-in", "Sign in with an identity provider, refresh tokens, sign out.");
pub const AI_SDK: Tag = Tag::of(Group::Sdks, "AI SDK", "Vercel's `useChat`; the chat's id names a session.");
pub const OPENAI: Tag = Tag::of(
    Group::Sdks,
    "OpenAI SDK",
    "`base_url` is this API's with `/v1`, `api_key` an API key or access token. Errors have OpenAI's shape.",
);
pub const ANTHROPIC: Tag = Tag::of(
    Group::Sdks,
    "Anthropic SDK",
    "`base_url` is this API's, `api_key` an API key or access token. Errors have Anthropic's shape.",
);
pub const BAID: Tag =
    Tag::of(Group::Replaced, "BAID", "BAID's plug-in for IDEs, which names users by their e-mail addresses.");
pub const MEAI: Tag = Tag::of(Group::Replaced, "meAI", "meAI's front end, whose ids are numbers.");
pub const CONVERSATION_API: Tag =
    Tag::of(Group::Replaced, "Conversation API", "Clients of the Conversation API, whose ids are UUIDs.");
pub const STARTER: Tag =
    Tag::of(Group::Replaced, "Responses starter app", "The browser of OpenAI's Responses starter app.");

impl Tag {
    /// One of our own API: a function's noun.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        Self::of(Group::Ours, name, about)
    }

    const fn of(group: Group, name: &'static str, about: &'static str) -> Self {
        Self { group, name, about }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }
}

/// `tags`, and `x-tagGroups` as renderers of `OpenAPI` read it.
pub(super) fn described(tags: &[Tag]) -> (Value, Value) {
    let of = |group: Group| tags.iter().filter(move |tag| tag.group == group);
    let tag = |tag: &Tag| json!({ "name": tag.name, "description": tag.about });
    let group =
        |(group, title): (Group, &str)| json!({ "name": title, "tags": of(group).map(Tag::name).collect::<Vec<_>>() });
    let tags = GROUPS.iter().flat_map(|(group, _)| of(*group)).map(tag).collect();
    (tags, GROUPS.map(group).into())
}
