"""The Bicep compiler, where there is one, and what it says of our files."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
BICEP = ROOT / "infra" / "bicep"
_BESIDE = ROOT.parent / "shared" / "tools" / "bicep"
ABSENT = "no Bicep compiler: set BICEP, or put bicep on the PATH; not checked: "

_ANYWHERE = {
    "subscription-id": "00000000-0000-0000-0000-000000000001",
    "tenant-id": "00000000-0000-0000-0000-000000000002",
    "location": "westeurope",
    "deployment-name": "snapshot",
}
_READ_BY_PARAMETERS = ("ALERT_", "AZURE_", "BUDGET_", "ENTERPRISE_APP_", "OPERATOR_", "PUBLIC_", "ROLLCALL_")


@cache
def find() -> str | None:
    """The compiler that ``BICEP`` names, else one on the path, else the one beside the checkout."""
    named = os.environ.get("BICEP")
    if named is not None and shutil.which(named) is None:
        raise FileNotFoundError(f"BICEP={named} is no program")
    return named or shutil.which("bicep") or (str(_BESIDE) if _BESIDE.exists() else None)


def sources() -> list[Path]:
    """Our files, from ``BICEP`` on."""
    return sorted(each.relative_to(BICEP) for each in BICEP.rglob("*.bicep*") if each.suffix != ".json")


def copied(folder: Path) -> Path:
    """Our files in a place where the compiler may write beside them."""
    return Path(shutil.copytree(BICEP, folder / "bicep"))


def run(*arguments: str, folder: Path = BICEP, **settings: str) -> str:
    """All that the compiler tells, which is nothing where it has no complaint; parameters see *settings* only.

    Raises:
        CompileError: It ended with an error, or there is none.
    """
    compiler = find()
    if compiler is None:
        raise CompileError(f"{ABSENT}{' '.join(arguments)}")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_READ_BY_PARAMETERS)}
    done = subprocess.run(  # noqa: S603  the compiler that the developer has
        [compiler, *arguments], cwd=folder, env=inherited | settings, capture_output=True, text=True, timeout=300
    )
    told = done.stdout + done.stderr
    if done.returncode:
        raise CompileError(told)
    return told


class CompileError(Exception):
    """What the compiler said."""


def snapshot(parameters: Path, **settings: str) -> dict[str, Any]:
    """What a deployment with a file of *parameters* would create; the snapshot is left beside the file.

    Raises:
        CompileError: The parameters do not fit.
    """
    options = [each for name, value in _ANYWHERE.items() for each in (f"--{name}", value)]
    arguments = ("snapshot", str(parameters), "--mode", "overwrite", *options)
    told = run(*arguments, folder=parameters.parent, **settings)
    assert told == ""
    found = read(parameters)
    found["outputs"] = dict(sorted(found["outputs"].items()))  # their order changes from run to run
    _beside(parameters).write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return found


def variation(folder: Path, values: Mapping[str, str], template: str = "main") -> dict[str, Any]:
    """What a deployment of *template* would create whose parameters are *values*, written as Bicep."""
    lines = [f"using '../bicep/{template}.bicep'", *(f"param {name} = {value}" for name, value in values.items())]
    file = folder / "varied" / "varied.bicepparam"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(lines), "utf-8")
    return snapshot(file)


def read(parameters: Path) -> dict[str, Any]:
    """The snapshot that lies beside a file of parameters."""
    found: dict[str, Any] = json.loads(_beside(parameters).read_text("utf-8"))
    return found


def _beside(parameters: Path) -> Path:
    return parameters.with_suffix(".snapshot.json")


if __name__ == "__main__":
    for each in sources():
        if each.parent.name == "environments" and each.suffix == ".bicepparam":
            snapshot(BICEP / each)
