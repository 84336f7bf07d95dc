"""openai: makes one call of its Responses API, or asks again and again through cuts; see responses.mjs."""

import openai

from task import KEY, TASK, URL, result

client = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0)
LAST = ["response.completed", "response.incomplete", "response.failed", "error"]
body = TASK.get("body")


def create():
    return {"response": client.responses.create(**body).to_dict()}


def stream():
    with client.responses.stream(**body) as told:
        events = [event.to_dict() for event in told]
        return {"events": events, "response": told.get_final_response().to_dict()}


def raw():
    return {"events": [event.to_dict() for event in client.responses.create(**body, stream=True)]}


def retrieve():
    return {"response": client.responses.retrieve(TASK["id"]).to_dict()}


def resume():
    told = client.responses.retrieve(TASK["id"], stream=True, starting_after=TASK["after"])
    return {"events": [event.to_dict() for event in told]}


def cancel():
    return {"response": client.responses.cancel(TASK["id"]).to_dict()}


def remove():
    return {"deleted": client.responses.delete(TASK["id"])}


def inputItems():
    return {"items": [item.to_dict() for item in client.responses.input_items.list(TASK["id"], order="asc")]}


def missing():
    try:
        client.responses.retrieve(TASK["id"])
    except openai.APIStatusError as error:
        return {"status": error.status_code}


def refused():
    try:
        client.responses.create(**body)
    except openai.APIStatusError as error:
        return {"status": error.status_code, "code": error.code, "param": error.param, "message": error.body["message"]}


def cuts():
    """Asks until it was cut so often; each time it comes back to where it was, as this client does."""
    heard, seen = [], 0
    for number in range(TASK["questions"]):
        if seen >= TASK["cuts"]:
            break
        answer = {"id": None, "after": None, "text": "", "over": False}
        for _ in range(100):
            try:
                hear(answer, f"question-{number}")
            except Exception:  # Cut: the network's fault, whatever it is called.
                pass
            if answer["over"]:
                break
            seen += 1
        heard.append(answer)
    return {"heard": heard, "seen": seen}


def hear(answer, idempotency):
    if answer["id"]:
        told = client.responses.retrieve(answer["id"], stream=True, starting_after=answer["after"])
    else:
        asked = {**body, "input": f"{body['input']} {idempotency}"}
        told = client.responses.create(**asked, stream=True, extra_headers={"Idempotency-Key": idempotency})
    for event in told:
        answer["after"] = event.sequence_number
        if event.type == "response.created":
            answer["id"] = event.response.id
        if event.type == "response.output_text.delta":
            answer["text"] += event.delta
        answer["over"] = event.type in LAST


result(globals()[TASK["call"]]())
