"""scripts/find-python: which Python it picks, and what it says when there is none."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from devstack.service import ROOT

VERSION = (ROOT / ".python-version").read_text("utf-8").strip()
INSTALL = f"install Python {VERSION} (https://www.python.org/downloads/, or 'uv python install {VERSION}'), "


class Machine:
    """A machine on whose path stand only the programs that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "some bin"
        self.path.mkdir()
        for tool in ("sh", "cat", "dirname"):
            found = shutil.which(tool)
            assert found is not None
            (self.path / tool).symlink_to(found)

    def add(self, name: str, script: str) -> Path:
        """Put a program on the path, or elsewhere if *name* is a whole path."""
        program = self.path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        program.chmod(0o755)
        return program

    def find(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of the script."""
        ended = subprocess.run(  # noqa: S603  our own script
            [str(ROOT / "scripts" / "find-python"), *arguments],
            env={"PATH": str(self.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout, ended.stderr


FITS, DOES_NOT = "exit 0", "exit 1"
"""What a Python answers when it is asked for its version."""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("name", [f"python{VERSION}", "python3", "python"])
def test_on_the_path(machine: Machine, name: str) -> None:
    """A Python of the version is found under any of its names."""
    assert machine.find() == (1, "", f"{INSTALL}or name one: make PYTHON=/path/to/python\n")
    found = machine.add(name, FITS)
    assert machine.find() == (0, f"{found}\n", "")


def test_others_are_passed_over(machine: Machine) -> None:
    """A Python of another version, or one without venv, does not keep us from the right one."""
    machine.add(f"python{VERSION}", DOES_NOT)
    machine.add("python3", DOES_NOT)
    found = machine.add("python", FITS)
    assert machine.find() == (0, f"{found}\n", "")


def test_none_fits(machine: Machine) -> None:
    """Where none fits, one line says what to do."""
    machine.add("python3", DOES_NOT)
    code, out, err = machine.find()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(INSTALL)


def test_known_to_pyenv(machine: Machine, tmp_path: Path) -> None:
    """One that pyenv has installed but that is not on the path is found."""
    machine.add("pyenv", f"echo '{tmp_path}'")
    found = machine.add(str(tmp_path / "versions" / f"{VERSION}.5" / "bin" / "python"), FITS)
    assert machine.find() == (0, f"{found}\n", "")


def test_known_to_uv(machine: Machine, tmp_path: Path) -> None:
    """So is one that uv has."""
    found = machine.add(str(tmp_path / "uv python"), FITS)
    machine.add("uv", f"echo '{found}'")
    assert machine.find() == (0, f"{found}\n", "")


def test_named(machine: Machine, tmp_path: Path) -> None:
    """One that is named is taken, by its path or by its name on the path, rather than any other."""
    machine.add("python3", FITS)
    elsewhere, on_path = machine.add(str(tmp_path / "mine"), FITS), machine.add("my-python", FITS)
    assert machine.find(str(elsewhere)) == (0, f"{elsewhere}\n", "")
    assert machine.find("my-python") == (0, f"{on_path}\n", "")


@pytest.mark.parametrize("name", ["wrong", "missing"])
def test_named_does_not_fit(machine: Machine, name: str) -> None:
    """If the named one does not fit, no other is taken in its place."""
    machine.add("python3", FITS)
    machine.add("wrong", DOES_NOT)
    assert machine.find(name) == (1, "", f"PYTHON={name} is no Python {VERSION}\n")


def test_this_machine() -> None:
    """It finds the real Python that runs these tests."""
    environment = os.environ | {"PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"}
    ended = subprocess.run(  # noqa: S603  our own script
        [str(ROOT / "scripts" / "find-python")], env=environment, capture_output=True, text=True, check=True
    )
    assert Path(ended.stdout.strip()).exists()
