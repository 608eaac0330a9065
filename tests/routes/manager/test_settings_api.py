"""The settings of an account in the manager API."""

import dataclasses
from typing import Any

import pytest

from domain.model import AccountSettings
from tests.routes.calls import Api


async def test_every_setting_is_shown(api: Api) -> None:
    """With its default where nothing was set."""
    answer = await api.manage("GET", "/settings")
    assert len(answer.json) == len(dataclasses.fields(AccountSettings)) - 1  # whom it trusts has a route of its own
    assert (answer.json["nativeDelete"], answer.json["emailDomains"]) == (False, [])
    known = await api.manage("GET", "/settings", If_None_Match=answer.headers["ETag"])
    assert known.status == 304


async def test_settings_are_changed(api: Api) -> None:
    """Those that are named; written down, in effect within a minute."""
    changed = await api.manage("PATCH", "/settings", {"nativeDelete": True, "emailDomains": [" Corp.Example "]})
    assert (changed.json["nativeDelete"], changed.json["emailDomains"]) == (True, ["corp.example"])
    assert (await api.accounts.get_account("acme")).settings.native_delete is True
    (act,) = [each for each in api.directory.changes("acme") if each.kind == "Settings"]
    assert sorted(act.attributes) == ["email_domains", "native_delete"]
    api.clock.move(minutes=2)
    user = await api.create_user()
    assert (await api.manage("DELETE", f"/users/{user['id']}")).status == 204


async def test_stale_version_is_refused(api: Api) -> None:
    """Settings that somebody else has changed stay so."""
    etag = (await api.manage("GET", "/settings")).headers["ETag"]
    await api.manage("PATCH", "/settings", {"nativeDelete": True})
    stale = await api.manage("PATCH", "/settings", {"nativeDelete": False}, If_Match=etag)
    assert (stale.status, stale.code) == (412, "VERSION_CONFLICT")


@pytest.mark.parametrize(
    "body",
    [
        {"nativeDelete": "perhaps"},
        {"nativeDelete": "yes"},
        {"logValues": 1},
        {"logRetentionDays": True},  # not one day
        {"logRetentionDays": "30"},
        {"emailDomains": ["no domain"]},
        {"emailDomains": ["x"]},
        {"emailDomains": ["a.example"] * 101},
        {"logRetentionDays": 0},
        {"unmatchedFilter": "whatever"},
        {"sealKey": "x"},
        {"nativeDelete": None},
        {"entra": None},
        [],
    ],
)
async def test_odd_setting_is_refused(api: Api, body: Any) -> None:
    """With what is wrong; nothing is set."""
    assert (await api.manage("PATCH", "/settings", body)).code == "INVALID_REQUEST"
    assert (await api.accounts.get_account("acme")).settings == AccountSettings()


async def test_settings_take_an_account_admin(api: Api) -> None:
    """Who provisions changes none."""
    assert (await api.manage("PATCH", "/settings", {"nativeDelete": True}, token=api.token)).status == 403
