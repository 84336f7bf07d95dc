"""Where the journey goes: a deployed stack, or the emulator. `make smoke` and `make emulate-test` say which."""

import os
import signal

import httpx
import pytest

from client import Client
from functions import Functions

LIMIT_SECONDS = 300


def pytest_sessionstart():
    def give_up(*_):
        pytest.exit(f"the journey took more than {LIMIT_SECONDS} s", returncode=1)

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LIMIT_SECONDS)


def setting(name):
    return os.environ.get(name) or pytest.exit(f"{name} is not set", returncode=1)


def transport():
    """Only an emulator has an address for each function."""
    emulator = os.environ.get("JOURNEY_FUNCTIONS")
    return Functions(emulator) if emulator else httpx.HTTPTransport()


@pytest.fixture(scope="session")
def is_emulated():
    return bool(os.environ.get("JOURNEY_FUNCTIONS"))


@pytest.fixture(scope="session")
def ada():
    """Whose token it is; what she has said here is deleted at the end."""
    client = Client(setting("JOURNEY_URL"), setting("JOURNEY_TOKEN"), transport())
    client.sessions = set()
    yield client
    for session in client.sessions:
        client.http.delete(f"/sessions/{session}")


@pytest.fixture
def browser():
    """Somebody who has not signed in."""
    with httpx.Client(base_url=setting("JOURNEY_URL"), timeout=60, trust_env=False, transport=transport()) as browser:
        yield browser
