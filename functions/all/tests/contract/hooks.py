"""What a contract cannot know, and its reader is told by the running set."""

import itertools

import schemathesis

NUMBERS = itertools.count()


@schemathesis.hook
def before_load_schema(context, schema):
    """`GET /models` says which may be asked; here it is one."""
    for name in ("Ask", "AnthropicMessages"):
        schema["components"]["schemas"][name]["properties"]["model"] = {"enum": ["openai:fake", None]}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta and case.meta.generation.mode.is_positive:
        use_a_key_once(case)
        name_tools_once(case)


def use_a_key_once(case):
    """Another question under the same key is refused, as it must be."""
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{case.headers['Idempotency-Key'][:200]}{next(NUMBERS)}"


def name_tools_once(case):
    """JSON Schema can only say that whole tools differ, not that their names do."""
    if isinstance(case.body, dict) and isinstance(case.body.get("tools"), list):
        case.body["tools"] = list({tool["name"]: tool for tool in case.body["tools"]}.values())


@schemathesis.deserializer("text/plain")
def plain(context, response):
    return response.text
