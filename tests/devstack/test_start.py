"""``make start``, with a small directory, in a folder with a space in its name."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from devstack.azurite import free_port
from devstack.service import ROOT
from tests.stack import Command, children, running, wait_until_gone

READY = "^The service goes on answering"
SMALL = "simulator/samples/fabrikam-portal"
NOT_COPIED = (".*", "__pycache__", "node_modules", "tests", "docs")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source in such a folder, with what is installed linked into it."""
    folder = tmp_path_factory.mktemp("start") / "a b"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for name in (".venv", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture(scope="module")
def port() -> str:
    """A port that stays the same from one start to the next."""
    return str(free_port())


@pytest.fixture(scope="module")
def first(checkout: Path, port: str) -> str:
    """What the first start printed; its commands are tried while it runs, and Ctrl-C ends it."""
    installed = ("-o", ".venv/.installed", "-o", "node_modules/.installed")
    make = ["make", *installed, "start", f"PORT={port}", f"DIRECTORY={SMALL}"]
    with running(command=make, until=READY, folder=checkout) as command:
        started = _below(command.process.pid)
        for each in re.findall("^curl .*$", command.printed, re.MULTILINE):
            _try(each)
        os.killpg(command.process.pid, signal.SIGINT)  # as the terminal does: to make and all that it runs
        command.process.communicate(timeout=60)
        assert wait_until_gone(started)
    return command.printed


def _below(process_id: int) -> list[int]:
    """All processes that descend from one."""
    return [each for child in children(process_id) for each in (child, *_below(child))]


def _try(line: str) -> None:
    """A printed command works when pasted: it gives a list that is not empty."""
    ended = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)  # noqa: S603, S607
    answer = json.loads(ended.stdout)
    assert answer["Resources" if "Resources" in answer else "items"]


def test_first(first: str, port: str) -> None:
    """The directory is provisioned without a failure; tenant URL, token and three commands are printed."""
    assert "Initial cycle done: 21 changes, none failed." in first
    url = re.search(r"^Tenant URL +(\S+)$", first, re.MULTILINE)
    token = re.search(r"^Secret token +(rc\.\S+)$", first, re.MULTILINE)
    assert url is not None
    assert token is not None
    assert url[1].startswith(f"http://127.0.0.1:{port}/scim/account/")
    commands = re.findall("^curl .*$", first, re.MULTILINE)
    assert [url[1] in each for each in commands] == [True, True, False]
    assert all(token[1] in each for each in commands)


@pytest.mark.requirement("7643-9-03", "7644-7.4-02")
def test_log_keeps_secrets(first: str, checkout: Path) -> None:
    """The log tells of each request, and never a token, a name or an address."""
    log = (checkout / ".run" / "service.log").read_text("utf-8")
    assert log.count("Executed 'Functions.users_create' (Succeeded") == 9
    secret = re.search(r"\.([\w-]{51})$", first, re.MULTILINE)
    assert secret is not None
    assert secret[1] not in log
    assert "fabrikam.example" not in log


def test_ended_midway(checkout: Path, tmp_path: Path) -> None:
    """Ctrl-C while the directory is provisioned ends everything in order."""
    with _start(checkout, "0", until="Test Connection passed", run=tmp_path) as command:
        started = _below(command.process.pid)
        os.killpg(command.process.pid, signal.SIGINT)
        said, _ = command.process.communicate(timeout=60)
    assert command.process.returncode == 0
    assert "the next start goes on from there" in said
    assert wait_until_gone(started)


def test_second(first: str, checkout: Path, port: str) -> None:
    """The second start finds all that the first one stored, and its cycle has nothing to do; Ctrl-C is a good end."""
    with _start(checkout, port) as command:
        assert "Incremental cycle done: nothing to do." in command.printed
        for label in ("Tenant URL", "Secret token"):
            assert re.findall(f"^{label} .*$", command.printed, re.MULTILINE) == re.findall(
                f"^{label} .*$", first, re.MULTILINE
            )
        started = children(command.process.pid)
        assert _refused(checkout) == (1, f"error: it runs already with {checkout / '.run'}; end that one first\n")
        code, _ = command.end(signal.SIGINT)
        assert code == 0
    assert wait_until_gone(started)


@pytest.mark.usefixtures("first")
def test_port_taken(checkout: Path) -> None:
    """Where the port is taken another one serves, which is said; what is stored is found there as well."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with _start(checkout, str(port)) as command:
            assert f"({port} is taken)" in command.printed
            assert "cycle done: nothing to do." in command.printed
            assert command.end()[0] == 0


def test_no_directory(checkout: Path) -> None:
    """A directory that is not there is said in one line."""
    expected = f"error: DIRECTORY must be a folder of Entra exports; there is none at {checkout / 'nowhere'}\n"
    assert _refused(checkout, DIRECTORY="nowhere") == (1, expected)


def _start(
    checkout: Path, port: str, *, until: str = READY, run: Path | None = None
) -> AbstractContextManager[Command]:
    kept_in = {} if run is None else {"ROLLCALL_RUN_DIR": str(run)}
    settings = {"PORT": port, "DIRECTORY": SMALL} | kept_in
    return running("devstack.start", until=until, folder=checkout, settings=settings)


def _refused(checkout: Path, **environment: str) -> tuple[int, str]:
    """Exit code and standard error of a start that cannot be."""
    ended = subprocess.run(
        [sys.executable, "-m", "devstack.start"],
        cwd=checkout,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stderr
