"""PATCH of a document: plain operations applied by scim2-models, all or nothing."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    InvalidSyntaxException,
    InvalidValueException,
    NoTargetException,
    PatchOp,
    Path,
    SCIMException,
    ScimPolicy,
)
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    Not,
    Present,
    ValuePath,
)

from scim.attributes import Location, locate
from scim.comparison import comparison_key, identity
from scim.dialects import check_count
from scim.errors import from_validation
from scim.extensions import check_extensions, visible, with_dormant
from scim.filters import comparable, values_at
from scim.json_types import JsonObject
from scim.models import READ_POLICY
from scim.operations import Operation
from scim.references import without_stale
from scim.resources import to_document
from scim.types import type_of

MAX_OPERATIONS = 500
"""Plain operations on the attributes of one resource; a group's members are no part of them."""

_POLICIES = {
    creates: ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        comparison_key=comparison_key,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=(
            ScimPolicy.UnmatchedPathFilter.create if creates else ScimPolicy.UnmatchedPathFilter.forbid
        ),
    )
    for creates in (True, False)
}


def apply_patch(
    document: JsonObject, operations: Sequence[Operation], kind: str, *, creates_unmatched: bool = True
) -> JsonObject:
    """A copy of *document* with the operations applied in order; equal to *document* when they change nothing.

    What *kind* does not show of the document stays in it.

    All or nothing: the first operation that fails raises, and *document* is never changed.  *creates_unmatched* says
    whether add and replace below a value filter without a match create the element (Entra) or refuse (RFC 7644
    §3.5.2.3).  Source: RFC 7644 §3.5.2.

    Raises:
        NoTargetException: A value filter selects nothing to act on.
        MutabilityException: An immutable part would change.
        InvalidValueException: A value does not fit its attribute, there are too many of it, or one lacks that a
            registered extension requires.
        InvalidSyntaxException: More than MAX_OPERATIONS.
    """
    if len(operations) > MAX_OPERATIONS:
        raise InvalidSyntaxException(detail=f"at most {MAX_OPERATIONS} changes of attributes in one request")
    policy = _POLICIES[creates_unmatched]
    seen = visible(document, kind)
    model: Any = type_of(kind).model.model_validate(seen, scim_policy=READ_POLICY)
    with policy:
        for operation in operations:
            for step in _steps(operation, model, kind):
                _apply_as_meant(model, step, kind, policy)
                _check_count(model, step.location)
    patched = without_stale(to_document(model), seen, kind)
    check_extensions(patched, kind, seen)
    return with_dormant(patched, document, kind)


def _check_count(model: Any, location: Location) -> None:
    if location.multi_valued and location.extension is None:
        check_count(location.name, len(getattr(model, location.binding.field_name, None) or ()))
    elif location.multi_valued:
        check_count(location.name, len(_elements(model, location)))


def _steps(operation: Operation, model: Any, kind: str) -> Iterator[Operation]:
    """The operation in the steps that the library takes as they are meant."""
    of_many = operation.location.multi_valued and operation.filter is None
    if operation.op == "remove":
        if operation.value != []:  # else a removal of no elements
            yield operation
    elif of_many and operation.location.sub is not None:
        yield _on_preferred(operation, _elements(model, operation.location))
    elif of_many and operation.op == "add":
        yield from _additions(operation, _elements(model, operation.location), kind)
    else:
        yield operation


def _elements(model: Any, location: Location) -> list[Any]:
    return values_at(to_document(model), replace(location, sub=None))


def _on_preferred(operation: Operation, elements: list[Any]) -> Operation:
    """``emails.value`` without a filter: the primary element's, else the first's, else a new one's (Q6)."""
    elements = elements or [{}]
    chosen = next((each for each in elements if each.get("primary")), elements[0])
    chosen[operation.location.sub] = operation.value
    if operation.value is None:
        del chosen[operation.location.sub]
    kept = [each for each in elements if each]
    path = operation.path.rpartition(".")[0]
    return Operation("replace" if kept else "remove", path, operation.location, kept or None)


def _additions(operation: Operation, elements: list[Any], kind: str) -> Iterator[Operation]:
    """An addition to a list; an element that is there by ``type`` and ``value`` is changed, not doubled.

    Source: RFC 7643 §2.4, RFC 7644 §3.5.2.1.
    """
    value_at = locate(kind, AttrPath(operation.location.name, "value", operation.location.extension))
    case_exact = value_at is not None and value_at.binding.case_exact

    def pair(element: Any) -> tuple[str, str] | None:
        if not isinstance(element, dict):
            return "", json.dumps(comparable(element, operation.location), default=str)
        return identity(element, case_exact=case_exact)

    present = {pair(each) for each in elements} - {None}
    fresh = [each for each in operation.value if pair(each) not in present]
    if fresh:
        yield Operation("add", operation.path, operation.location, fresh)
    for each in operation.value:
        if isinstance(each, dict) and pair(each) in present:
            yield Operation("add", f"{operation.path}[{_selection(each)}]", operation.location, each)


def _selection(element: Any) -> Any:
    """The value filter that selects the elements of the same type and value."""
    typed = Present(AttrPath("type"))
    by_type = Comparison(typed.attr_path, CompareOperator.eq, element["type"]) if "type" in element else Not(typed)
    return Comparison(AttrPath("value"), CompareOperator.eq, element["value"]) & by_type


def _apply_as_meant(model: Any, operation: Operation, kind: str, policy: ScimPolicy) -> None:
    """Apply the operation with a missing ``primary`` taken for false (RFC 7643 §2.4), as the library does not.

    Where that selects nothing the filter stays as it came, since an element may be made of what it says (Q7).
    """
    path = Path(operation.path).ast if "primary" in operation.path.lower() else None
    if isinstance(path, ValuePath) and (meant := _asked_for_true(path.val_filter)) != path.val_filter:
        with suppress(NoTargetException):
            return _apply(model, replace(operation, path=str(replace(path, val_filter=meant))), kind, policy)
    return _apply(model, operation, kind, policy)


def _asked_for_true(node: FilterNode) -> FilterNode:
    """The filter with ``primary ne true`` for ``primary eq false``, and with ``eq true`` for ``ne false``."""
    match node:
        case Comparison(attr_path=path, op=op, value=value) if path.attr.lower() == "primary":
            turned = {CompareOperator.eq: CompareOperator.ne, CompareOperator.ne: CompareOperator.eq}
            return Comparison(path, turned[op], True) if str(value).lower() == "false" else node
        case Not(expr=inner):
            return Not(_asked_for_true(inner))
        case LogicalExpr(op=op, terms=terms):
            return LogicalExpr(op, tuple(map(_asked_for_true, terms)))
    return node


def _apply(model: Any, operation: Operation, kind: str, policy: ScimPolicy) -> None:
    message = {"op": operation.op, "path": operation.path}
    if operation.value is not None:
        message["value"] = operation.value
    try:
        patch: Any = PatchOp.__class_getitem__(type_of(kind).model).model_validate(
            {"schemas": [str(PatchOp.__schema__)], "Operations": [message]},
            scim_ctx=Context.RESOURCE_PATCH_REQUEST,
            scim_policy=policy,
        )
        patch.patch(model, policy)
    except ValidationError as error:
        raise _as_scim(error) from error
    except InvalidValueException as error:
        if isinstance(error.__cause__, ValidationError):  # told in the words of pydantic, for programmers
            raise from_validation(error.__cause__) from error
        raise


def _as_scim(error: ValidationError) -> SCIMException:
    """The library's own SCIM error where a message's validator raised one, else what the values lack."""
    for each in error.errors(include_url=False):
        context = each.get("ctx", {})
        if context.get("scim_type"):
            told = Error(status=context["status"], scim_type=context["scim_type"], detail=each["msg"])
            return SCIMException.from_error(told)
    return from_validation(error)
