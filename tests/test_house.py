"""The house rules: which floor may import what, where Azure may appear, and what every module must have.

Each rule looks at one parsed module and tells what is wrong with it; all rules hold for all modules, and each is shown
a made-up module that breaks it.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path
from sys import stdlib_module_names

import pytest

_ROOT = Path(__file__).parent.parent
_FLOORS = {
    "scim": 0,
    "domain": 1,
    "routes": 2,
    "storage": 2,
    "outbound": 2,
    "wiring": 3,
    "function_app": 4,
    "cli": 4,
}
_MAY_IMPORT = {"simulator": set[str](), "localhost": set[str](), "devstack": {*_FLOORS, "simulator", "localhost"}}
"""Development only, and beside the floors: what of ours each may import."""
_DEPLOYED = _FLOORS.keys() - {"cli"}
_DEVELOPMENT = {*_MAY_IMPORT, "cli", "tests", "scripts", "benchmarks"}
_NEVER_DEPLOYED = _DEVELOPMENT | {"typer", "rich", "httpx", "uvicorn"}
_PLACES = {
    "azure.functions": {"routes/azure_http.py", "function_app.py"},
    "azure.data": {"storage/*"},
    "azure.identity": {"wiring.py", "outbound/graph.py"},
    "azure.core": {"storage/*", "wiring.py", "outbound/graph.py", "outbound/mail.py", "outbound/senders.py"},
    "azure.communication": {"outbound/mail.py"},
}
"""Where each Azure library may be imported."""
_EXPLAINED = {"scim", "domain", "routes", "storage", "wiring"}
_SELF_EXPLAINING = {"routes/scim_api.py"}
"""Handlers, each of which says what it does in a few calls; the table of routes tells the rest."""
_MOST_LINES = 350


@dataclass(frozen=True)
class Module:
    """One file of ours: its path from the root, and its text."""

    path: str
    source: str

    @property
    def package(self) -> str:
        """The top-level package, or the module itself where it lies at the root."""
        return self.path.partition("/")[0].removesuffix(".py")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    def imports(self) -> Iterator[str]:
        """What is imported anywhere in the module, for type checking too: ``azure.data.tables.TableEntity``."""
        return _imports(self.tree, self.package)

    def imports_at_start(self) -> Iterator[str]:
        """What is imported when the module is, and not only when a function runs."""
        return _imports(_without_functions(self.tree), self.package)


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = package if node.level else node.module or ""
            yield from (f"{origin}.{each.name}" for each in node.names)


def _without_functions(tree: ast.Module) -> ast.Module:
    class Strip(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None: ...

        def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None: ...

    stripped = Strip().visit(ast.parse(ast.unparse(tree)))
    assert isinstance(stripped, ast.Module)
    return stripped


def _is_below(name: str, library: str) -> bool:
    return name == library or name.startswith(f"{library}.")


# The rules


def floors(module: Module) -> Iterator[str]:
    """A module imports from a lower floor or from its own package."""
    own = _FLOORS.get(module.package)
    for name in module.imports():
        package = name.partition(".")[0]
        if own is None or package == module.package or package not in _FLOORS | _MAY_IMPORT:
            continue
        if _FLOORS.get(package, 9) >= own:
            yield f"floor {own} imports {name}"


def apart(module: Module) -> Iterator[str]:
    """The programs for development import of ours only what each is allowed."""
    if module.package not in _MAY_IMPORT:
        return
    allowed = {*_MAY_IMPORT[module.package], module.package}
    for name in module.imports():
        package = name.partition(".")[0]
        if package in _FLOORS | _MAY_IMPORT and package not in allowed:
            yield f"{module.package} imports {name}"


def azure_places(module: Module) -> Iterator[str]:
    """Each Azure library appears in its own places only."""
    for name in module.imports():
        for library, places in _PLACES.items():
            if _is_below(name, library) and not any(fnmatch(module.path, place) for place in places):
                yield f"{name} is for {', '.join(sorted(places))} only"


def late_identity(module: Module) -> Iterator[str]:
    """``azure.identity`` costs a cold start 0.2 s, so it is imported inside functions only."""
    yield from (f"{each} at the top" for each in module.imports_at_start() if _is_below(each, "azure.identity"))


def deployed_alone(module: Module) -> Iterator[str]:
    """What is deployed needs nothing that is not."""
    if module.package in _DEPLOYED:
        yield from (f"imports {each}" for each in module.imports() if each.partition(".")[0] in _NEVER_DEPLOYED)


def required(module: Module) -> Iterator[str]:
    """requirements.txt has all that the deployed code imports."""
    if module.package not in _DEPLOYED:
        return
    for name in module.imports():
        top = name.partition(".")[0]
        if top not in stdlib_module_names and top not in _FLOORS and not _distributions(name) & _requirements():
            yield f"{name} is of no package in requirements.txt"


def length(module: Module) -> Iterator[str]:
    """A file is one idea; past 350 lines there is a second one."""
    if (lines := len(module.source.splitlines())) > _MOST_LINES:
        yield f"{lines} lines"


def introduced(module: Module) -> Iterator[str]:
    """Every module and package opens with what it is for."""
    if not ast.get_docstring(module.tree):
        yield "no docstring"


def explained(module: Module) -> Iterator[str]:
    """Public functions and classes say what they give; a function of one statement may say it by its name."""
    if module.package not in _EXPLAINED or module.path in _SELF_EXPLAINING:
        return
    for node in module.tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        trivial = not isinstance(node, ast.ClassDef) and len(node.body) == 1
        if not trivial and not ast.get_docstring(node):
            yield f"{node.name} has no docstring"


def no_print(module: Module) -> Iterator[str]:
    """Programs log, or write to a console that knows its stream."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield f"line {node.lineno} prints"


_installed = cache(packages_distributions)
"""The packages that bring a module, by its name; looking takes a while."""


def _distributions(name: str) -> set[str]:
    """The packages that may bring the module *name*; those of Azure share one namespace and are named after theirs."""
    parts = name.split(".")
    if parts[0] == "azure":
        return {"-".join(parts[: end + 1]) for end in range(len(parts))}
    return {each.lower().replace("_", "-") for each in _installed().get(parts[0], ())}


@cache
def _requirements() -> set[str]:
    lines = (_ROOT / "requirements.txt").read_text("utf-8").splitlines()
    return {found[0].lower() for each in lines if (found := re.match(r"[\w.-]+(?===)", each))}


# Asked of every module, and of one made up for each rule


def _modules() -> list[Module]:
    packages = [each for each in (*_FLOORS, *_MAY_IMPORT) if (_ROOT / each).is_dir()]
    files = [*_ROOT.glob("*.py"), *(file for each in packages for file in (_ROOT / each).rglob("*.py"))]
    return [Module(file.relative_to(_ROOT).as_posix(), file.read_text("utf-8")) for file in sorted(files)]


type Rule = Callable[[Module], Iterator[str]]

_RULES: tuple[Rule, ...] = (
    floors,
    apart,
    azure_places,
    late_identity,
    deployed_alone,
    required,
    length,
    introduced,
    explained,
    no_print,
)


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.__name__)
def test_house_keeps_rule(rule: Rule) -> None:
    """No module of ours breaks the rule."""
    assert [f"{each.path}: {complaint}" for each in _modules() for complaint in rule(each)] == []


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (floors, "scim/patch.py", "from domain.model import Kind"),
        (floors, "domain/provisioning/users.py", "from routes import http"),
        (floors, "domain/provisioning/users.py", "if TYPE_CHECKING:\n    import wiring"),
        (floors, "domain/provisioning/users.py", "def late():\n    from storage.keys import key"),
        (floors, "storage/keys.py", "import routes.http"),  # a neighbour on the same floor
        (floors, "wiring.py", "from function_app import app"),
        (floors, "cli/token.py", "import function_app"),
        (floors, "routes/http.py", "import devstack"),
        (apart, "simulator/cycle.py", "from domain.model import Kind"),
        (apart, "simulator/cycle.py", "import localhost"),
        (apart, "simulator/cycle.py", "from scim.errors import ERROR_SCHEMA"),
        (apart, "localhost/app.py", "from scim.errors import error_body"),
        (azure_places, "routes/errors.py", "import azure.functions as func"),
        (azure_places, "routes/errors.py", "from azure import functions"),
        (azure_places, "wiring.py", "from azure.data.tables import TableEntity"),
        (azure_places, "storage/client.py", "from azure.identity.aio import DefaultAzureCredential"),
        (azure_places, "domain/ports.py", "from azure.core import MatchConditions"),
        (azure_places, "localhost/app.py", "import azure.functions"),
        (late_identity, "wiring.py", "from azure.identity.aio import DefaultAzureCredential"),
        (late_identity, "wiring.py", "class Settings:\n    import azure.identity"),
        (deployed_alone, "function_app.py", "from cli.session import run"),
        (deployed_alone, "storage/client.py", "def late():\n    import httpx"),
        (deployed_alone, "routes/http.py", "from tests.memory import MemoryDirectory"),
        (required, "storage/client.py", "import hypothesis"),
        (required, "wiring.py", "from azure.storage.blob import BlobClient"),
        (required, "wiring.py", "import nowhere_to_be_found"),
        (length, "domain/provisioning/users.py", "\n" * 351),
        (introduced, "domain/provisioning/users.py", "import re"),
        (introduced, "domain/__init__.py", ""),
        (explained, "domain/provisioning/users.py", "def create(name):\n    name = name.strip()\n    return name"),
        (explained, "storage/client.py", "class Table:\n    pass"),
        (explained, "wiring.py", "async def make():\n    await go()\n    return 1"),
        (no_print, "cli/token.py", "def show(token):\n    print(token)"),
    ],
)
def test_rule_can_fail(rule: Rule, path: str, source: str) -> None:
    """A module that breaks the rule is found."""
    assert list(rule(Module(path, source)))


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (floors, "wiring.py", "from storage.client import Table\nfrom routes import route"),
        (floors, "storage/odata.py", "from storage.keys import key\nfrom . import limits"),
        (apart, "simulator/cycle.py", "import httpx\nimport simulator.state"),
        (apart, "devstack/serve.py", "import localhost\nimport wiring"),
        (azure_places, "wiring.py", "from azure.core.credentials_async import AsyncTokenCredential"),
        (late_identity, "wiring.py", "def credential():\n    from azure.identity.aio import DefaultAzureCredential"),
        (required, "storage/client.py", "from azure.data.tables.aio import TableClient\nimport orjson\nimport re"),
        (
            explained,
            "domain/provisioning/users.py",
            "def name(user):\n    return user.name\n\ndef _hidden():\n    a = 1\n    return a",
        ),
        (no_print, "cli/token.py", "out.print('x')"),
    ],
)
def test_rule_lets_pass(rule: Rule, path: str, source: str) -> None:
    """A module that keeps the rule is not blamed."""
    assert list(rule(Module(path, source))) == []


def test_modules_are_found() -> None:
    """The rules look at every package, not at an empty list."""
    assert {each.package for each in _modules()} >= _FLOORS.keys()


def _circle(modules: list[Module]) -> list[str]:
    """Modules that import each other in a loop, for type checking too; empty where there are none."""
    files = {each.path.removesuffix(".py").replace("/", "."): each for each in modules}
    imports = {
        name: {found for each in module.imports() for found in (each, each.rpartition(".")[0]) if found in files}
        for name, module in files.items()
    }
    try:
        TopologicalSorter({name: found - {name} for name, found in imports.items()}).prepare()
    except CycleError as error:
        return [str(each) for each in error.args[1]]
    return []


def test_no_circle() -> None:
    """Whatever a module imports can be understood without it."""
    assert _circle(_modules()) == []


def test_circle_is_found() -> None:
    """Two modules that know each other, one of them for its types only."""
    one = Module("scim/one.py", "from scim.two import Two")
    two = Module("scim/two.py", "if TYPE_CHECKING:\n    from scim import one")
    assert set(_circle([one, two])) == {"scim.one", "scim.two"}


# What is left at home


def undeployed(folders: set[str], patterns: list[str]) -> set[str]:
    """Those of *folders* that are not deployed and that no pattern of .funcignore keeps at home."""
    kept_at_home = {each for each in folders if any(fnmatch(f"{each}/", pattern) for pattern in patterns)}
    return folders - _DEPLOYED - kept_at_home


def _ignored() -> list[str]:
    return (_ROOT / ".funcignore").read_text("utf-8").split()


def test_development_stays_at_home() -> None:
    """Every folder that is not deployed is in .funcignore, and no folder that is."""
    folders = {each.parent.relative_to(_ROOT).parts[0] for each in _ROOT.glob("*/*.py")}
    assert undeployed(folders | _DEVELOPMENT | {"node_modules", "docs", "infra"}, _ignored()) == set()
    assert not any(fnmatch(f"{each}/", pattern) for each in _DEPLOYED for pattern in _ignored())


def test_forgotten_folder_is_found() -> None:
    """A folder without a pattern would be deployed."""
    assert undeployed({"domain", "tests", "cli"}, ["tests/"]) == {"cli"}
