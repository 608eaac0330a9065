"""The overview of an account."""

from tests.domain.builders import NOW
from tests.routes.calls import Api


async def test_new_account_is_shown(api: Api) -> None:
    """What an administrator copies into the identity provider, and no activity yet."""
    answer = await api.manage("GET", "")
    assert (answer.status, answer.media_type) == (200, "application/json")
    assert answer.json == {
        "account": "acme",
        "name": "Acme",
        "created": NOW.isoformat().replace("+00:00", "Z"),
        "tenantUrl": "https://rollcall.example/scim/account/acme",
        "counts": {"users": 0, "scimGroups": 0, "nativeGroups": 0},
    }


async def test_activity_is_counted(api: Api) -> None:
    """Users and groups, and when the client last provisioned something."""
    await api.create_user()
    api.clock.move(minutes=5)
    await api.create_group()
    overview = (await api.manage("GET", "")).json
    assert overview["counts"] == {"users": 1, "scimGroups": 1, "nativeGroups": 0}
    assert overview["lastProvisioned"] == api.clock.now().isoformat().replace("+00:00", "Z")
