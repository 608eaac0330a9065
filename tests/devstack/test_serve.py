"""``make serve``: its ready file, and how it ends."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from devstack.service import ROOT
from tests.stack import children, read_ready_file, running, wait_until_gone

KEYS = {"tenant_url", "token", "account", "manager_url", "admin_url"}


def refused(folder: Path, **environment: str) -> tuple[int, str, str]:
    """Exit code and output of a ``make serve`` that cannot start."""
    ended = subprocess.run(
        [sys.executable, "-m", "devstack.serve"],
        cwd=ROOT,
        env=os.environ | {"ROLLCALL_RUN_DIR": str(folder)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_life(tmp_path: Path, by: signal.Signals) -> None:
    """The ready file is there while it answers; a signal ends it silently with 0; neither file nor Azurite is left."""
    log = tmp_path.with_suffix(".log")
    with running("devstack.serve", until="^Ready", log=log, ROLLCALL_RUN_DIR=str(tmp_path)) as command:
        ready = read_ready_file(tmp_path)
        assert ready.keys() == KEYS | {"pid", "strict"}
        assert ready["strict"].keys() == KEYS
        assert ready["pid"] == command.process.pid
        assert stat.S_IMODE((tmp_path / "ready.json").stat().st_mode) == 0o600
        for tenant in (ready, ready["strict"]):
            headers = {"Authorization": f"Bearer {tenant['token']}"}
            answer = httpx.get(f"{tenant['tenant_url']}/Users", headers=headers, trust_env=False)
            assert answer.json()["totalResults"] == 0
        assert ready["tenant_url"] in command.printed
        assert ready["token"] in command.printed
        assert "SCIM_STORAGE='DefaultEndpoints" in command.printed  # what the command line needs
        started = children(command.process.pid)
        assert len(started) == 1
        assert command.end(by) == (0, "")
    assert wait_until_gone(started)
    assert list(tmp_path.iterdir()) == []
    assert [line for line in log.read_text().splitlines() if " INFO " not in line] == []


def test_signal_before_it_is_ready(tmp_path: Path) -> None:
    """It can be ended as soon as it has started Azurite, which ends with it."""
    with running("devstack.serve", until=None, ROLLCALL_RUN_DIR=str(tmp_path)) as command:
        while not (started := children(command.process.pid)):
            assert command.process.poll() is None
            time.sleep(0.02)
        assert command.end() == (0, "")
    assert wait_until_gone(started)


def test_killed(tmp_path: Path) -> None:
    """Even if it is killed, Azurite ends; what it left is not taken for a running one by the next."""
    with running("devstack.serve", until="^Ready", ROLLCALL_RUN_DIR=str(tmp_path)) as command:
        started = children(command.process.pid)
        command.process.kill()
        command.process.wait()
        assert wait_until_gone(started)
    assert (tmp_path / "ready.json").exists()
    assert refused(tmp_path, PATH="")[0] == 1
    assert not (tmp_path / "ready.json").exists()


def test_file_of_another(tmp_path: Path) -> None:
    """One that ends leaves the ready file of another that runs."""
    with (
        running("devstack.serve", until="^Ready", ROLLCALL_RUN_DIR=str(tmp_path)) as first,
        running("devstack.serve", until="^Ready", ROLLCALL_RUN_DIR=str(tmp_path)) as second,
    ):
        assert first.end() == (0, "")
        assert read_ready_file(tmp_path)["pid"] == second.process.pid
        assert second.end() == (0, "")
    assert not (tmp_path / "ready.json").exists()


def test_port_taken(tmp_path: Path) -> None:
    """A port that is taken is one clear line and exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = refused(tmp_path, PORT=str(port))
    assert (code, out) == (1, "")
    assert err == f"error: port {port} of 127.0.0.1 cannot be used: Address already in use\n"
    assert not (tmp_path / "ready.json").exists()


@pytest.mark.parametrize("port", ["http", "-1", "65536", "٣"])
def test_no_port(tmp_path: Path, port: str) -> None:
    """So is a port that is none."""
    expected = f"error: PORT must be a number from 0 (a free port) to 65535, not '{port}'\n"
    assert refused(tmp_path, PORT=port) == (1, "", expected)


def test_setting_that_cannot_be(tmp_path: Path) -> None:
    """It is told at once, and not by a 500 at the first request."""
    code, out, err = refused(tmp_path, RATE_LIMIT_PER_TOKEN="many")
    assert (code, out) == (1, "")
    assert err == "error: RATE_LIMIT_PER_TOKEN must be a whole number from 0 to 1000000000\n"


def test_no_node(tmp_path: Path) -> None:
    """Without Node.js it says what to install."""
    expected = "error: install Node.js 20 or later, which runs Azurite: https://nodejs.org\n"
    assert refused(tmp_path, PATH="") == (1, "", expected)
