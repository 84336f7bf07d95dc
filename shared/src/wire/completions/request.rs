//! `POST /v1/chat/completions` (<https://platform.openai.com/docs/api-reference/chat/create>): what its client asks, in
//! our words.

use std::borrow::Cow;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::openapi::schema::{ArrayBuilder, OneOfBuilder};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::{Effort, Media, Options, Part, Request, ToolOutcome, ToolSpec, whole_number};
use crate::error::{Error, Result};
use crate::wire::{ConversationParser, ParsedConversation};

/// Many clients write null for what they leave out.
#[derive(Deserialize, ToSchema)]
#[schema(as = Completions)]
pub struct CompletionsBody {
    model: Option<String>,
    messages: Vec<MessageBody>,
    tools: Option<Vec<ToolBody>>,
    tool_choice: Option<Value>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[serde(default, deserialize_with = "whole_number")]
    max_tokens: Option<u32>,
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[serde(default, deserialize_with = "whole_number")]
    max_completion_tokens: Option<u32>,
    #[schema(minimum = 0, maximum = 2)]
    temperature: Option<f64>,
    #[schema(exclusive_minimum = 0, maximum = 1)]
    top_p: Option<f64>,
    stop: Option<Stop>,
    reasoning_effort: Option<EffortBody>,
    // What would be missed: it is refused, not passed over.
    #[serde(default, deserialize_with = "whole_number")]
    n: Option<u64>,
    response_format: Option<Value>,
    functions: Option<Value>,
    logprobs: Option<bool>,
}

/// One text, or some.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CompletionsStop)]
enum Stop {
    One(String),
    Some(Vec<String>),
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CompletionsEffort)]
enum EffortBody {
    None,
    #[serde(alias = "minimal")]
    Low,
    Medium,
    #[serde(alias = "xhigh")]
    High,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionsStreamOptions)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(tag = "role", rename_all = "lowercase")]
#[schema(as = CompletionsMessage)]
enum MessageBody {
    System { content: Content },
    Developer { content: Content },
    User { content: Content },
    Assistant { content: Option<Content>, tool_calls: Option<Vec<CallBody>> },
    Tool { tool_call_id: String, content: Content },
}

/// A text, or parts.
struct Content(Vec<PartBody>);

#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = CompletionsPart)]
enum PartBody {
    Text { text: String },
    Refusal { refusal: String },
    ImageUrl { image_url: ImageBody },
    File { file: FileBody },
}

#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionsImage)]
struct ImageBody {
    url: String,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionsFile)]
struct FileBody {
    filename: Option<String>,
    file_data: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionsCall)]
struct CallBody {
    id: String,
    function: CalledBody,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionsCalled)]
struct CalledBody {
    name: String,
    arguments: String,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionsTool)]
struct ToolBody {
    function: Option<FunctionBody>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = CompletionsFunction)]
struct FunctionBody {
    name: String,
    description: Option<String>,
    parameters: Option<Value>,
}

impl CompletionsBody {
    /// Whether a stream ends with a chunk about its usage.
    pub fn wants_usage(&self) -> bool {
        self.stream_options.as_ref().and_then(|options| options.include_usage).unwrap_or(false)
    }

    pub fn parse(self) -> Result<Request> {
        self.check()?;
        let options = self.options();
        let Self { model, messages, tools, tool_choice, stream, .. } = self;
        let mut parser = ConversationParser::default();
        messages.into_iter().try_for_each(|message| message.add_to(&mut parser))?;
        let ParsedConversation { system, history, new_input } = parser.end()?;
        let tools = tools.unwrap_or_default().into_iter().map(ToolBody::parse).collect::<Result<_>>()?;
        let tools = if may_call(tool_choice.as_ref())? { tools } else { Vec::new() };
        Ok(Request {
            model,
            system,
            history,
            new_input,
            tools,
            hosted: Vec::new(),
            options,
            stream: stream.unwrap_or(false),
        })
    }

    fn options(&self) -> Options {
        Options {
            reasoning: self.reasoning_effort.map(EffortBody::parse),
            max_tokens: self.max_completion_tokens.or(self.max_tokens),
            temperature: self.temperature,
            top_p: self.top_p,
            stop: self.stop.clone().map_or_else(Vec::new, Stop::parse),
        }
    }

    fn check(&self) -> Result<()> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(Error::invalid("n", "There is one answer to a question: n is 1."));
        }
        if self.response_format.as_ref().is_some_and(|format| !format.is_null() && format["type"] != "text") {
            return Err(Error::invalid("response_format", "Answers are text here."));
        }
        if self.functions.as_ref().is_some_and(|functions| !functions.is_null()) {
            return Err(Error::invalid("functions", "Functions are offered as tools."));
        }
        if self.logprobs == Some(true) {
            return Err(Error::invalid("logprobs", "There are no log probabilities here."));
        }
        Ok(())
    }
}

impl Stop {
    fn parse(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Some(texts) => texts,
        }
    }
}

impl EffortBody {
    fn parse(self) -> Effort {
        match self {
            Self::None => Effort::None,
            Self::Low => Effort::Low,
            Self::Medium => Effort::Medium,
            Self::High => Effort::High,
        }
    }
}

/// Whether the model may call the client's tools.
fn may_call(choice: Option<&Value>) -> Result<bool> {
    match choice.map(|choice| choice.as_str().unwrap_or("that")) {
        None | Some("auto") => Ok(true),
        Some("none") => Ok(false),
        Some(_) if choice.is_some_and(Value::is_null) => Ok(true),
        Some(_) => {
            Err(Error::invalid("tool_choice", "A model is not forced to call here: tool_choice is auto or none."))
        }
    }
}

impl MessageBody {
    fn add_to(self, parser: &mut ConversationParser) -> Result<()> {
        match self {
            Self::System { content } | Self::Developer { content } => parser.system(content.text()),
            Self::User { content } => {
                content.0.into_iter().try_for_each(|part| part.parse().map(|part| parser.user(part)))?;
            }
            Self::Assistant { content, tool_calls } => {
                if let Some(text) = content.map(Content::text).filter(|text| !text.is_empty()) {
                    parser.assistant(Part::text(text));
                }
                for CallBody { id, function: CalledBody { name, arguments } } in tool_calls.unwrap_or_default() {
                    let arguments = serde_json::from_str(&arguments).unwrap_or(Value::String(arguments));
                    parser.called(&id, &name, arguments);
                }
            }
            Self::Tool { tool_call_id, content } => {
                parser.returned(&tool_call_id, ToolOutcome { content: content.text(), is_error: false });
            }
        }
        Ok(())
    }
}

impl Content {
    fn text(self) -> String {
        let text = |part| match part {
            PartBody::Text { text } | PartBody::Refusal { refusal: text } => Some(text),
            PartBody::ImageUrl { .. } | PartBody::File { .. } => None,
        };
        self.0.into_iter().filter_map(text).collect()
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fn parts<T: DeserializeOwned, E: serde::de::Error>(value: Value) -> Result<T, E> {
            T::deserialize(value).map_err(E::custom)
        }
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(vec![PartBody::Text { text }])),
            value @ Value::Array(_) => parts(value).map(Self),
            _ => Err(D::Error::custom("Content is a text, or parts.")),
        }
    }
}

impl PartialSchema for Content {
    fn schema() -> RefOr<Schema> {
        let parts = ArrayBuilder::new().items(Ref::from_schema_name(PartBody::name()));
        OneOfBuilder::new().item(String::schema()).item(parts).into()
    }
}

impl ToSchema for Content {
    fn name() -> Cow<'static, str> {
        "CompletionsContent".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((PartBody::name().into_owned(), PartBody::schema()));
        PartBody::schemas(schemas);
    }
}

impl PartBody {
    fn parse(self) -> Result<Part> {
        match self {
            Self::Text { text } | Self::Refusal { refusal: text } => Ok(Part::text(text)),
            Self::ImageUrl { image_url } => Media::at(&image_url.url, "image/png", None).map(Part::Image),
            Self::File { file: FileBody { filename, file_data } } => {
                let data = file_data.ok_or_else(|| Error::invalid("file", "A file comes with its file_data."))?;
                Media::at(&data, "application/pdf", filename).map(Part::File)
            }
        }
    }
}

impl ToolBody {
    fn parse(self) -> Result<ToolSpec> {
        let function = self.function.ok_or_else(|| Error::invalid("tools", "A tool is a function here."))?;
        let FunctionBody { name, description, parameters } = function;
        let parameters = parameters.unwrap_or_else(|| serde_json::json!({ "type": "object", "properties": {} }));
        Ok(ToolSpec { name, description: description.unwrap_or_default(), parameters })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::{Decision, NewInput, Role};

    use super::*;

    fn parse(body: Value) -> Result<Request> {
        serde_json::from_value::<CompletionsBody>(body).map_err(Error::internal)?.parse()
    }

    #[test]
    fn a_question_comes_with_pictures_and_files_and_with_nulls() {
        let content = json!([
            { "type": "text", "text": "What is it?" },
            { "type": "image_url", "image_url": { "url": "data:image/gif;base64,QQ==", "detail": "low" } },
            { "type": "file", "file": { "filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ==" } },
        ]);
        let messages = json!([{ "role": "system", "content": "Be brief." }, { "role": "user", "content": content }]);
        let request = parse(json!({
            "model": "m", "messages": messages, "tools": null, "tool_choice": null, "stream": null,
            "stream_options": null, "n": 1, "response_format": { "type": "text" }, "logprobs": false, "user": "ada",
        }));
        let request = request.unwrap();
        assert_eq!((request.model.as_deref(), request.system.as_deref()), (Some("m"), Some("Be brief.")));
        let NewInput::Question(question) = request.new_input else { panic!("{:?}", request.new_input) };
        assert!(matches!(question.parts(), [Part::Text { .. }, Part::Image(_), Part::File(_)]), "{question:?}");
    }

    #[test]
    fn what_came_of_a_call_goes_to_its_turn() {
        let call = json!({ "id": "call_7_a", "type": "function", "function": { "name": "read", "arguments": "{}" } });
        let messages = json!([
            { "role": "user", "content": "Hi" },
            { "role": "assistant", "content": "Hello." },
            { "role": "user", "content": "Read a." },
            { "role": "assistant", "content": null, "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "call_7_a", "content": [{ "type": "text", "text": "x" }] },
        ]);
        let request = parse(json!({ "messages": messages })).unwrap();
        let NewInput::Decisions(decisions, _) = request.new_input else { panic!("{:?}", request.new_input) };
        let (call, Decision::Outcome(outcome)) = &decisions[0] else { panic!("{decisions:?}") };
        assert_eq!((call.to_string().as_str(), outcome.content.as_str()), ("call_7_a", "x"));
        assert_eq!(request.history.iter().map(|m| m.role).collect::<Vec<_>>(), [Role::User, Role::Assistant]);
    }

    #[test]
    fn how_an_answer_shall_be_made_is_said_in_our_words() {
        let options = |mut body: Value| {
            body["messages"] = json!([{ "role": "user", "content": "Hi" }]);
            parse(body).unwrap().options
        };
        let history = options(json!({
            "max_tokens": 7, "temperature": 0.5, "top_p": 0.9, "stop": ".", "reasoning_effort": "minimal",
        }));
        let wanted = Options {
            reasoning: Some(Effort::Low),
            max_tokens: Some(7),
            temperature: Some(0.5),
            top_p: Some(0.9),
            stop: vec![".".to_owned()],
        };
        assert_eq!(history, wanted);
        let newer = options(json!({ "max_completion_tokens": 8, "stop": ["a", "b"], "reasoning_effort": "none" }));
        assert_eq!((newer.max_tokens, newer.stop.len(), newer.reasoning), (Some(8), 2, Some(Effort::None)));
        assert!(options(json!({ "stop": null, "reasoning_effort": null })).is_default());
    }

    #[test]
    fn tools_that_may_not_be_called_are_not_offered() {
        let tools = json!([{ "type": "function", "function": { "name": "read" } }]);
        let body = |choice: &str| json!({ "messages": [{ "role": "user", "content": "Hi" }], "tools": tools, "tool_choice": choice });
        assert_eq!(parse(body("auto")).unwrap().tools.len(), 1);
        assert!(parse(body("none")).unwrap().tools.is_empty());
        assert!(parse(body("required")).is_err());
    }
}
