//! What operations need to have happened before: a question that was answered, one that waits, one that is open.

use serde_json::{Value, json};
use shared::domain::{Day, SessionId, Timestamp};
use shared::testing::{Script, Stream};

use super::house::{House, Stage, text};

const QUESTION: &str = "Which of our two offers should we take?";
const BEGINNING: &str = "The second one: ";

impl House {
    pub(super) async fn answered(&self, stage: Stage) -> Stage {
        let question = json!({ "text": QUESTION, "stream": false });
        let turn = self.call("/consult", &stage, Some(question)).await.json();
        let (session, id) = (text(&turn["session"]), text(&turn["id"]));
        let today = Day::of(Timestamp::now()).to_string();
        let named = [
            ("conversation", SessionId::parse(session.as_str()).unwrap().to_uuid().unwrap()),
            ("session", session),
            ("message", text(&turn["question"]["id"])),
            ("response", format!("resp_{id}")),
            ("turn", id),
            ("from", today.clone()),
            ("to", today),
        ];
        named.into_iter().fold(stage, |stage, (name, value)| stage.with(name, value))
    }

    /// A turn that waits for this call.
    pub(super) async fn waiting(&self, stage: Stage, call: &str, tool: &str, arguments: &str) -> Stage {
        self.world.provider.then(Script::new().calls_tool(call, tool, arguments).finish_because("tool_calls"));
        let parameters = json!({ "type": "object", "properties": { "path": { "type": "string" } } });
        let open_file = json!({ "name": "open_file", "description": "Reads a file.", "parameters": parameters });
        let question = json!({ "text": QUESTION, "tools": [open_file], "stream": false });
        let turn = self.call("/consult", &stage, Some(question)).await.json();
        stage.with("turn", text(&turn["id"])).with("call", call)
    }

    /// A turn that the model has only begun to answer.
    pub(super) async fn open_turn(&self, stage: Stage) -> Stage {
        self.world.provider.then(Script::new().say(BEGINNING).stalls());
        let turn = self.begin("/consult", &stage, &json!({ "text": QUESTION })).await;
        stage.with("response", format!("resp_{turn}")).with("turn", turn)
    }

    /// The same in a chat; the model goes on when somebody listens.
    pub(super) async fn open_chat(&self, stage: Stage) -> Stage {
        let gate = stage.values["email"].clone();
        self.world.provider.then(Script::new().say(BEGINNING).gate(&gate).say("it costs less.").finish());
        let message = json!({ "role": "user", "parts": [{ "type": "text", "text": QUESTION }] });
        self.begin("/api/chat", &stage, &json!({ "id": "a-chat", "messages": [message] })).await;
        Stage { opens: Some(gate), ..stage.with("session", "a-chat") }
    }

    /// Returns the turn, once its answer has begun.
    async fn begin(&self, path: &str, stage: &Stage, body: &Value) -> String {
        let token = stage.token.as_deref().expect("a token");
        let request = self.client.post(format!("{}{path}", stage.url)).bearer_auth(token).json(body);
        let reply = request.send().await.expect("a reply");
        let turn = reply.headers()["location"].to_str().expect("a text").trim_start_matches("/turns/").to_owned();
        Stream::new(reply).until(BEGINNING).await;
        turn
    }

    pub(super) async fn with_key(&self, stage: Stage) -> Stage {
        self.call("/me/keys", &stage, Some(json!({ "name": "a script" }))).await;
        stage
    }

    /// A file that its provider still has.
    pub(super) async fn file(&self, stage: Stage) -> Stage {
        let ada = self.with_files.actor("ada").await;
        let session = ada.ask(QUESTION).await.session;
        self.world.put_file("ada", &session, "cfile_1").await;
        let (url, token) = (self.with_files.url.clone(), Some(ada.token().to_owned()));
        Stage { url, token, ..stage.with("file", "cfile_1").with("file_id", "cfile_1") }
    }
}
