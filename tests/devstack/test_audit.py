"""What is made of pip-audit's report: silence is no good news."""

from typing import Any

import pytest

from devstack.audit import FOUND, UNKNOWN, judge

_FINE: dict[str, Any] = {"name": "aiohttp", "version": "3.13.0", "vulns": []}
_BAD: dict[str, Any] = {
    "name": "pyjwt",
    "version": "1.0",
    "vulns": [{"id": "CVE-2022-29217", "fix_versions": ["2.4.0"]}],
}
_UNKNOWN: dict[str, Any] = {"name": "orjson", "skip_reason": "Dependency not found"}
_UNMENDED: dict[str, Any] = {"name": "x", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": []}]}


@pytest.mark.parametrize(
    ("dependencies", "code", "told"),
    [
        ([_FINE], 0, "1 packages, none with a known vulnerability"),
        ([_FINE, _BAD], FOUND, "pyjwt 1.0: CVE-2022-29217, mended in 2.4.0"),
        ([_UNMENDED], FOUND, "x 1: CVE-1, mended in no version yet"),
        ([_BAD, _UNKNOWN], FOUND, "nothing could be learned of 1 of 2 packages: orjson"),
        ([_FINE, _UNKNOWN], UNKNOWN, "nothing is proved"),
        ([], UNKNOWN, "nothing is proved"),
    ],
)
def test_report_is_judged(dependencies: list[dict[str, Any]], code: int, told: str) -> None:
    """A vulnerability fails, and so does a service that does not answer; both say why."""
    found, lines = judge(dependencies)
    assert found == code
    assert told in "\n".join(lines)
