"""The simulator can be installed alone: its own pyproject.toml names all of its packages and all that they need."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import simulator

FOLDER = Path(simulator.__file__).parent
PROJECT = tomllib.loads((FOLDER / "pyproject.toml").read_text("utf-8"))
# An installation from this folder leaves a copy of the modules in build/.
MODULES = [path for path in FOLDER.rglob("*.py") if path.relative_to(FOLDER).parts[0] != "build"]


def imported() -> set[str]:
    """The top-level modules that any module of the simulator imports."""
    found: set[str] = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names)


def test_dependencies() -> None:
    """Exactly what is imported is named, and nothing of the server is."""
    distributions = packages_distributions()
    needed = {distributions[name][0].lower() for name in imported() - {"simulator"}}
    assert needed == set(PROJECT["project"]["dependencies"])


def test_packages() -> None:
    """Every folder with modules is named."""
    folders = {path.parent.relative_to(FOLDER.parent) for path in MODULES}
    named = {each.as_posix().replace("/", ".") for each in folders}
    assert named == set(PROJECT["tool"]["setuptools"]["packages"])


def test_command() -> None:
    """The command that is installed is the one that ``python -m simulator`` runs."""
    module, name = PROJECT["project"]["scripts"]["entra-in-a-box"].split(":")
    assert getattr(sys.modules.get(module) or __import__(module, fromlist=[name]), name).registered_commands
