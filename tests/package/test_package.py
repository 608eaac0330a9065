"""The package that is deployed: what is in it, that it is always the same, and that it runs alone."""

import os
import re
import resource
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from packaging.utils import canonicalize_name

from devstack.azurite import Azurite
from devstack.package import LIMIT, PACKAGES, build, deployed_files
from devstack.service import ROOT, settings_of
from tests.package.clean import copy_host, vendor
from tests.stack import LISTENING, running

_MOST_SECONDS = 2.0
"""Of one processor, from the start of the host to its first answer: on a quiet machine it listens within one second,
and without the compiled files of the package it would take twice as long."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A package, and a folder with all of it and the local host's own needs beside it."""

    zip: Path
    folder: Path
    host: Path

    def command(self, *arguments: str) -> list[str]:
        """A command line of a Python that sees the package and the host, and no environment of ours."""
        return [sys.executable, "-S", "-P", *arguments]

    @property
    def path(self) -> str:
        return os.pathsep.join(map(str, (self.folder, self.folder / PACKAGES, self.host)))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """The package that ROLLCALL_PACKAGE names, or one made of the packages installed here."""
    folder = tmp_path_factory.mktemp("package")
    named = os.environ.get("ROLLCALL_PACKAGE")
    file = Path(named).resolve() if named else build(folder / "dist", vendor).zip
    with ZipFile(file) as archive:
        archive.extractall(folder / "unpacked")
    copy_host(folder / "host")
    return Unpacked(file, folder / "unpacked", folder / "host")


def test_only_what_runs_is_in_it(unpacked: Unpacked) -> None:
    """Our code that function_app.py needs, host.json, the pinned packages, and nothing of development."""
    ours = {each.parts[0] for each in _files(unpacked.folder) if each.parts[0] != PACKAGES.parts[0]}
    deployed = {"function_app.py", "host.json", "wiring.py", "requirements.txt", "domain", "routes", "scim", "storage"}
    assert ours - {"outbound", "__pycache__", ".funcignore"} == deployed
    assert not {each.name for each in _files(unpacked.folder)} & {"local.settings.json", "azure.yaml", "Makefile"}
    assert not (unpacked.folder / PACKAGES / "bin").exists()
    assert not (unpacked.folder / "outbound" / "graph.py").exists()  # the configurator's


def test_every_pinned_package_is_in_it(unpacked: Unpacked) -> None:
    """Each line of requirements.txt is there in its version, but for what nothing imports."""
    pinned = set(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE))
    there = {
        (canonicalize_name(each.name), each.version) for each in distributions(path=[str(unpacked.folder / PACKAGES)])
    }
    assert {name for name, _ in pinned - there} == {"cffi", "dnspython", "pycparser"}


def _files(folder: Path) -> list[Path]:
    return [each.relative_to(folder) for each in folder.rglob("*") if each.is_file()]


def test_it_is_small(unpacked: Unpacked) -> None:
    """Under 20 MB."""
    assert unpacked.zip.stat().st_size < LIMIT


def test_same_code_gives_same_bytes(tmp_path: Path) -> None:
    """Two builds in two places are one and the same file, and a build replaces what was there."""
    root = tmp_path / "root"
    for file in deployed_files(ROOT):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes((ROOT / file).read_bytes())
    for name in (".funcignore", ".gitignore"):
        (root / name).write_bytes((ROOT / name).read_bytes())

    def one_module(_: Path, folder: Path) -> None:
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "tool").write_text(f"#!{folder}", "utf-8")
        (folder / "module.py").write_text("ONE = 1\n", "utf-8")

    (tmp_path / "b" / "app").mkdir(parents=True)
    (tmp_path / "b" / "app" / "stale.py").touch()
    first, second = (build(tmp_path / name, one_module, root) for name in ("a", "b"))
    assert first.checksum() == second.checksum()


def test_it_runs_alone(unpacked: Unpacked, azurite: Azurite, tmp_path: Path) -> None:
    """The local host starts it with nothing else on the path, soon, and it answers as the service does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = unpacked.command("-m", "localhost", "--port", "0", "--no-timers", "--settings", str(tmp_path / "none"))
    with running(
        until=LISTENING,
        command=command,
        folder=unpacked.folder,
        log=tmp_path / "log.txt",
        settings=settings_of(azurite, port=0),
        PYTHONPATH=unpacked.path,
        PYTHONDONTWRITEBYTECODE="1",
    ) as started:
        found = LISTENING.search(started.printed)
        assert found is not None
        answer = httpx.get(f"{found[1]}/scim/account/nobody/Users", trust_env=False)
        assert (answer.status_code, answer.json()["status"]) == (401, "401")
        started.end()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime < _MOST_SECONDS


@pytest.mark.parametrize(
    "module",
    ["azure.identity.aio", "azure.data.tables.aio", "azure.communication.email.aio", "function_app", "jinja2", "jwt"],
)
def test_late_imports_are_in_it(unpacked: Unpacked, module: str) -> None:
    """What is imported only in Azure is in it too."""
    command = unpacked.command("-c", f"import {module}; print({module}.__file__)")
    environment = {"PYTHONPATH": os.pathsep.join(unpacked.path.split(os.pathsep)[:2])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stdout.startswith(str(unpacked.folder)), done.stderr
