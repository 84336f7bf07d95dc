"""anthropic: asks for a message (`stream`: as a stream that it accumulates), answers with the message."""

import anthropic

from task import KEY, TASK, URL, result

client = anthropic.Anthropic(base_url=URL, api_key=KEY)
if TASK.pop("stream"):
    with client.messages.stream(**TASK) as stream:
        message = stream.get_final_message()
else:
    message = client.messages.create(**TASK)
result(message.to_dict())
