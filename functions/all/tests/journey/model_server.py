"""LiteLLM's proxy: a model server that nobody here wrote. Its replies are canned; its protocol is its own."""

import json
import pathlib
import sys

from processes import Process, free_port

KEY = "sk-the-journey-and-nothing-else"

# LiteLLM streams three characters at a time, so this one takes it seconds: a hang-up after the first words is
# truly in the middle. Some words are there to be split between two pieces.
LONG_ANSWER = " ".join(f"word{n} – naïve 日本語 🦀" if n % 50 == 0 else f"word{n}" for n in range(2000))
BRIEF_ANSWER = "A brief answer, but a whole one."

ASKED = '"POST /v1/chat/completions'


def start(folder):
    port = free_port()
    config = folder / "litellm.json"
    rows = [row("long", LONG_ANSWER), row("brief", BRIEF_ANSWER), translated("long", port), translated("brief", port)]
    models = {"model_list": rows}
    # LiteLLM reads it as YAML, which does not know JSON's escapes for characters beyond 16 bits.
    config.write_text(json.dumps(models, ensure_ascii=False), encoding="utf-8")
    litellm = str(pathlib.Path(sys.executable).parent / "litellm")
    command = [litellm, "--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
    # A proxy that leads nowhere: whatever it would like to fetch from the internet, it cannot.
    nowhere = "http://127.0.0.1:9"
    return Process(
        "litellm",
        command,
        folder,
        port,
        LITELLM_MASTER_KEY=KEY,
        PYTHONUTF8="1",
        LITELLM_LOCAL_MODEL_COST_MAP="True",
        HTTP_PROXY=nowhere,
        HTTPS_PROXY=nowhere,
    )


def row(name, answer):
    return {
        "model_name": name,
        "litellm_params": {"model": f"openai/{name}", "api_key": "sk-unused", "mock_response": answer},
    }


def translated(name, port):
    """The same answer once more, through LiteLLM's own translation: a vendor whose only protocol is chat completions,
    so that its other doors have to speak for it. The vendor is this server itself."""
    back = {"model": f"groq/{name}", "api_base": f"http://127.0.0.1:{port}/v1", "api_key": KEY}
    return {"model_name": f"{name}-translated", "litellm_params": back}


def times_asked(server):
    """How many calls its access log shows."""
    return server.log().count(ASKED)
