//! What another model receives, and how long each has. The stories show which takes over when.

use serde_json::json;

use super::*;
use crate::domain::{CallId, Container, Role, ToolCall};
use crate::llm::PromptMessage;

/// Its provider searches the web, and runs nothing else.
struct Searcher;

impl Model for Searcher {
    fn stream(&self, _: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        stream::empty().boxed()
    }

    fn runs(&self, tool: &HostedTool) -> bool {
        matches!(tool, HostedTool::WebSearch { .. })
    }
}

#[test]
fn another_model_is_not_told_what_only_the_first_can_read() {
    let mut call = ToolCall::new(CallId::from_provider("c"), "now", json!({}));
    call.signature = Some("locked".to_owned());
    let thought = Part::Reasoning { text: "Hm.".to_owned(), signature: Some("locked".to_owned()) };
    let parts = vec![thought, Part::text("Let me look."), Part::ToolCall(call)];
    let messages = vec![PromptMessage { role: Role::Assistant, parts }];
    let hosted = vec![
        HostedTool::WebSearch { user_location: None },
        HostedTool::CodeInterpreter { container: Container::default() },
    ];
    let told = for_another(&ModelRequest { messages, hosted, ..ModelRequest::default() }, &Searcher);
    assert!(!format!("{told:?}").contains("locked"));
    assert_eq!((told.messages[0].parts.len(), told.hosted.len()), (2, 1));
}

#[test]
fn those_who_may_take_over_get_their_share_of_the_time() {
    let until = Instant::now() + Duration::from_mins(1);
    for (others, seconds) in [(0, 60.0), (1, 30.0), (2, 20.0)] {
        let share = share(until, others).duration_since(Instant::now()).as_secs_f64();
        assert!((seconds - 1.0..=seconds).contains(&share), "{others}: {share}");
    }
}
