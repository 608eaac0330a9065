"""What RFC 7644 asks of requests and answers, where no suite has a case for it."""

import asyncio
from base64 import b64encode

import pytest

from tests.conformance.builders import group, headers_of_token, patch, replacing, user
from tests.stack import SCIM_JSON, Service, Tenant


@pytest.mark.requirement("7644-2-02", "7644-2-04", "7644-7.7-01")
async def test_token_opens_what_it_may(service: Service, tenant: Tenant) -> None:
    """A token that may only look reads everything and changes nothing."""
    headers = await headers_of_token(service, tenant, "core_user_view", "core_usergroup_view")
    ada = await tenant.create("User", **user())
    assert (await tenant.client.get(f"/Users/{ada['id']}", headers=headers)).status_code == 200
    for method, path, body in (
        ("POST", "/Users", user("eve")),
        ("POST", "/Groups", group()),
        ("PATCH", f"/Users/{ada['id']}", replacing("title", "x")),
        ("DELETE", f"/Users/{ada['id']}", None),
    ):
        answer = await tenant.client.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (403, "403")


@pytest.mark.requirement("7644-2-03")
async def test_basic_authentication_is_refused(tenant: Tenant) -> None:
    """A password opens nothing, not even the token as one."""
    basic = b64encode(f"rollcall:{tenant.token}".encode()).decode()
    answer = await tenant.client.get("/Users", headers={"Authorization": f"Basic {basic}"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.requirement("7644-3.4.2-07")
async def test_filter_on_one_resource(tenant: Tenant) -> None:
    """The resource is named already; a filter beside its id changes nothing."""
    ada = await tenant.create("User", **user())
    answer = await tenant.client.get(f"/Users/{ada['id']}", params={"filter": 'userName eq "eve"'})
    assert answer.json()["id"] == ada["id"]


@pytest.mark.requirement("7644-3.4.2.2-17")
async def test_default_is_found(tenant: Tenant) -> None:
    """A user who was made active by default is found as active, as the answer has shown it."""
    ada = await tenant.create("User", **user())
    assert ada["active"] is True
    found = (await tenant.client.get("/Users", params={"filter": "active eq true"})).json()
    assert [each["id"] for each in found["Resources"]] == [ada["id"]]


@pytest.mark.requirement("7644-3.4.2.4-05")
async def test_page_has_a_limit(tenant: Tenant) -> None:
    """A count beyond filter.maxResults is taken as that."""
    config = (await tenant.client.get("/ServiceProviderConfig")).json()
    answer = await tenant.client.get("/Users", params={"count": config["filter"]["maxResults"] + 1})
    assert answer.status_code == 200


@pytest.mark.requirement("7644-3.9-05")
async def test_both_projections(tenant: Tenant) -> None:
    """Of what is included, what is excluded is not shown."""
    ada = await tenant.create("User", **user(title="t", nickName="n"))
    asked = {"attributes": "title,nickName", "excludedAttributes": "nickName"}
    seen = (await tenant.client.get(f"/Users/{ada['id']}", params=asked)).json()
    assert seen.keys() - {"meta"} == {"schemas", "id", "title"}


@pytest.mark.requirement("7644-3.5.2-17")
async def test_changes_at_once(tenant: Tenant) -> None:
    """Eight users who are added to a group at the same moment are all members."""
    users = [await tenant.create("User", **user(f"user{number}")) for number in range(8)]
    team = await tenant.create("Group", **group())
    adding = [patch({"op": "add", "path": "members", "value": [{"value": each["id"]}]}) for each in users]
    answers = await asyncio.gather(*(tenant.client.patch(f"/Groups/{team['id']}", json=each) for each in adding))
    assert {each.status_code for each in answers} == {204}
    seen = (await tenant.client.get(f"/Groups/{team['id']}")).json()
    assert {each["value"] for each in seen["members"]} == {each["id"] for each in users}


@pytest.mark.requirement("7644-3.12-03")
async def test_statuses_of_errors(service: Service, tenant: Tenant) -> None:
    """Each kind of error has the status that the RFC gives it, in the answer and in its body."""
    ada = await tenant.create("User", **user())
    path = f"/Users/{ada['id']}"
    looks = await headers_of_token(service, tenant, "core_user_view")
    for status, answer in (
        (400, await tenant.client.post("/Users", json=[])),
        (401, await tenant.client.get(path, headers={"Authorization": "Bearer x"})),
        (403, await tenant.client.delete(path, headers=looks)),
        (404, await tenant.client.get("/Users/nobody")),
        (409, await tenant.client.post("/Users", json=user())),
        (412, await tenant.client.put(path, json=user(), headers={"If-Match": 'W/"old"'})),
        (413, await tenant.client.post("/Users", content=b" " * (1024 * 1024 + 1))),
    ):
        assert (answer.status_code, answer.json()["status"]) == (status, str(status))


@pytest.mark.requirement("7644-3.13-01", "7644-3.13-02", "7643-2.4-06")
async def test_versions_in_the_path(tenant: Tenant) -> None:
    """The base URL has no version and speaks the newest, 2.0; below it there are no versions to choose from."""
    for version in ("v1", "v2", "v3"):
        answer = await tenant.client.get(f"/{version}/Users")
        assert (answer.status_code, answer.headers["content-type"]) == (404, SCIM_JSON)
    assert all(":2.0:" in each["id"] for each in (await tenant.client.get("/Schemas")).json()["Resources"][:2])


@pytest.mark.requirement("7644-5-01", "7644-7.8-01")
@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("caf\u00e9", "cafe\u0301"),  # composed and decomposed
        ("\uff37ide", "wide"),  # full width
        ("STRASSE", "stra\u00dfe"),
    ],
)
async def test_text_is_prepared(tenant: Tenant, stored: str, asked: str) -> None:
    """Two forms of one name are one name, for uniqueness and for filters."""
    ada = await tenant.create("User", **user(stored))
    again = await tenant.client.post("/Users", json=user(asked))
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
    found = (await tenant.client.get("/Users", params={"filter": f'userName eq "{asked}"'})).json()
    assert [each["userName"] for each in found["Resources"]] == [ada["userName"]] == [stored]
