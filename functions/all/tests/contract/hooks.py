"""What a contract cannot know, and its reader is told by the running set."""

import copy
import itertools
import os

import schemathesis

NUMBERS = itertools.count()

# Whatever names a model.
ASKING = ("Ask", "Chat", "Completions", "NewMessage", "Responses")
MODEL = "openai-responses:fake"


@schemathesis.hook
def before_load_schema(context, schema):
    """`GET /models` says which may be asked; here it is one."""
    for name in ASKING:
        schema["components"]["schemas"][name]["properties"]["model"] = {"enum": [MODEL, None]}
    run = schema["components"]["schemas"]["Run"]
    run["properties"]["forwardedProps"] = {"properties": {"model": {"enum": [MODEL]}}}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta and case.meta.generation.mode.is_positive:
        if isinstance(case.body, dict):
            case.body = copy.deepcopy(case.body)  # Other cases hold the same.
        use_a_key_once(case)
        name_tools_once(case)
        keep_a_model(case)
        end_with_a_question(case)
        speak_one_dialect(case)
        ask_of_days_in_order(case)
        say_something(case)


def say_something(case):
    """`\\S` does not mean the same everywhere: U+0085 is white space to us, and none to ECMA-262."""
    if isinstance(case.body, dict):
        blank = [key for key, value in case.body.items() if isinstance(value, str) and value and not value.strip()]
        case.body.update(dict.fromkeys(blank, "something"))


def use_a_key_once(case):
    """Another question under the same key is refused, as it must be."""
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{case.headers['Idempotency-Key'][:200]}{os.getpid()}-{next(NUMBERS)}"


def name_tools_once(case):
    """JSON Schema can only say that whole tools differ, not that their names do."""
    if isinstance(case.body, dict) and isinstance(case.body.get("tools"), list):
        case.body["tools"] = list({name(tool): tool for tool in case.body["tools"]}.values())


def name(tool):
    """As the model would hear it; of what its provider runs there is one of a kind, and of its servers one of a label."""
    return tool.get("name") or tool.get("function", {}).get("name") or tool.get("server_label") or tool.get("type")


def keep_a_model(case):
    """Any may be kept with a conversation, and tokens are counted for any; it is asked later whether there is one."""
    if case.path in ("/api/v1/conversations", "/v1/messages", "/v1/messages/count_tokens"):
        if isinstance(case.body, dict) and "model" in case.body:
            case.body["model"] = MODEL


def end_with_a_question(case):
    """JSON Schema has no word for the last item of a list."""
    if not isinstance(case.body, dict):
        return
    text = "And now?"
    if "threadId" in case.body or "/v1/messages" in case.path or "completions" in case.path:
        case.body["messages"].append({"role": "user", "content": text})
        case.body.pop("resume", None)
    elif case.path == "/api/chat":
        said = {"role": "user", "parts": [{"type": "text", "text": text}]}
        if case.body.get("messages") is None:
            case.body["message"] = said
        else:
            case.body["messages"].append(said)
    elif case.path == "/v1/responses":
        if case.body.get("previous_response_id") or case.body.get("conversation"):
            case.body["input"] = text
        elif isinstance(case.body["input"], list):
            case.body["input"].append({"role": "user", "content": text})


def speak_one_dialect(case):
    """The dialect of the answer is that of the question, where the question has one."""
    if case.path == "/consult":
        is_run = isinstance(case.body, dict) and "threadId" in case.body
        if is_run or (case.query or {}).get("dialect") == "agui":
            case.query = {**(case.query or {}), "dialect": "agui" if is_run else "ui"}


def ask_of_days_in_order(case):
    """Of two days the first comes first, and they are at most a year apart."""
    if case.path == "/usage" and case.query and "from" in case.query:
        case.query["to"] = case.query["from"]


@schemathesis.deserializer("text/plain")
def plain(context, response):
    return response.text
