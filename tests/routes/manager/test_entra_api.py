"""The Entra tenant that an account trusts, in the manager API."""

from typing import Any

import pytest

from domain.access.principals import ADMIN
from domain.access.roles import PROVISION
from tests.identity_provider import APP, SUBJECT, TENANT
from tests.routes.calls import Api

_PATH = "/entra-trust"


async def test_tenant_is_trusted_until_it_is_not(api: Api) -> None:
    """What is left out is what custom applications use."""
    assert (await api.manage("GET", _PATH)).status == 404
    put = await api.manage("PUT", _PATH, {"tenant": TENANT})
    assert put.json == {
        "tenant": TENANT,
        "audiences": ["8adf8e6e-67b2-4cf2-a259-e3dc5476c621"],
        "appIds": ["00000014-0000-0000-c000-000000000000"],
        "serviceAccount": "provisioning",
        "clientAudiences": [],
        "clientSubject": "",
    }
    assert (await api.manage("GET", _PATH)).json == put.json
    assert (await api.manage("DELETE", _PATH)).status == 204
    assert (await api.manage("GET", _PATH)).status == 404


async def test_assertions_are_trusted(api: Api) -> None:
    """Of one subject, for its audiences."""
    put = await api.manage("PUT", _PATH, {"tenant": TENANT, "clientAudiences": [APP], "clientSubject": SUBJECT.upper()})
    assert (put.json["clientAudiences"], put.json["clientSubject"]) == ([APP], SUBJECT)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (400, "INVALID_REQUEST")),
        ({"tenant": "common"}, (400, "INVALID_VALUE")),
        ({"tenant": TENANT, "audiences": []}, (400, "INVALID_VALUE")),
        ({"tenant": TENANT, "audiences": ["x"] * 11}, (400, "INVALID_REQUEST")),
        ({"tenant": TENANT, "clientSubject": SUBJECT}, (400, "INVALID_VALUE")),
        ({"tenant": TENANT, "serviceAccount": "nobody"}, (404, "NOT_FOUND")),
    ],
)
async def test_odd_trust_is_refused(api: Api, body: Any, error: tuple[int, str]) -> None:
    """And nobody is trusted."""
    answer = await api.manage("PUT", _PATH, body)
    assert (answer.status, answer.json["code"]) == error
    assert (await api.manage("GET", _PATH)).status == 404


async def test_permission_is_needed(api: Api) -> None:
    """And it gives nobody more than they have."""
    for method, body in (("GET", None), ("PUT", {"tenant": TENANT}), ("DELETE", None)):
        assert (await api.manage(method, _PATH, body, token=api.token)).status == 403
    token = await api.issue(owner=ADMIN, permissions=PROVISION | {"core_authsetting_edit"})
    body = {"tenant": TENANT, "serviceAccount": "admin"}
    assert (await api.manage("PUT", _PATH, body, token=token)).json["code"] == "NOT_ALLOWED"
