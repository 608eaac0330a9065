"""A Python that finds nothing but what it is given, so that a package shows whether it is whole."""

import re
import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from devstack.package import compile_all
from devstack.service import ROOT

_HOST_NEEDS = ("rich", "uvicorn")
"""What the local host imports beside the worker runtime, which the package has."""


def vendor(requirements: Path, folder: Path) -> None:
    """Copy the packages of *requirements* from this environment: as an installation for Azure, without a network."""
    names = re.findall(r"^([\w.-]+)==", requirements.read_text("utf-8"), re.MULTILINE)
    copy(map(distribution, names), folder)


def copy_host(folder: Path) -> None:
    """Copy the local host and what it needs, but none of what the package must bring."""
    shutil.copytree(ROOT / "localhost", folder / "localhost", ignore=shutil.ignore_patterns("__pycache__"))
    copy(_with_dependencies(_HOST_NEEDS), folder)
    compile_all(folder)


def copy(distributions: Iterable[Distribution], folder: Path) -> None:
    """Copy the files of *distributions* that lie below the site-packages folder."""
    for each in distributions:
        for file in each.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(each.locate_file(file)), folder / file)


def _with_dependencies(names: Iterable[str]) -> Iterator[Distribution]:
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield (found := distribution(name))
        needed = [Requirement(each) for each in found.requires or ()]
        waiting += [each.name for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
