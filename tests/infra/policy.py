"""checkov on what would be deployed, and the findings that are accepted, each with its reason.

checkov's own parser of Bicep does not know types, loops with conditions, and more; a file that it cannot read counts as
one without findings.  So it is given the snapshots: plain resources, as they would be, of every environment.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infra import compiler

ABSENT = "no checkov: run make policy; not checked: its policies on infra/bicep"
_TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
}

ACCEPTED = {
    "CKV_AZURE_17": "client certificates: Entra calls with a token, and has none",
    "CKV_AZURE_206": "replication: the check does not know ZRS; in test a copy in one place is enough",
    "CKV_AZURE_212": "instance count: Flex Consumption scales by itself; production keeps two warm",
    "CKV_AZURE_213": "health check path: there is none on Flex Consumption",
    "CKV_AZURE_222": "public network: the identity provider calls from the internet",
}
"""In every environment."""
ACCEPTED_IN_TEST = {
    "CKV_AZURE_35": "open storage: the test environment has no network of its own; keys are off all the same",
    "CKV_AZURE_59": "the same",
    "CKV_AZURE_225": "zone redundancy costs two warm instances; test may be away",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checkov said: its findings as check and file, how much it looked at, and what it could not read."""

    findings: frozenset[tuple[str, str]]
    passed: int
    unread: int


def find() -> str | None:
    """checkov as ``CHECKOV`` names it, else from ``make policy``, else on the path."""
    own = compiler.ROOT / ".venv-policy" / "bin" / "checkov"
    return os.environ.get("CHECKOV") or (str(own) if own.exists() else shutil.which("checkov"))


def check(folder: Path, **templates: list[Any]) -> Verdict:
    """What checkov finds in lists of resources, each of which becomes a file in *folder*."""
    for name, resources in templates.items():
        (folder / f"{name}.json").write_text(json.dumps(_TEMPLATE | {"resources": resources}), "utf-8")
    command = [str(find()), "--framework", "arm", "--skip-download", "--quiet", "--compact", "-o", "json"]
    done = subprocess.run([*command, "-d", str(folder)], capture_output=True, text=True, check=False)  # noqa: S603
    told = json.loads(done.stdout)
    failed = told.get("results", {}).get("failed_checks", [])
    return Verdict(
        findings=frozenset((each["check_id"], Path(each["file_path"]).stem) for each in failed),
        passed=told.get("summary", told)["passed"],
        unread=told.get("summary", told)["parsing_errors"],
    )
