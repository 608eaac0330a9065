"""Discovery, compared with the schemas as RFC 7643 records them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scim import discovery
from scim.catalogue import EXTENSIONS, MODELS
from scim.models import GROUP_SCHEMA, OWN_GROUP_SCHEMA, OWN_USER_SCHEMA, USER_SCHEMA
from tests.scim.builders import ENTERPRISE, Json
from tests.scim.extension_builders import URN, attribute, schema

BASE = "https://rollcall.example/scim/account/a-1"
RECORDED: dict[str, dict[str, Json]] = json.loads((Path(__file__).parent / "recorded_schemas.json").read_text("utf-8"))
URNS = [USER_SCHEMA, GROUP_SCHEMA, ENTERPRISE]
DEFAULTS = {"multiValued": False, "required": False, "mutability": "readWrite", "returned": "default"}

NOT_OFFERED = {
    (USER_SCHEMA, "password"): "Entra's validator expects back what is offered (entra.md §6.1)",
    (GROUP_SCHEMA, "members.display"): "not kept",
}
OFFERED_BESIDES = {
    (USER_SCHEMA, "externalId"): "Microsoft's gallery test looks for it",
    (GROUP_SCHEMA, "externalId"): "Microsoft's gallery test looks for it",
}
OTHERWISE = {
    (USER_SCHEMA, "groups.value", "caseExact"): "ids are case-exact (RFC 7643 §3.1)",
    (USER_SCHEMA, "groups.$ref", "referenceTypes"): "a user's groups are groups",
    (GROUP_SCHEMA, "members.value", "caseExact"): "ids are case-exact (RFC 7643 §3.1)",
    (GROUP_SCHEMA, "displayName", "uniqueness"): "Entra wants a second group of the name refused (entra.md §6.1, G2)",
    (ENTERPRISE, "manager.value", "caseExact"): "ids are case-exact (RFC 7643 §3.1)",
}
"""Where ours differs from the record on purpose, and why."""


def served(urn: str) -> Json:
    """The schema of that URN as we serve it."""
    return next(each for each in discovery.schemas(BASE) if each["id"] == urn)


def characteristics(attributes: list[Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    """The attributes by their path, sub-attributes after the one that has them."""
    for each in attributes:
        path = f"{prefix}{each['name']}"
        yield path, each
        yield from characteristics(each.get("subAttributes", []), f"{path}.")


def ours(urn: str) -> dict[str, Json]:
    return dict(characteristics(served(urn)["attributes"]))


def recorded(urn: str, path: str) -> Json:
    """The recorded characteristics with the defaults that their type has (RFC 7643 §2.2)."""
    told = RECORDED[urn][path]
    texts = {"caseExact": False} if told["type"] in ("string", "reference", "binary") else {}
    values = {"uniqueness": "none"} if told["type"] not in ("boolean", "complex") else {}
    return {**DEFAULTS, **texts, **values, **told}


@pytest.mark.parametrize("urn", URNS)
def test_same_attributes(urn: str) -> None:
    """We offer the attributes of the standard, but for those named here."""
    missing = {(urn, path) for path in RECORDED[urn].keys() - ours(urn).keys()}
    besides = {(urn, path) for path in ours(urn).keys() - RECORDED[urn].keys()}
    assert missing == {each for each in NOT_OFFERED if each[0] == urn}
    assert besides == {each for each in OFFERED_BESIDES if each[0] == urn}


@pytest.mark.requirement("7643-2.2-01", "7643-7-02")
@pytest.mark.parametrize("urn", URNS)
def test_same_characteristics(urn: str) -> None:
    """Each attribute has the characteristics of the standard, but for those named here, and no others."""
    differing = {
        (urn, path, name)
        for path, attribute in ours(urn).items()
        if path in RECORDED[urn]
        for name in (attribute.keys() | recorded(urn, path).keys()) - {"name", "description", "subAttributes"}
        if attribute.get(name) != recorded(urn, path).get(name)
    }
    assert differing == {each for each in OTHERWISE if each[0] == urn}


@pytest.mark.requirement("7643-2.3.8-02")
@pytest.mark.parametrize("urn", URNS)
def test_every_attribute_is_described(urn: str) -> None:
    """Attributes have the words that help people, and two levels at most (RFC 7643 §2.3.8)."""
    assert not [path for path, each in ours(urn).items() if not each.get("description")]
    assert not [path for path in ours(urn) if path.count(".") > 1]


@pytest.mark.requirement("7643-4.1.2-07")
@pytest.mark.parametrize("path", ["groups.value", "groups.$ref", "groups.display", "groups.type"])
def test_groups_of_a_user_are_read_only(path: str) -> None:
    """A user's groups change through the group alone (RFC 7643 §4.1.2)."""
    assert ours(USER_SCHEMA)[path]["mutability"] == "readOnly"


def names_and_values(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name, member
            yield from names_and_values(member)
    elif isinstance(value, list):
        for each in value:
            yield from names_and_values(each)


@pytest.mark.requirement("7643-2.5-02")
def test_no_nulls_and_camel_case() -> None:
    """Entra objects to null in /Schemas, and names are camelCase (entra.md §2.1)."""
    everything = [*discovery.schemas(BASE), *discovery.resource_types(BASE), discovery.service_provider_config(BASE)]
    found = list(names_and_values(everything))
    assert not [name for name, value in found if value is None]
    assert not [name for name, _ in found if not name.isalnum() or not name[0].islower()]


def test_schemas_have_names_and_locations() -> None:
    """Each schema has its URN, its name and its own place (RFC 7643 §7)."""
    assert [(each["id"], each["name"]) for each in discovery.schemas(BASE)] == [
        (USER_SCHEMA, "User"),
        (GROUP_SCHEMA, "Group"),
        (str(MODELS["GroupMember"].__schema__), "GroupMember"),
        (ENTERPRISE, "EnterpriseUser"),
        (OWN_USER_SCHEMA, "RollcallUser"),
        (OWN_GROUP_SCHEMA, "RollcallGroup"),
    ]
    assert served(USER_SCHEMA)["meta"] == {"resourceType": "Schema", "location": f"{BASE}/Schemas/{USER_SCHEMA}"}


def test_answers_are_not_shared() -> None:
    """An answer for one base URL is not changed by that for another."""
    first = discovery.schemas(BASE)
    discovery.schemas("https://other.example")
    assert first == discovery.schemas(BASE)


@pytest.mark.requirement("7643-6-01", "7643-6-02")
def test_resource_types() -> None:
    """Each type tells its endpoint, its schema and its extensions, all of which are served (RFC 7643 §6)."""
    types = discovery.resource_types(BASE)
    assert [(each["name"], each["endpoint"], each["schema"]) for each in types] == [
        ("User", "/Users", USER_SCHEMA),
        ("Group", "/Groups", GROUP_SCHEMA),
        ("GroupMember", "/GroupMembers", str(MODELS["GroupMember"].__schema__)),
    ]
    assert [each["schemaExtensions"] for each in types] == [
        [{"schema": ENTERPRISE, "required": False}],
        [],
        [],
    ]
    assert {each["meta"]["location"] for each in types} == {f"{BASE}/ResourceTypes/{kind}" for kind in MODELS}  # type: ignore[index, call-overload]
    assert {urn for urns in EXTENSIONS.values() for urn in urns} <= {each["id"] for each in discovery.schemas(BASE)}


@pytest.mark.requirement("7643-5-01", "7643-5-02", "7643-5-03")
def test_service_provider_config() -> None:
    """The configuration has all that the standard requires, with its types (RFC 7643 §5, RFC 9865 §4)."""
    config: Json = discovery.service_provider_config(BASE)
    features = ("patch", "bulk", "filter", "changePassword", "sort", "etag")
    assert all(isinstance(config[each]["supported"], bool) for each in features)
    sizes = (config["bulk"]["maxOperations"], config["bulk"]["maxPayloadSize"], config["filter"]["maxResults"])
    assert all(isinstance(each, int) for each in sizes)
    assert config["pagination"]["cursor"] is True
    assert {"type", "name", "description"} <= config["authenticationSchemes"][0].keys()
    assert config["meta"]["resourceType"] == "ServiceProviderConfig"


def test_registered_schemas() -> None:
    """A registered schema is served as it was registered, and named by its type; nothing of it elsewhere."""
    registered = (schema(required=True), schema(attribute("code"), urn="urn:example:x", kind="Group"))
    user_kind, group_kind, *_ = discovery.resource_types(BASE, registered)
    assert {"schema": URN, "required": True} in user_kind["schemaExtensions"]  # type: ignore[operator]
    assert group_kind["schemaExtensions"] == [{"schema": "urn:example:x", "required": False}]
    found = next(each for each in discovery.schemas(BASE, registered) if each["id"] == URN)
    assert found == {
        **registered[0].definition,
        "meta": {"resourceType": "Schema", "location": f"{BASE}/Schemas/{URN}"},
    }
    assert URN not in str(discovery.schemas(BASE) + discovery.resource_types(BASE))
