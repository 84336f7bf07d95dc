"""anthropic: accumulates the Conversation API's stream, which is Anthropic's at another path, with another body."""

import anthropic
import httpx2

from task import KEY, TASK, URL, result


def elsewhere(request):
    request.url = httpx2.URL(URL + TASK["path"])


client = anthropic.Anthropic(base_url=URL, api_key=KEY, http_client=httpx2.Client(event_hooks={"request": [elsewhere]}))
said = {"content": TASK["content"]}
with client.messages.stream(model="openai:fake", max_tokens=1, messages=[], extra_body=said) as stream:
    message = stream.get_final_message()
result(message.to_dict())
