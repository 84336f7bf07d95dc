"""What a script was told, and how it answers."""

import json
import os

URL = os.environ["URL"]
KEY = os.environ["KEY"]
TASK = json.loads(os.environ["TASK"])


def result(value):
    print("result: " + json.dumps(value), flush=True)


def attempt(what):
    """What came of it, or what was thrown."""
    try:
        return what()
    except Exception as error:
        found = {name: getattr(error, name, None) for name in ("message", "code", "type")}
        status, request = (getattr(error, name, None) for name in ("status_code", "request_id"))
        return {"thrown": type(error).__name__, "status": status, "request": request, **found}


def with_keys(questions, ask):
    """Asks each question until its answer has come whole, under one key: how often, and what was answered."""
    answers, tries = [], 0
    for question in questions:
        answer = None
        while answer is None and tries < 1_000:
            tries += 1
            try:
                answer = ask(question, f"key of {question}")
            except Exception:
                pass
        answers.append(answer)
    return {"answers": answers, "tries": tries}
