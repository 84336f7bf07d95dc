"""What API Gateway does, for an emulator that gives each function an address of its own: which route is whose is read
from the recorded events. Everything else goes where it was sent, to the process that stands for the provider."""

import json
import pathlib
import re

import httpx

EVENTS = pathlib.Path(__file__).resolve().parents[4] / "events"


class Functions(httpx.HTTPTransport):
    def __init__(self, emulator):
        super().__init__()
        self.emulator = httpx.URL(emulator)
        self.routes = list(routes())

    def handle_request(self, request):
        function = next((name for name, route in self.routes if route(request)), None)
        if function is None:
            return super().handle_request(request)
        url = self.emulator.copy_with(raw_path=f"/lambda-url/{function}".encode() + request.url.raw_path)
        sent = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return super().handle_request(sent)


def routes():
    """(function, whether a request is for it) of each route."""
    for file in EVENTS.glob("*/*.json"):
        event = json.loads(file.read_text())
        path = "".join(part_of_pattern(part) for part in re.split(r"({\w+})", event["resource"]))
        yield file.parent.name, matcher(event["httpMethod"], re.compile(path))


def part_of_pattern(part):
    return "[^/]+" if part.startswith("{") else re.escape(part)


def matcher(method, path):
    return lambda request: request.method == method and path.fullmatch(request.url.path)
