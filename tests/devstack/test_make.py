"""The Makefile: its help, and what it says on a machine where something is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from devstack.service import ROOT

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def make(*arguments: str, folder: Path = ROOT, path: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own Makefile
        [_MAKE, *arguments],
        cwd=folder,
        env=os.environ | {"MAKEFLAGS": ""} | ({} if path is None else {"PATH": path}),
        capture_output=True,
        text=True,
        check=False,
    )


_MAKE = shutil.which("make") or "make"


@pytest.mark.parametrize("arguments", [("help",), ()])
def test_help(arguments: tuple[str, ...]) -> None:
    """`make help`, and `make` alone, list every target on a line that says what it does."""
    targets = re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, re.MULTILINE)
    listed = dict(re.findall(r"^  make (\S+) +(\S.*)$", make(*arguments).stdout, re.MULTILINE))
    assert sorted(listed) == sorted(targets)
    assert {"start", "serve", "test", "help"} <= listed.keys()


@pytest.fixture
def bare(tmp_path: Path) -> tuple[Path, str]:
    """A fresh copy in a folder with a space, and a path on which neither Python nor Node.js is found."""
    folder, programs = tmp_path / "a b", tmp_path / "bin"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    for name in ("Makefile", ".python-version", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, folder)
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, folder)
    programs.mkdir()
    for name in ("sh", "cat", "dirname", "touch", "awk"):
        (programs / name).symlink_to(shutil.which(name) or name)
    return folder, str(programs)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (".venv/.installed", r"install Python 3\.\d+ .*"),
        ("node_modules/.installed", r"install Node\.js 18 or later.*"),
    ],
)
def test_missing(bare: tuple[Path, str], target: str, says: str) -> None:
    """What must be installed first is said in one line, and nothing half done is left behind."""
    folder, path = bare
    ended = make(target, folder=folder, path=path)
    assert ended.returncode == 2
    said = [line for line in ended.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1
    assert re.fullmatch(says, said[0])
    assert not (folder / target).exists()
