"""Processes under test: started on free ports, watched until ready, ended by their own id."""

import os
import pathlib
import socket
import subprocess
import time

import httpx

ROOT = pathlib.Path(__file__).resolve().parents[4]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def binary(name):
    return str(ROOT / TARGET / "debug" / name)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment(**settings):
    """Only what a process needs: nothing of this machine's own settings or keys slips in."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {"NO_PROXY": "127.0.0.1"} | settings


class Process:
    """One server process with its log in a file."""

    def __init__(self, name, command, folder, port, **settings):
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.log_file = folder / f"{name}.log"
        with open(self.log_file, "wb") as log:
            self.child = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment(**settings)
            )

    def log(self):
        return self.log_file.read_text(errors="replace")

    def wait_until_it_answers(self, path, seconds):
        """Ready is any reply but a 5xx: a store may refuse a bare GET and still be up."""

        def answers():
            if self.child.poll() is not None:
                raise AssertionError(f"{self.name} exited with {self.child.returncode}:\n{self.log()[-3000:]}")
            try:
                return httpx.get(self.url + path, timeout=5, trust_env=False).status_code < 500
            except httpx.TransportError:
                return False

        wait_until(answers, seconds, f"{self.name} answers")
        return self

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def wait_until(happened, seconds, what):
    """Polls until it is true; returns what it found."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain: {what}")
