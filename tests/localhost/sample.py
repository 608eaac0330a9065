"""The sample app under ``python -m localhost`` in a process of its own, and ways to speak to it."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SAMPLE_APP = HERE / "sample_app"
_READY = re.compile(r"Listening on http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Sample:
    """A host that answers: its process, port, what it printed, and the file of its log."""

    process: subprocess.Popen[str]
    port: int
    printed: str
    log_file: Path
    client: httpx.Client

    @property
    def log(self) -> str:
        """Everything logged so far."""
        return self.log_file.read_text("utf-8")

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Send a GET."""
        return self.client.get(path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Send a POST."""
        return self.client.post(path, **options)

    def exchange(self, request: bytes, *, method: str = "GET") -> http.client.HTTPResponse:
        """Send *request* as it is, and return the answer with its body still to be read."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            response.body = response.read()  # type: ignore[attr-defined]
            response.close()
            return response

    def run_timer(self, name: str) -> httpx.Response:
        """Run a timer function by hand."""
        return self.post(f"/admin/functions/{name}", json={"input": ""})


def command(*arguments: str) -> list[str]:
    """Return the command line of the host with the sample app and *arguments*."""
    return [
        sys.executable,
        "-m",
        "localhost",
        "--app-dir",
        str(SAMPLE_APP),
        "--settings",
        str(SAMPLE_APP / "settings.json"),
        *arguments,
    ]


def environment(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return this process's environment with *variables*, without any that steer the host."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AzureWebJobs", "SAMPLE_"))}
    return kept | {"PYTHONPATH": str(ROOT), **variables}


@contextmanager
def running_sample(
    folder: Path, *, arguments: list[str] | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[Sample]:
    """Run *arguments* or else the sample app, with timer status and log in *folder*; SIGTERM must end it with 0."""
    log_file = folder / "log.txt"
    arguments = arguments or command("--port", "0", "--timer-status", str(folder / "timers"))
    with (
        log_file.open("w") as log,
        subprocess.Popen(  # noqa: S603  (our own command)
            arguments, cwd=folder, env=environment(variables or {}), stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            printed, port = _wait_until_ready(process, log_file)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                yield Sample(process, port, printed, log_file, client)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()
    assert process.returncode == 0


def _wait_until_ready(process: subprocess.Popen[str], log_file: Path) -> tuple[str, int]:
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if found := _READY.search(line):
            return printed, int(found[1])
    raise AssertionError(f"the host ended before it was ready: {log_file.read_text()}")
