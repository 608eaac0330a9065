"""What a start costs: the import of the function app, what dominates it, and the time to the first answer."""

import re
import subprocess
import sys
import time
from collections import Counter
from statistics import median

from benchmarks.operations import Axis
from benchmarks.results import Start
from benchmarks.stack import running_service, running_stack
from devstack.service import ROOT

_LINE = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)")
_SHOWN = 8


async def measure_start(times: int) -> Start:
    """So many starts, in milliseconds; bytecode is compiled already, as in a deployed package."""
    _import_seconds("import function_app")
    found = [_import_seconds("import function_app") - _import_seconds("pass") for _ in range(times)]
    return Start(
        import_time=min(found) * 1000,
        import_median=median(found) * 1000,
        packages=costliest(_import_report(), _SHOWN),
        first_answer=await _first_answer(times),
    )


def costliest(report: str, shown: int) -> list[tuple[str, float]]:
    """The packages in a report of ``-X importtime`` with the most time of their own, in milliseconds."""
    spent: Counter[str] = Counter()
    for microseconds, module in _LINE.findall(report):
        spent[_package(module)] += int(microseconds)
    return [(package, microseconds / 1000) for package, microseconds in spent.most_common(shown)]


def _package(module: str) -> str:
    """The top package, two names of a namespace that many share; the standard library is one."""
    parts = module.split(".")
    if parts[0].lstrip("_") in sys.stdlib_module_names or parts[0] in sys.stdlib_module_names:
        return "standard library"
    return ".".join(parts[:2]) if parts[0] == "azure" else parts[0]


def _import_seconds(statement: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], cwd=ROOT, check=True, capture_output=True)  # noqa: S603  ours
    return time.perf_counter() - begin


def _import_report() -> str:
    command = [sys.executable, "-X", "importtime", "-c", "import function_app"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stderr  # noqa: S603  ours


async def _first_answer(times: int) -> float:
    """From the start of the process, local host and worker runtime included, to its first good answer."""
    found: list[float] = []
    async with running_stack(Axis.USERS, 20) as stack:
        for _ in range(times):
            begin = time.perf_counter()
            async with running_service(stack):
                found.append(time.perf_counter() - begin)
    return median(found) * 1000
