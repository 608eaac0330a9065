"""What our models do otherwise than those of scim2-models, each difference by its name."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError
from scim2_models import Context, EnterpriseUser, SCIMException
from scim2_models import Group as LibraryGroup
from scim2_models import User as LibraryUser

from scim.catalogue import EXTENSIONS, MODELS
from scim.models import USER_SCHEMA
from scim.types import schemas_of
from tests.scim.builders import ENTERPRISE, Json, make_body, make_document, patched, replace


def library_refuses(**attributes: Any) -> bool:
    """Whether the library's own user cannot be created with *attributes*."""
    model: Any = LibraryUser[EnterpriseUser]
    try:
        model.model_validate(make_body(**attributes), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    except (ValidationError, SCIMException):
        return True
    return False


@pytest.mark.parametrize(
    "attributes",
    [
        {"profileUrl": "NOTAURL"},
        {"photos": [{"value": "no url"}]},
        {"emails": [{"value": "no address"}]},
        {"x509Certificates": [{"value": "Zg"}]},
    ],
)
def test_formats_are_not_checked(attributes: Json) -> None:
    """No format is checked, where the library refuses; the text comes back as it was sent."""
    assert library_refuses(**attributes)
    assert make_document(**attributes).items() >= attributes.items()


def test_certificate_keeps_its_text() -> None:
    """A certificate is kept as its base64 text, line breaks and padding included."""
    text = base64.encodebytes(b"certificate" * 10).decode()
    assert make_document(x509Certificates=[{"value": text}])["x509Certificates"] == [{"value": text}]


@pytest.mark.parametrize("name", ["emails", "phoneNumbers", "ims", "photos"])
def test_type_keeps_its_letter_case(name: str) -> None:
    """A type comes back as sent; the library writes its canonical types in lower case."""
    canonical = {"emails": "WORK", "phoneNumbers": "WORK", "ims": "AIM", "photos": "PHOTO"}[name]
    value = [{"type": canonical, "value": "http://a.example/1" if name == "photos" else "a@x.example"}]
    theirs = LibraryUser.model_validate(make_body(**{name: value})).model_dump()
    assert theirs[name][0]["type"] == canonical.lower()
    assert make_document(**{name: value})[name] == value


@pytest.mark.parametrize("manager", [{"value": "271"}, {"$ref": "https://x.example/Users/271"}])
def test_manager_needs_neither_value_nor_reference(manager: Json) -> None:
    """A manager may have a value alone, as Entra sends it, where the library wants both."""
    assert library_refuses(**{ENTERPRISE: {"manager": manager}})
    assert make_document(**{ENTERPRISE: {"manager": manager}})[ENTERPRISE] == {"manager": manager}


def test_manager_goes_with_an_empty_value() -> None:
    """A manager with an empty value is removed (entra.md §4.4)."""
    document = make_document(**{ENTERPRISE: {"manager": {"value": "271", "$ref": "https://x.example/Users/271"}}})
    assert ENTERPRISE not in patched(document, replace(f"{ENTERPRISE}:manager", {"value": ""}))


@pytest.mark.parametrize(("kind", "theirs"), [("User", LibraryUser), ("Group", LibraryGroup)])
def test_external_id_is_in_the_schema(kind: str, theirs: Any) -> None:
    """externalId is an attribute of both schemas, where the library leaves it out as common to all resources."""
    assert theirs.to_schema().get_attribute("externalId") is None
    assert MODELS[kind].to_schema()["externalId"].case_exact


def test_members_have_no_display() -> None:
    """A member's display is not kept, so it is not part of the schema."""
    assert LibraryGroup.to_schema()["members"].get_attribute("display") is not None
    assert MODELS["Group"].to_schema()["members"].get_attribute("display") is None


def test_schemas_follow_the_data() -> None:
    """A resource lists an extension where it has data of it (RFC 7643 §3)."""
    assert schemas_of("User", make_document()) == [USER_SCHEMA]
    assert schemas_of("User", make_document(**{ENTERPRISE: {"division": "N"}})) == [USER_SCHEMA, ENTERPRISE]


def test_every_type_has_extensions_listed() -> None:
    """Each resource type says which extensions it has, perhaps none."""
    assert EXTENSIONS.keys() == MODELS.keys()
