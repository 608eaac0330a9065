"""PATCH of a document: plain operations applied by scim2-models, all or nothing."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from scim2_models import Context, InvalidValueException, PatchOp, SCIMException, ScimPolicy

from scim.comparison import comparison_key
from scim.errors import from_validation
from scim.json_types import JsonObject
from scim.models import MODELS, READ_POLICY
from scim.operations import Operation
from scim.resources import to_document

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

    All or nothing: the first operation that fails raises, and *document* is never changed.  *creates_unmatched* says
    whether add and replace below a value filter without a match create the element (Entra) or refuse (RFC 7644
    §3.5.2.3).  Source: RFC 7644 §3.5.2.

    Raises:
        NoTargetException: A value filter selects nothing to act on.
        MutabilityException: A required attribute would be removed.
        InvalidValueException: A value does not fit its attribute.
    """
    policy = _POLICIES[creates_unmatched]
    model: Any = MODELS[kind].model_validate(document, scim_policy=READ_POLICY)
    with policy:
        for operation in operations:
            _apply(model, operation, kind, policy)
    return to_document(model)


def _apply(model: Any, operation: Operation, kind: str, policy: ScimPolicy) -> None:
    if operation.value == [] and operation.op == "remove":
        return  # a removal of no elements
    if _names_absent_elements(operation, model):
        operation = _with_element(operation)
    message = {"op": operation.op, "path": operation.path}
    if operation.value is not None:
        message["value"] = operation.value
    try:
        patch: Any = PatchOp.__class_getitem__(MODELS[kind]).model_validate(
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


def _names_absent_elements(operation: Operation, model: Any) -> bool:
    """Whether ``emails.value`` without a filter is written where there is no e-mail yet (entra.md §4.3, Q6)."""
    location = operation.location
    return (
        operation.op != "remove"
        and location.multi_valued
        and location.sub is not None
        and operation.filter is None
        and not getattr(model, location.binding.field_name, None)
    )


def _with_element(operation: Operation) -> Operation:
    head, _, sub = operation.path.rpartition(".")
    return Operation("add", head, operation.location, [{sub: operation.value}])


def _as_scim(error: ValidationError) -> SCIMException:
    """The library's own SCIM error where a message's validator raised one, else what the values lack."""
    for each in error.errors(include_url=False):
        scim_type = each.get("ctx", {}).get("scim_type")
        if scim_type:
            found = SCIMException(detail=each["msg"])
            found.status, found.scim_type = int(each["ctx"].get("status", 400)), scim_type
            return found
    return from_validation(error)
