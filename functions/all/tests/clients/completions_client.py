"""openai (PyPI): asks for a completion in one of its ways, answers with it, or with the error that it raises."""

import openai

from task import KEY, TASK, URL, attempt, result, with_keys

client = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=TASK.get("retries", 0))


def create(body, headers):
    return client.chat.completions.create(**body, extra_headers=headers).to_dict()


def helper(body, headers):
    with client.chat.completions.stream(**body, extra_headers=headers) as stream:
        return stream.get_final_completion().to_dict()


def read(body, headers):
    told = {"text": "", "reasoning": "", "finish": [], "usage": None, "roles": []}
    for chunk in client.chat.completions.create(**body, stream=True, extra_headers=headers):
        for choice in chunk.choices:
            told["text"] += choice.delta.content or ""
            told["reasoning"] += getattr(choice.delta, "reasoning_content", None) or ""
            told["roles"] += [choice.delta.role] if choice.delta.role else []
            told["finish"] += [choice.finish_reason] if choice.finish_reason else []
        told["usage"] = chunk.usage.to_dict() if chunk.usage else told["usage"]
    return told


def models(_body, _headers):
    listed = [model.to_dict() for model in client.models.list()]
    return {"list": listed, "one": client.models.retrieve(TASK["model"]).to_dict()}


def ask(question, key):
    body = {"model": "openai:fake", "messages": [{"role": "user", "content": question}]}
    return helper(body, {"Idempotency-Key": key})["choices"][0]["message"]["content"]


ways = {"create": create, "helper": helper, "read": read, "models": models}
if "questions" in TASK:
    result(with_keys(TASK["questions"], ask))
elif "bodies" in TASK:
    result([attempt(lambda: ways[TASK["way"]](body, None)) for body in TASK["bodies"]])
else:
    result(attempt(lambda: ways[TASK["way"]](TASK.get("body"), TASK.get("headers"))))
