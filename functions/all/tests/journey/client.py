"""An ordinary HTTP client of the API: what a front end does, with httpx."""

import contextlib
import json

import httpx


class Client:
    """One user at one address."""

    def __init__(self, url, token, transport=None):
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False, transport=transport)

    def ask(self, text, model=None, headers=None, **more):
        return self.http.post("/consult", json=question(text, model) | more, headers=headers)

    @contextlib.contextmanager
    def asking(self, text, model=None):
        """The open stream of an answer; leaving the block hangs up."""
        with self.http.stream("POST", "/consult", json=question(text, model)) as reply:
            yield reply

    def turn(self, turn):
        return self.http.get(f"/turns/{turn}").raise_for_status().json()

    def rest_of_turn(self, turn, after):
        """The turn's stream from a position on, to its end."""
        with self.http.stream("GET", f"/turns/{turn}/stream", headers={"Last-Event-ID": after}) as reply:
            reply.raise_for_status()
            return list(frames(reply))

    def messages(self, session):
        return self.http.get(f"/sessions/{session}/messages").raise_for_status().json()["data"]


def question(text, model):
    return {"text": text} | ({"model": address(model)} if model else {})


def address(model):
    """`brief` is one of the provider whose protocol is everybody's; another says whose it is."""
    return model if ":" in model else f"openai:{model}"


def read_until(reply, count):
    """Reads until the screen shows so many pieces of text."""
    seen = []
    for frame in frames(reply):
        seen.append(frame)
        if sum('"text-delta"' in data for _, data in seen) == count:
            break
    return seen


def frames(reply):
    """(id, data) of each whole server-sent event, as it arrives."""
    position, data = None, []
    for line in reply.iter_lines():
        if not line and data:
            yield position, "\n".join(data)
            data = []
        elif line.startswith("id:"):
            position = line.removeprefix("id:").strip()
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))


def parts(some_frames):
    """The JSON parts of a `ui` stream, without its closing mark."""
    return [json.loads(data) for _, data in some_frames if data != "[DONE]"]


def text(some_frames):
    """What a reader of these frames has on the screen."""
    return "".join(part["delta"] for part in parts(some_frames) if part["type"] == "text-delta")


def text_of(message):
    return "".join(part["text"] for part in message["parts"] if part["type"] == "text")
