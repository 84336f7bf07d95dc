import os
from anthropic import Anthropic

counsel = Anthropic(base_url=os.environ["COUNSEL_URL"], api_key=os.environ["COUNSEL_TOKEN"])
question = [{"role": "user", "content": "Hello!"}]
with counsel.messages.stream(model="scripted", max_tokens=1024, messages=question) as answer:
    for text in answer.text_stream:
        print(text, end="", flush=True)
