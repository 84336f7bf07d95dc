"""The stage: a model server, a store, and two processes of ours over it, started once for all tests."""

import signal
import subprocess

import pytest

import model_server
from client import Client
from processes import Process, binary, environment, free_port

# The whole journey takes half a minute; a hung one must not hold up a build for hours.
LIMIT_SECONDS = 300


def pytest_sessionstart():
    def give_up(*_):
        pytest.exit(f"the journey took more than {LIMIT_SECONDS} s", returncode=1)

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LIMIT_SECONDS)


class Stage:
    """Everything that runs, and ada's client at each of the two processes."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def start(self):
        self.model = self.runs(model_server.start(self.folder))
        store = self.runs(self.ours("dynamodb", {}))
        store.wait_until_it_answers("/", seconds=30)
        self.model.wait_until_it_answers("/health/liveliness", seconds=120)
        settings = {
            "DYNAMODB_ENDPOINT": store.url,
            "OPENAI_BASE_URL": f"{self.model.url}/v1",
            "OPENAI_API_KEY": model_server.KEY,
            "ANTHROPIC_BASE_URL": self.model.url,
            "ANTHROPIC_API_KEY": model_server.KEY,
            "GEMINI_BASE_URL": self.model.url,
            "GEMINI_API_KEY": model_server.KEY,
        }
        first, second = (self.runs(self.ours("all", settings, name)) for name in ("first", "second"))
        for process in (first, second):
            process.wait_until_it_answers("/ready", seconds=30)
        token = self.token("ada")
        self.first, self.second = Client(first.url, token), Client(second.url, token)

    def ours(self, program, settings, name=None):
        port = free_port()
        more = {"HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": self.data_folder()} | settings
        return Process(name or program, [binary(program)], self.folder, port, **more)

    def token(self, user):
        command = [binary("token"), user]
        settings = environment(DATA_DIR=self.data_folder())
        return subprocess.run(command, env=settings, check=True, text=True, capture_output=True).stdout.strip()

    def data_folder(self):
        return str(self.folder / "data")

    def runs(self, process):
        self.running.append(process)
        return process

    def stop(self):
        for process in reversed(self.running):
            process.stop()


@pytest.fixture(scope="session")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("journey"))
    try:
        stage.start()
        yield stage
    finally:
        stage.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failure shows the end of every process's log; the logs themselves stay in pytest's temporary folder."""
    report = (yield).get_result()
    if report.failed and "stage" in item.funcargs:
        for process in item.funcargs["stage"].running:
            report.sections.append((f"{process.name} ({process.log_file})", process.log()[-3000:]))
