"""Resources as clients send them whole, in POST and PUT, read into documents that can be stored."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from scim2_models import Context, InvalidSyntaxException, InvalidValueException, PayloadTooLargeException

from scim.attributes import core
from scim.dialects import clean_resource
from scim.errors import from_validation
from scim.extensions import check_extensions
from scim.json_types import JsonObject
from scim.limits import limits
from scim.models import READ_POLICY
from scim.types import type_of

_NOT_STORED = ("schemas", "id", "meta", "groups", "members", "password")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A resource that a client sent whole.

    ``document`` is valid and without what is never stored there.  ``members`` are the ids of a group's members, None
    where the client did not say.  ``named`` are the top-level names in the body, in lower case, also those sent empty.
    ``unknown`` names the attributes that no schema has; they are left out.
    """

    document: JsonObject
    members: tuple[str, ...] | None
    named: frozenset[str]
    unknown: tuple[str, ...]


def read_resource(payload: Any, kind: str) -> Submitted:
    """The resource of *kind* in a request's body.

    Raises:
        InvalidSyntaxException: The body is no object, or its ``schemas`` lack the schema of *kind*.
        InvalidValueException: A value does not fit its attribute, or a required one is missing.
    """
    if not isinstance(payload, dict):
        raise InvalidSyntaxException(detail=f"the body must be one {kind} as a JSON object")
    clean, unknown = clean_resource(payload, kind)
    _check_schemas(clean.get("schemas"), kind)
    _check_required(clean, kind)
    clean["schemas"] = [type_of(kind).schema]
    members = member_ids(clean.pop("members", None))
    try:
        model: Any = type_of(kind).model.model_validate(
            clean, scim_ctx=Context.RESOURCE_CREATION_REQUEST, scim_policy=READ_POLICY
        )
    except ValidationError as error:
        raise from_validation(error) from error
    document = to_document(model)
    check_extensions(document, kind)
    named = frozenset(name.lower() for name in payload)
    named_members = members if "members" in named & core(kind).keys() else None
    return Submitted(document, named_members, named, unknown)


def to_document(model: Any) -> JsonObject:
    """What of a model is stored as the document of its record."""
    dumped: JsonObject = model.model_dump(scim_policy=READ_POLICY)
    return {name: value for name, value in dumped.items() if name not in _NOT_STORED}


def member_ids(members: Any) -> tuple[str, ...]:
    """The ids of the members in a value of ``members``, each once, in their order.

    Raises:
        InvalidValueException: A member without an id.
        PayloadTooLargeException: More than `limits` allows.
    """
    if isinstance(members, list) and len(members) > (most := limits().members):
        raise PayloadTooLargeException(detail=f"{len(members)} members, and a request may name {most}")
    found: dict[str, None] = {}
    for each in members or []:
        value = each.get("value") if isinstance(each, dict) else each
        if not isinstance(value, str) or not value:
            raise InvalidValueException(detail="each member needs its id as value, a text")
        found[value] = None
    return tuple(found)


def _check_required(clean: JsonObject, kind: str) -> None:
    missing = [str(each.name) for each in core(kind).values() if each.required and str(each.name) not in clean]
    if missing:
        raise InvalidValueException(detail=f"{', '.join(missing)} is required")


def _check_schemas(schemas: Any, kind: str) -> None:
    own = type_of(kind).schema
    if not isinstance(schemas, list) or not all(isinstance(each, str) for each in schemas):
        raise InvalidSyntaxException(detail=f'schemas is required, a list that holds "{own}"')
    if own.lower() not in (each.lower() for each in schemas):
        raise InvalidSyntaxException(detail=f'schemas must hold "{own}"')
