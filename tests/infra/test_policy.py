"""What would be deployed keeps checkov's policies, but for what is accepted by name and with a reason."""

from pathlib import Path

import pytest

from tests.infra import compiler, policy
from tests.infra.policy import ABSENT, ACCEPTED, ACCEPTED_IN_TEST

pytestmark = pytest.mark.skipif(policy.find() is None, reason=ABSENT)


def _resources(environment: str) -> list[object]:
    parameters = compiler.BICEP / "environments" / f"{environment}.bicepparam"
    return list(compiler.read(parameters)["predictedResources"])


def test_findings_are_those_that_are_accepted(tmp_path: Path) -> None:
    """Nothing unread, nothing new, and nothing accepted that is not found any more."""
    verdict = policy.check(tmp_path, test=_resources("test"), production=_resources("production"))
    expected = {(check, name) for check in ACCEPTED for name in ("test", "production")}
    expected |= {(check, "test") for check in ACCEPTED_IN_TEST}
    assert verdict.findings == expected
    assert verdict.unread == 0
    assert verdict.passed > 40


def test_bad_resource_is_found(tmp_path: Path) -> None:
    """An account open to everybody, with keys and old TLS, does not pass: the check above can fail."""
    account = {
        "type": "Microsoft.Storage/storageAccounts",
        "apiVersion": "2025-01-01",
        "name": "open",
        "properties": {"allowBlobPublicAccess": True, "supportsHttpsTrafficOnly": False, "minimumTlsVersion": "TLS1_0"},
    }
    found = {check for check, _ in policy.check(tmp_path, bad=[account]).findings}
    assert found >= {"CKV_AZURE_3", "CKV_AZURE_44"}
