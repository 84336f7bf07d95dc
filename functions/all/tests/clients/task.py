"""What a script was told, and how it answers."""

import json
import os

URL = os.environ["URL"]
KEY = os.environ["KEY"]
TASK = json.loads(os.environ["TASK"])


def result(value):
    print("result: " + json.dumps(value), flush=True)
