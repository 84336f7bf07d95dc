import os
from openai import OpenAI

counsel = OpenAI(base_url=os.environ["COUNSEL_URL"] + "/v1", api_key=os.environ["COUNSEL_TOKEN"])
question = [{"role": "user", "content": "Hello!"}]
for chunk in counsel.chat.completions.create(model="scripted", messages=question, stream=True):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
