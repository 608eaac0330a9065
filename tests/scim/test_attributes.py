"""Where attribute paths lie in a document."""

import pytest
from scim2_models import Path
from scim2_models.path import AttrPath

from scim.attributes import core, extension, extension_urn, is_complex, locate, sub_attributes
from scim.catalogue import EXTENSIONS, MODELS
from scim.models import USER_SCHEMA
from tests.scim.builders import ENTERPRISE


def found(text: str, kind: str = "User", *, compared: bool = False) -> tuple[str | None, str, str | None] | None:
    """Where the path lies: the extension, the name and the sub-attribute."""
    path = Path(text).ast
    assert isinstance(path, AttrPath)
    location = locate(kind, path, compared=compared)
    return None if location is None else (location.extension, location.name, location.sub)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("userName", (None, "userName", None)),
        ("USERNAME", (None, "userName", None)),
        ("name.FAMILYNAME", (None, "name", "familyName")),
        (f"{USER_SCHEMA}:name.givenName", (None, "name", "givenName")),
        (f"{USER_SCHEMA.upper()}:emails", (None, "emails", None)),
        ("emails.value", (None, "emails", "value")),
        ("id", (None, "id", None)),
        ("meta.lastModified", (None, "meta", "lastModified")),
        ("schemas", (None, "schemas", None)),
        ("x509Certificates.value", (None, "x509Certificates", "value")),
        (f"{ENTERPRISE}:department", (ENTERPRISE, "department", None)),
        (f"{ENTERPRISE.lower()}:MANAGER.$REF", (ENTERPRISE, "manager", "$ref")),
        ("manager", (ENTERPRISE, "manager", None)),  # without its URN, as Entra once wrote it (entra.md §4.4)
        ("manager.value", (ENTERPRISE, "manager", "value")),
        ("nope", None),
        ("name.nope", None),
        ("userName.value", None),
        ("urn:example:other:userName", None),
        (f"{ENTERPRISE}:userName", None),
        (f"{USER_SCHEMA}:manager", None),
        ("members", None),
    ],
)
def test_path_is_found(text: str, expected: tuple[str | None, str, str | None] | None) -> None:
    """Names know no letter case and may have their URN before them (RFC 7643 §2.1, RFC 7644 §3.10)."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text", ["user_name", "name.family_name", "manager.ref", "x509_certificates", "EnterpriseUser"]
)
def test_python_names_are_unknown(text: str) -> None:
    """The library knows attributes by their Python names too; clients do not."""
    assert found(text) is None


@pytest.mark.parametrize(
    ("text", "sub"), [("emails", "value"), ("manager", "value"), ("name", None), ("addresses", None), ("title", None)]
)
def test_compared_attribute_stands_for_its_value(text: str, sub: str | None) -> None:
    """A complex attribute that is compared means its value, if it has one (RFC 7644 §3.4.2.2)."""
    location = found(text, compared=True)
    assert location is not None
    assert location[2] == sub


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("User", "id"),
        ("User", "externalId"),
        ("Group", "externalId"),
        ("User", "meta.resourceType"),
        ("User", "meta.version"),
        ("User", "profileUrl"),
        ("User", "photos.value"),
        ("User", "x509Certificates.value"),
        ("User", "groups.value"),
        ("User", "groups.$ref"),
        ("User", "manager.value"),
        ("User", "manager.$ref"),
        ("Group", "members.value"),
        ("Group", "members.$ref"),
    ],
)
def test_case_exact_attributes(kind: str, text: str) -> None:
    """Ids, references, binary values and what meta holds are compared with their letter case (RFC 7643 §2.3, §3.1)."""
    path = Path(text).ast
    assert isinstance(path, AttrPath)
    location = locate(kind, path)
    assert location is not None
    assert location.binding.case_exact


def test_extension_urn_in_any_letter_case() -> None:
    """A URN is recognised in any letter case and spelled as ours."""
    assert extension_urn("User", ENTERPRISE.upper()) == ENTERPRISE
    assert extension_urn("Group", ENTERPRISE) is None


def test_attributes_by_name() -> None:
    """Attributes are found by their name in lower case, sub-attributes too."""
    assert core("User")["username"].required
    assert "familyname" in sub_attributes(core("User")["name"])
    assert is_complex(extension("User", ENTERPRISE)["manager"])
    assert sub_attributes(core("User")["title"]) == {}


@pytest.mark.parametrize("kind", MODELS)
def test_every_extension_has_attributes(kind: str) -> None:
    """Each extension of a type is known."""
    assert all(extension(kind, urn) for urn in EXTENSIONS[kind])
