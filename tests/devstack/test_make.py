"""The Makefile: its help, and what it says on a machine where something is missing."""

import json
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


def test_what_is_installed_is_noted() -> None:
    """Each rule that installs leaves the mark that it is named by; else it would install again with every command."""
    rules = re.findall(r"^\S+/\.installed\S*: .+\n(?:\t.*\n)+", MAKEFILE, re.MULTILINE)
    assert len(rules) >= 5
    assert [each.partition(":")[0] for each in rules if not each.endswith("\t@touch $@\n")] == []


def test_node_is_new_enough() -> None:
    """The version that we ask for is the one that the programs we install ask for, and the same everywhere."""
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"].values()
    engines = [each["engines"].get("node", "") for each in packages if isinstance(each.get("engines"), dict)]
    wanted = max(int(found[1]) for each in engines if (found := re.fullmatch(r">=(\d+)(?:\.0\.0)?", each)))
    assert json.loads((ROOT / "package.json").read_text("utf-8"))["engines"] == {"node": f">={wanted}"}
    for name in ("Makefile", "devstack/azurite.py", "docs/deploy.md"):
        assert re.findall(r"Node(?:\.js)? (\d+) or later", (ROOT / name).read_text("utf-8")) == [str(wanted)]


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
        ("node_modules/.installed", r"install Node\.js 20 or later.*"),
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
