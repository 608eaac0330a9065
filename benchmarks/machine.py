"""Where a run is made: processor, system and versions, and nothing that names the machine."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.results import Machine
from devstack.service import ROOT

_PACKAGES = ("azure-functions-runtime", "azure-data-tables", "scim2-models", "aiohttp", "scim2-server")


def this_machine() -> Machine:
    """The machine of this process."""
    return Machine(
        date=datetime.now(UTC).date().isoformat(),
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}, {_distribution()}",
        load=os.getloadavg()[2],
        versions={"Python": platform.python_version(), "Azurite": _azurite()}
        | {each: version(each) for each in _PACKAGES},
    )


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return "unknown distribution"


def _azurite() -> str:
    package = ROOT / "node_modules" / "azurite" / "package.json"
    return str(json.loads(package.read_text(encoding="utf-8"))["version"])
