"""Each refused attempt to write is one entry of the log; the answer stays what it was."""

from typing import Any

import pytest

from domain.model import Action, Change, Outcome, Source
from domain.ports import StoreUnavailable
from tests.domain.builders import NOBODY
from tests.routes.calls import REQUEST_ID, Api, group_body, replacement, user_body


def failures(api: Api, account: str = "acme") -> list[Change]:
    """The entries that did not succeed."""
    return [each for each in api.directory.changes(account) if each.outcome is Outcome.FAILURE]


@pytest.mark.parametrize(
    ("method", "path", "body", "seen"),
    [
        ("POST", "/Users", user_body("ann@contoso.example"), (Action.CREATE, "User", "", "ann@contoso.example", 409)),
        ("POST", "/Users", {"schemas": []}, (Action.CREATE, "User", "", "", 400)),
        ("POST", "/Users", b"{", (Action.CREATE, "User", "", "", 400)),
        ("POST", "/Groups", group_body(""), (Action.CREATE, "Group", "", "", 400)),
        ("PUT", f"/Users/{NOBODY}", user_body(), (Action.UPDATE, "User", NOBODY, "ann@contoso.example", 404)),
        ("PATCH", f"/Groups/{NOBODY}", replacement("displayName", "x"), (Action.UPDATE, "Group", NOBODY, "", 404)),
        ("DELETE", f"/Groups/{NOBODY}", None, (Action.DELETE, "Group", NOBODY, "", 404)),
        ("DELETE", "/Users", None, (Action.DELETE, "User", "", "", 405)),
        ("POST", "/Devices", {}, (Action.CREATE, "Devices", "", "", 404)),
        ("POST", "/Bulk", {}, (Action.CREATE, "Bulk", "", "", 400)),
    ],
)
async def test_refused_attempt_is_an_entry(api: Api, method: str, path: str, body: Any, seen: tuple[Any, ...]) -> None:
    """With action, kind, id, name and status, whatever refused it."""
    await api.create_user("ann@contoso.example")
    answer = await api.call(method, path, body)
    (entry,) = failures(api)
    assert (entry.action, entry.kind, entry.resource_id, entry.resource_name, entry.status) == seen
    assert (entry.reason, entry.scim_type) == (answer.json["detail"], answer.json.get("scimType", ""))
    assert (entry.source, entry.correlation_id) == (Source.SCIM, REQUEST_ID)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/Users/{NOBODY}", None),
        ("GET", "/Users?filter=nonsense", None),
        ("POST", "/Users/.search", {"filter": "nonsense"}),
        ("POST", "/.search", {}),
        ("GET", "/Nowhere", None),
        ("GET", "/Schemas?filter=x", None),  # 403, though the caller lacks no permission
        ("GET", "/ResourceTypes?filter=x", None),
    ],
)
async def test_refused_reading_is_none(api: Api, method: str, path: str, body: Any) -> None:
    """Reading changes nothing, so nothing failed to change."""
    assert (await api.call(method, path, body)).status >= 400
    assert failures(api) == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/Users"), ("POST", "/Users"), ("GET", "/Nowhere")])
async def test_token_that_expired_is_an_entry(api: Api, method: str, path: str) -> None:
    """Also of a request that reads: nothing is provisioned until there is another token."""
    api.clock.move(days=31)
    answer = await api.call(method, path, {} if method == "POST" else None)
    (entry,) = failures(api)
    assert (answer.status, entry.actor, entry.status, entry.kind) == (401, f"token:{api.token.split('.')[2]}", 401, "")


async def test_refusals_of_a_token_are_counted_together(api: Api) -> None:
    """Whatever it is used for: one entry a minute."""
    api.clock.move(days=31)
    for number in range(9):
        await api.call("DELETE", f"/Users/{number}")
    assert [each.count for each in failures(api)] == [8]


async def test_token_without_permission_is_an_entry(api: Api) -> None:
    """Under the token's name, whether it reads or writes."""
    token = await api.issue(permissions=frozenset())
    assert (await api.call("GET", "/Users", token=token)).status == 403
    assert [(each.actor, each.status) for each in failures(api)] == [(f"token:{token.split('.')[2]}", 403)]


@pytest.mark.parametrize("token", ["", "wrong", "rc.acme.wrong"])
@pytest.mark.parametrize("account", ["acme", "nobody"])
async def test_stranger_fills_no_partition(api: Api, account: str, token: str) -> None:
    """Who shows no token that ever opened the account is told so, and leaves no trace in it."""
    assert (await api.call("POST", "/Users", {}, account=account, token=token)).status == 401
    assert failures(api, account) == []


async def test_token_of_another_account_is_a_strangers(api: Api) -> None:
    """Neither account's log tells of it."""
    await api.call("POST", "/Users", {}, account="other")
    assert failures(api) == failures(api, "other") == []


async def test_each_refused_operation_of_bulk(api: Api) -> None:
    """Is an entry as if it had come alone."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": user_body("ann@contoso.example")},
        {"method": "POST", "path": "/Users", "bulkId": "2", "data": user_body("ann@contoso.example")},
        {"method": "DELETE", "path": f"/Groups/{NOBODY}"},
    ]
    schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]
    await api.call("POST", "/Bulk", {"schemas": schemas, "Operations": operations})
    assert sorted((each.kind, each.resource_id, each.status) for each in failures(api)) == [
        ("Group", NOBODY, 404),
        ("User", "", 409),
    ]


async def test_log_that_fails_changes_no_answer(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client is told what it would have been told."""

    async def down(*_: Any) -> None:
        raise StoreUnavailable("down")

    monkeypatch.setattr(api.directory, "record", down)
    assert (await api.call("DELETE", f"/Users/{NOBODY}")).status == 404
    monkeypatch.setattr(api.directory, "record", None)
    assert (await api.call("DELETE", f"/Users/{NOBODY}")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "about"),
    [
        ("POST", "/role-bindings", {}, "RoleBinding", ""),
        ("DELETE", "/service-accounts/admin", None, "ServiceAccount", "admin"),
        ("PUT", "/roles/keeper", {}, "Role", "keeper"),
        ("PATCH", "/tokens/s0123456789abcdef", {"expiresInHours": None}, "Token", "s0123456789abcdef"),
        ("POST", f"/groups/{NOBODY}/release", None, "Group", NOBODY),
        ("PATCH", "/settings", {}, "Settings", ""),
    ],
)
async def test_what_an_administrator_was_forbidden_is_told(
    api: Api, method: str, path: str, body: Any, kind: str, about: str
) -> None:
    """What it was about, in the words of what is done, and from which kind of address (docs/access.md)."""
    await api.manage(method, path, body, token=api.token, X_Forwarded_For="203.0.113.7")
    entry = failures(api)[-1]
    assert (entry.kind, entry.resource_id, entry.source, entry.address) == (kind, about, Source.MANAGER, "private")
    assert entry.actor.startswith("token:")
