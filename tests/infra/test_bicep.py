"""Every Bicep file is compiled, linted and formatted by the real compiler, and parsed where there is none."""

import json
from pathlib import Path

import pytest
from pycep import BicepParser

from tests.infra import compiler
from tests.infra.compiler import ABSENT, BICEP, CompileError

_with_compiler = pytest.mark.skipif(compiler.find() is None, reason=f"{ABSENT}types, lint and format of infra/bicep")
_PARAMETERS = [each for each in compiler.sources() if each.suffix == ".bicepparam"]
ENVIRONMENTS = [each for each in _PARAMETERS if each.parent.name == "environments"]


@_with_compiler
def test_compiler_has_no_complaint() -> None:
    """No error and no warning in any file; a file outside the pattern would not be seen."""
    assert compiler.run("lint", "--pattern", "**/*.bicep") == ""
    assert all(len(each.parts) <= 2 for each in compiler.sources())


@_with_compiler
def test_parameters_fit(tmp_path: Path) -> None:
    """Every file of parameters fits its template, without a warning."""
    folder = compiler.copied(tmp_path)
    assert compiler.run("build-params", "--pattern", "**/*.bicepparam", folder=folder) == ""


@_with_compiler
def test_layout_is_the_formatter_s(tmp_path: Path) -> None:
    """The formatter has nothing to change."""
    folder = compiler.copied(tmp_path)
    for suffix in ("bicep", "bicepparam"):
        compiler.run("format", "--pattern", f"**/*.{suffix}", folder=folder)
    assert [each for each in compiler.sources() if (folder / each).read_bytes() != (BICEP / each).read_bytes()] == []


@_with_compiler
def test_compiler_complains(tmp_path: Path) -> None:
    """An unknown property, a warning only, an unused parameter, and one without a value are found: checks can fail."""
    folder = compiler.copied(tmp_path)
    (folder / "bad.bicep").write_text(_UNKNOWN_PROPERTY + "param unused string\n", "utf-8")
    with pytest.raises(CompileError, match=r"(?s)BCP037.*no-unused-params"):
        compiler.run("lint", "bad.bicep", folder=folder)
    (folder / "bad.bicepparam").write_text("using 'main.bicep'\n", "utf-8")
    with pytest.raises(CompileError, match="BCP258"):
        compiler.run("build-params", "bad.bicepparam", folder=folder)


_UNKNOWN_PROPERTY = """\
resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: 'rollcall'
  location: resourceGroup().location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: { noSuchProperty: true }
}
"""


@pytest.mark.parametrize("file", [each for each in compiler.sources() if each.suffix == ".bicep"], ids=str)
def test_file_parses(file: Path) -> None:
    """Where no compiler is, a second parser still reads every file; it does not know files of parameters."""
    assert BicepParser().parse(text=(BICEP / file).read_text("utf-8"))


@_with_compiler
@pytest.mark.parametrize("file", ENVIRONMENTS, ids=str)
def test_snapshot_is_current(tmp_path: Path, file: Path) -> None:
    """The committed snapshot is what would be deployed; ``make snapshots`` writes it anew, for review."""
    assert compiler.snapshot(compiler.copied(tmp_path) / file) == compiler.read(BICEP / file)


def test_no_compiled_file_lies_about() -> None:
    """All JSON is a snapshot of an environment, or the compiler's settings: what a compiler left is read by nobody."""
    known = {BICEP / "bicepconfig.json", *((BICEP / each).with_suffix(".snapshot.json") for each in ENVIRONMENTS)}
    assert set(BICEP.rglob("*.json")) == known


def test_every_environment_has_a_snapshot() -> None:
    """So that the promises are checked where no compiler is, too."""
    assert ENVIRONMENTS
    assert all(json.loads((BICEP / each).with_suffix(".snapshot.json").read_text("utf-8")) for each in ENVIRONMENTS)
