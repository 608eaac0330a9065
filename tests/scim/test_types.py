"""Resource types as an account sees them."""

import pytest

from domain.model import Kind
from scim.models import ENTERPRISE_SCHEMA, OWN_USER_SCHEMA, USER_SCHEMA, User
from scim.types import account_type, schemas_of, type_of
from tests.scim.extension_builders import URN, attribute, schema, user_type

OTHER = schema(attribute("code"), urn="urn:example:other:1.0:Group", kind="Group")


def test_type_is_its_name() -> None:
    """Wherever only the name matters, a type is one."""
    kind = user_type()
    assert kind == "User"
    assert kind == Kind.USER.value
    assert Kind(kind) is Kind.USER
    assert {Kind.USER: 1}[kind] == 1  # type: ignore[index]
    assert f"{kind} {kind!s}" == "User User"


def test_every_account_has_these() -> None:
    """A plain name stands for the type without registered schemas, which is made once."""
    kind = type_of("User")
    assert kind is type_of(Kind.USER) is account_type("User", ()) is account_type("User", (OTHER,))
    assert kind.model is User
    assert (kind.schema, list(kind.extensions)) == (USER_SCHEMA, [ENTERPRISE_SCHEMA, OWN_USER_SCHEMA])
    assert kind.registered == ()
    assert kind.hidden == (OWN_USER_SCHEMA,)


def test_registered_schemas_come_last() -> None:
    """After those that every account has; of its own type only, and made once for the same content."""
    kind = account_type("User", (OTHER, schema()))
    assert kind is account_type("User", (schema(),))
    assert list(kind.extensions)[-1] == URN
    assert [each.urn for each in kind.registered] == [URN]
    assert kind is not account_type("User", (schema(required=True),))
    assert kind.hidden == (OWN_USER_SCHEMA, URN)


@pytest.mark.parametrize(
    ("attributes", "shown", "writable"),
    [
        ([attribute("a")], True, True),
        ([attribute("a", returned="request")], False, True),
        ([attribute("a", mutability="writeOnly")], False, True),
        ([attribute("a", mutability="readOnly")], True, False),
        ([attribute("a", mutability="readOnly"), attribute("b")], True, True),
        ([{**attribute("a", "complex"), "subAttributes": [attribute("b", returned="never")]}], False, True),
    ],
)
def test_extension(attributes: list[dict[str, object]], shown: bool, writable: bool) -> None:
    """Whether all of it is shown by default, and whether clients can write any of it."""
    (extension,) = user_type(schema(*attributes)).registered
    assert (extension.shown, extension.writable) == (shown, writable)


def test_names_that_python_takes_for_others() -> None:
    """Names that differ in a dash only, or that models have a use for, are kept apart."""
    names = ["model_dump", "copy", "a-b", "ab", "A_B", "class", "EnterpriseUser", "x$"]
    kind = user_type(schema(*map(attribute, names)))
    data = {name: name for name in names}
    made = kind.model.model_validate({"userName": "ann", URN: data})
    assert made.model_dump()[URN] == data


def test_schemas_of_a_resource() -> None:
    """Its own, and those that it has data of."""
    assert schemas_of(user_type(), {"userName": "ann", URN: {"badge": "B"}}) == [USER_SCHEMA, URN]
    assert schemas_of("User", {"userName": "ann", URN: {"badge": "B"}}) == [USER_SCHEMA]
