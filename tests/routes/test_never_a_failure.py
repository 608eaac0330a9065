"""Whatever a client sends, it is told in the words of SCIM; nothing of it is a failure of ours."""

from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.routes.calls import Answer, Api, patch_body, user_body

_NAMES = [
    "userName",
    "displayName",
    "emails",
    "emails.value",
    'emails[type eq "work"].value',
    'emails[type eq "work"]',
    "name.familyName",
    "active",
    "id",
    "meta.created",
    "schemas",
    "groups",
    "manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "x509Certificates",
    "value",
    "type",
    "primary",
    "$ref",
    "nothing",
    "",
]
_texts = st.sampled_from(["", "a", "True", "work", "\x00", "é", "名前", '"', "\\", "urn:x"]) | st.text(max_size=8)
_names = st.sampled_from(_NAMES) | _texts
_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts
_json = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3), max_leaves=8
)
_operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove", "Add", "move"])}, optional={"path": _names, "value": _json}
)
_filters = st.lists(
    st.sampled_from(
        [*_NAMES, "eq", "co", "gt", "pr", "and", "or", "not", "(", ")", "[", "]", '"a"', "true", "null", "5"]
    ),
    max_size=8,
).map(" ".join)

_many = settings(max_examples=60, deadline=None)


async def _ask(method: str, path: str, body: Any = None) -> Answer:
    """The answer of a service with one user, whose id *path* may name as ``{id}``."""
    api = Api()
    await api.open()
    user = await api.create_user(emails=[{"value": "ann@contoso.example", "type": "work"}])
    return await api.call(method, path.replace("{id}", user["id"]), body)


def _is_told(answer: Answer) -> bool:
    """Whether an answer is a success, or a SCIM error about the request."""
    if answer.status >= 400:
        assert answer.scim_type or answer.status in {409, 413}
    return answer.status < 500


@_many
@given(attributes=st.dictionaries(_names, _json, max_size=3))
async def test_any_user_is_answered(attributes: dict[str, Any]) -> None:
    """Created and replaced, or refused."""
    for method, path in (("POST", "/Users"), ("PUT", "/Users/{id}")):
        assert _is_told(await _ask(method, path, user_body("bea") | attributes))


@_many
@given(operations=st.lists(_operations, min_size=1, max_size=3))
async def test_any_patch_is_answered(operations: list[dict[str, Any]]) -> None:
    """Applied or refused."""
    assert _is_told(await _ask("PATCH", "/Users/{id}", patch_body(*operations)))


@_many
@given(payload=_json)
async def test_any_message_is_answered(payload: Any) -> None:
    """On every path that reads a body."""
    for method, path in (("POST", "/Groups"), ("PATCH", "/Users/{id}"), ("POST", "/Users/.search")):
        assert _is_told(await _ask(method, path, payload))


@_many
@given(text=_filters, sort_by=_names)
async def test_any_filter_is_answered(text: str, sort_by: str) -> None:
    """With a list, or refused."""
    assert _is_told(await _ask("GET", f"/Users?filter={quote(text)}&sortBy={quote(sort_by)}"))
