"""anthropic: asks for a message in one of its ways, answers with it, or with the error that it raises."""

import anthropic

from task import KEY, TASK, URL, attempt, result, with_keys

client = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=TASK.get("retries", 0))


def create(body, headers):
    return client.messages.create(**body, extra_headers=headers).to_dict()


def stream(body, headers):
    with client.messages.stream(**body, extra_headers=headers) as told:
        return told.get_final_message().to_dict()


def beta(body, headers):
    with client.beta.messages.stream(**body, betas=["mcp-client-2025-11-20"], extra_headers=headers) as told:
        return told.get_final_message().to_dict()


def count(body, _headers):
    return client.messages.count_tokens(**body).to_dict()


def models(_body, _headers):
    listed = [model.to_dict(mode="json") for model in client.models.list()]
    return {"list": listed, "one": client.models.retrieve(TASK["model"]).to_dict(mode="json")}


def ask(question, key):
    body = {"model": "openai:fake", "max_tokens": 100, "messages": [{"role": "user", "content": question}]}
    return "".join(block.get("text", "") for block in stream(body, {"Idempotency-Key": key})["content"])


ways = {"create": create, "stream": stream, "beta": beta, "count": count, "models": models}
if "questions" in TASK:
    result(with_keys(TASK["questions"], ask))
elif "bodies" in TASK:
    result([attempt(lambda: ways[TASK["way"]](body, None)) for body in TASK["bodies"]])
else:
    result(attempt(lambda: ways[TASK["way"]](TASK.get("body"), TASK.get("headers"))))
