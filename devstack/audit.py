"""``make audit``: whether a package that we deploy has a known vulnerability, as the service behind pip-audit knows.

It is no part of ``make test``: without that service it can tell nothing, and then says so instead of passing.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from devstack.service import ROOT

_console = Console(highlight=False, soft_wrap=True, markup=False)
_COMMAND = (
    *("-m", "pip_audit", "--requirement", "requirements.txt", "--no-deps", "--disable-pip"),  # all are pinned there
    *("--format", "json", "--progress-spinner", "off"),
)
FOUND, UNKNOWN = 1, 2
"""Exit codes: there is a vulnerability; nothing is known."""


def judge(dependencies: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
    """The exit code, and what to say, for the ``dependencies`` of pip-audit's JSON report."""
    found = [
        f"{each['name']} {each['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or 'no version yet'}"
        for each in dependencies
        for one in each.get("vulns", ())
    ]
    unknown = [str(each["name"]) for each in dependencies if "skip_reason" in each]
    if unknown:
        found.append(
            f"nothing could be learned of {len(unknown)} of {len(dependencies)} packages: {', '.join(unknown)}"
        )
    if any(each.get("vulns") for each in dependencies):
        return FOUND, found
    if unknown or not dependencies:
        return UNKNOWN, [*found, "the vulnerability service does not answer, so nothing is proved"]
    return 0, [f"{len(dependencies)} packages, none with a known vulnerability"]


def main() -> int:
    """Ask, and tell; the exit code is 0 only where every package is known and none is vulnerable."""
    asked = subprocess.run([sys.executable, *_COMMAND], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  our own
    try:
        dependencies = json.loads(asked.stdout)["dependencies"]
    except ValueError:
        _console.print(asked.stderr.strip().splitlines()[-1] if asked.stderr.strip() else "pip-audit told nothing")
        dependencies = []
    code, lines = judge(dependencies)
    for line in lines:
        _console.print(line)
    return code


if __name__ == "__main__":
    sys.exit(main())
