"""Entra's own checks before it takes a service on, by the simulator, with the service that ``make verify`` names."""

import os
import subprocess
import sys

import pytest

from devstack.service import ROOT
from tests.deployed.target import Target, is_strict

pytestmark = pytest.mark.skipif(is_strict(), reason="Entra's checks are for an account that takes what Entra sends")


def _simulator(*arguments: str, token: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulator", *arguments]
    environment = os.environ | {"SCIM_TOKEN": token, "COLUMNS": "200"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def test_connection(tenant: Target) -> None:
    """Test Connection, as the portal's button does it."""
    done = _simulator("test-connection", "--tenant-url", tenant.url, token=tenant.token or "")
    assert done.returncode == 0, done.stdout + done.stderr


def test_validator(tenant: Target) -> None:
    """All that the validator asks of a service, where this simulator has it."""
    if _simulator("validate", "--help").returncode != 0:
        pytest.skip("the simulator has no validator: not checked")
    done = _simulator("validate", "--tenant-url", tenant.url, token=tenant.token or "")
    assert done.returncode == 0, done.stdout + done.stderr
