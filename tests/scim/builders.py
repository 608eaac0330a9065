"""Resources, messages and recorded samples for the tests of the standard's floor; each test states what matters."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scim2_models import SCIMException

from scim.models import ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA
from scim.operations import parse_patch
from scim.patch import apply_patch
from scim.resources import Submitted, read_resource
from scim.types import schemas_of

type Json = dict[str, Any]

ENTERPRISE = ENTERPRISE_SCHEMA
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SAMPLES = Path(__file__).parent / "samples"

_SCHEMAS = {"User": USER_SCHEMA, "Group": GROUP_SCHEMA}
_REQUIRED = {"User": {"userName": "ann@contoso.example"}, "Group": {"displayName": "Finance"}}


def make_body(kind: str = "User", /, **attributes: Any) -> Json:
    """The body of a POST or PUT."""
    return {"schemas": [_SCHEMAS[kind]], **_REQUIRED[kind], **attributes}


def submit(kind: str = "User", /, **attributes: Any) -> Submitted:
    """A resource as read from a request."""
    return read_resource(make_body(kind, **attributes), kind)


def make_document(kind: str = "User", /, **attributes: Any) -> Json:
    """The document of a stored resource."""
    return submit(kind, **attributes).document


def make_resource(kind: str = "User", /, *, id: Any = "i-1", meta: Any = None, **attributes: Any) -> Json:
    """A whole resource as an answer shows it."""
    relations: Json = {name: attributes.pop(name) for name in ("groups", "members") if name in attributes}
    document = make_document(kind, **attributes)
    times = {"created": "2024-05-13T04:42:34Z", "lastModified": "2024-05-14T04:42:34.5Z"}
    about = {"resourceType": kind, **times, "version": 'W/"1"', **(meta or {})}
    return {"schemas": schemas_of(kind, document), "id": id, **document, **relations, "meta": about}


def add(path: str | None, value: Any) -> Json:
    return _operation("add", path, value=value)


def replace(path: str | None, value: Any) -> Json:
    return _operation("replace", path, value=value)


def remove(path: str | None, **value: Any) -> Json:
    """A removal; ``value=`` only where the client sends one."""
    return _operation("remove", path, **value)


def _operation(op: str, path: str | None, **value: Any) -> Json:
    return {"op": op, **({} if path is None else {"path": path}), **value}


def message(*operations: Any) -> Json:
    """The PatchOp message of the operations."""
    return {"schemas": [PATCH_SCHEMA], "Operations": list(operations)}


def patched(document: Json, *operations: Any, kind: str = "User", creates_unmatched: bool = True) -> Json:
    """*document* with the operations of one request applied."""
    patch = parse_patch(message(*operations), kind)
    return apply_patch(document, patch.operations, kind, creates_unmatched=creates_unmatched)


def attempt[Result](read: Callable[[], Result]) -> Result | SCIMException:
    """What *read* gives back, or the SCIM error that it raises; any other error is a failure of the test."""
    try:
        return read()
    except SCIMException as error:
        return error


def samples(pattern: str) -> list[Any]:
    """The recorded conversations whose file fits *pattern*, as parameters named after their files."""
    files = sorted(SAMPLES.glob(pattern))
    return [pytest.param(json.loads(each.read_text("utf-8")), id=f"{each.parent.name}/{each.stem}") for each in files]
