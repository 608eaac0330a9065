"""What RFC 7643 asks of resources and schemas, where no suite has a case for it."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.conformance.builders import ENTERPRISE_URN, USER_URN, group, replacing, user
from tests.stack import Service, Tenant

_TYPES = {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}
_STANDARD_PARTS = {"type": "string", "primary": "boolean", "display": "string", "$ref": "reference"}


async def _attributes(tenant: Tenant) -> list[dict[str, Any]]:
    """The attributes of all schemas that are served."""
    listed = (await tenant.client.get("/Schemas")).json()["Resources"]
    return [each for schema in listed for each in schema["attributes"]]


def _parts(attributes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (part for each in attributes for part in each.get("subAttributes", ()))


@pytest.mark.requirement("7643-2.1-02")
async def test_names(tenant: Tenant) -> None:
    """A name begins with a letter and goes on with letters, digits, ``-``, ``_`` or ``$``; $ref is the exception."""
    attributes = await _attributes(tenant)
    names = {each["name"] for each in (*attributes, *_parts(attributes))}
    assert [name for name in names - {"$ref"} if not re.fullmatch(r"[A-Za-z][\w$-]*", name, re.ASCII)] == []


@pytest.mark.requirement("7643-2.3-01", "7643-2.3.8-02")
async def test_types(tenant: Tenant) -> None:
    """There are no types but the eight of the standard, and no complex sub-attribute."""
    attributes = await _attributes(tenant)
    assert {each["type"] for each in attributes} <= _TYPES
    assert {each["type"] for each in _parts(attributes)} <= _TYPES - {"complex"}


@pytest.mark.requirement("7643-2.4-01")
async def test_standard_parts(tenant: Tenant) -> None:
    """type, primary, display and $ref mean in every list what the standard says."""
    parts = _parts([each for each in await _attributes(tenant) if each["multiValued"]])
    assert {
        (each["name"], each["type"]) for each in parts if each["name"] in _STANDARD_PARTS
    } <= _STANDARD_PARTS.items()


@pytest.mark.requirement("7643-6-02")
async def test_resource_types_lead_to_schemas(tenant: Tenant) -> None:
    """The schema of each type, and of each of its extensions, is served under its own id."""
    for kind in (await tenant.client.get("/ResourceTypes")).json()["Resources"]:
        for urn in (kind["schema"], *(each["schema"] for each in kind["schemaExtensions"])):
            served = await tenant.client.get(f"/Schemas/{urn}")
            assert (served.status_code, served.json()["id"]) == (200, urn)


@pytest.mark.requirement("7643-5-06")
async def test_configuration_has_no_id(tenant: Tenant) -> None:
    """The configuration is found by its endpoint alone."""
    assert "id" not in (await tenant.client.get("/ServiceProviderConfig")).json()


@pytest.mark.requirement("7643-2.3.7-03", "7644-1.3-01")
async def test_references_lead_somewhere(tenant: Tenant) -> None:
    """Every $ref and every location is the resource that it names, and has no query string."""
    ada = await tenant.create("User", **user())
    team = await tenant.create("Group", **group("Team", ada["id"]))
    seen_user = (await tenant.client.get(f"/Users/{ada['id']}")).json()
    seen_group = (await tenant.client.get(f"/Groups/{team['id']}")).json()
    for link, target in (
        (seen_group["members"][0]["$ref"], ada["id"]),
        (seen_user["groups"][0]["$ref"], team["id"]),
        (seen_user["meta"]["location"], ada["id"]),
    ):
        assert "?" not in link
        answer = await tenant.client.get(link)
        assert (answer.status_code, answer.json()["id"]) == (200, target)


@pytest.mark.requirement("7643-2.3.7-04")
async def test_manager_may_be_nobody(tenant: Tenant) -> None:
    """A reference is not checked: clients send managers before they exist."""
    created = await tenant.create("User", **user(**{ENTERPRISE_URN: {"manager": {"value": "nobody-yet"}}}))
    assert created[ENTERPRISE_URN]["manager"]["value"] == "nobody-yet"


@pytest.mark.requirement("7643-2.3.8-01", "7643-3-03")
async def test_order_means_nothing(tenant: Tenant) -> None:
    """Neither the order of members of an object nor that of schemas says anything."""
    body = user(**{ENTERPRISE_URN: {"department": "x"}, "name": {"givenName": "A", "familyName": "B"}})
    created = await tenant.create("User", **body, title="t")
    backwards = dict(reversed([*body.items(), ("title", "t")]))
    backwards |= {"schemas": [ENTERPRISE_URN, USER_URN], "name": {"familyName": "B", "givenName": "A"}}
    answer = await tenant.client.put(f"/Users/{created['id']}", json=backwards)
    assert answer.json() == created  # not even a new version


@pytest.mark.requirement("7643-3.1-04")
async def test_ids_are_opaque(tenant: Tenant) -> None:
    """An id is a random UUID, so it never has the word bulkId in it."""
    created = await tenant.create("User", **user())
    assert str(UUID(created["id"])) == created["id"]


@pytest.mark.requirement("7643-3.1-07", "7644-6-01", "7644-6-02", "7644-6.2-01")
async def test_accounts_are_apart(tenant: Tenant, strict_tenant: Tenant) -> None:
    """The same names and external ids live in two accounts, and neither account sees the other's resources."""
    one = await tenant.create("User", **user(externalId="7"))
    other = await strict_tenant.create("User", **user(externalId="7"))
    assert one["id"] != other["id"]
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = await strict_tenant.client.request(method, f"/Users/{one['id']}", json=_BODIES.get(method))
        assert answer.status_code == 404
    found = (await tenant.client.get("/Users")).json()
    assert [each["id"] for each in found["Resources"]] == [one["id"]]


_BODIES = {"PUT": user(), "PATCH": replacing("title", "x")}


@pytest.mark.requirement("7643-3.1-09")
async def test_resource_type(tenant: Tenant) -> None:
    """meta.resourceType is the name of the type, with its letter case."""
    assert (await tenant.create("User", **user()))["meta"]["resourceType"] == "User"
    assert (await tenant.create("Group", **group()))["meta"]["resourceType"] == "Group"


@pytest.mark.requirement("7643-4.1.1-09", "7643-4.1.2-03")
async def test_values_of_any_form(tenant: Tenant) -> None:
    """Languages and locales with ``-`` or ``_``, and types of all kinds, come back as they were sent."""
    sent = {
        "locale": "en_US",
        "preferredLanguage": "de-CH",
        "emails": [{"value": "a@example.com", "type": "Newsletter"}],
        "phoneNumbers": [{"value": "555", "type": "satellite"}],
        "ims": [{"value": "ada", "type": "carrier pigeon"}],
    }
    created = await tenant.create("User", **user(**sent))
    assert {name: created[name] for name in sent} == sent


@pytest.mark.requirement("7643-4.1.1-06", "7643-4.1.1-07", "7643-9-01")
async def test_password_is_kept_nowhere(tenant: Tenant, service: Service) -> None:
    """No entity of the account has the password in it, neither as sent nor hashed."""
    created = await tenant.create("User", **user(password="correct horse battery staple"))
    stored = [str(rows) async for rows in service.stores.tables.directory.pages(tenant.account, "", "~")]
    assert created["id"] in "".join(stored)
    assert "password" not in "".join(stored)
