"""Operations on ``members``: never applied to a document, but turned into steps on a set of ids.

Loading a group of thousands to add one member is what makes other servers slow, so a group's document has no members.
Source: RFC 7644 §3.5.2; removal by value: entra.md §3.3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scim2_models import InvalidPathException, MutabilityException, PayloadTooLargeException
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    ValuePath,
)

from scim.limits import limits
from scim.operations import Operation
from scim.resources import member_ids


@dataclass(frozen=True, slots=True)
class AddMembers:
    """Make these ids members; those that are, stay."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveMembers:
    """End the membership of these ids; those that are no members do not matter."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetMembers:
    """Make these ids, and no others, the members."""

    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoveMatching:
    """End the membership of all members that satisfy the filter, a `ValuePath` on ``members``."""

    filter: ValuePath


type MemberStep = AddMembers | RemoveMembers | SetMembers | RemoveMatching


def split_members(operations: Sequence[Operation]) -> tuple[tuple[Operation, ...], tuple[MemberStep, ...]]:
    """The operations on the group's own attributes, and the steps on its members, each in their order.

    Raises:
        MutabilityException: An operation changes a part of a member, which is immutable.
        PayloadTooLargeException: They name more members than `limits` allows.
    """
    own = tuple(each for each in operations if each.location.name != "members")
    steps = (_step(each) for each in operations if each.location.name == "members")
    done = tuple(each for each in steps if each is not None)
    named = sum(len(each.ids) for each in done if not isinstance(each, RemoveMatching))
    if named > (most := limits().members):
        raise PayloadTooLargeException(detail=f"{named} members, and a request may name {most}")
    return own, done


def _step(operation: Operation) -> MemberStep | None:
    chosen = operation.filter
    if operation.location.sub is not None:
        raise MutabilityException(detail=f"{operation.path} is immutable; add or remove the member instead")
    if operation.op == "remove":
        if chosen is not None:
            return _removal(chosen)
        return SetMembers() if operation.value is None else RemoveMembers(member_ids(operation.value))
    if chosen is not None:
        raise InvalidPathException(detail=f"{operation.path} selects members; add or replace members without a filter")
    ids = member_ids(operation.value)
    return AddMembers(ids) if operation.op == "add" else SetMembers(ids)


def _removal(chosen: FilterNode) -> MemberStep:
    """A removal by filter: of single ids where it names them, else of what it will match."""
    ids = tuple(_named_ids(chosen))
    return RemoveMembers(ids) if ids else RemoveMatching(ValuePath(AttrPath("members"), chosen))


def _named_ids(node: FilterNode) -> Iterable[str]:
    """The ids in ``value eq "…"``, also several joined by ``or``; nothing of any other filter."""
    terms = node.terms if isinstance(node, LogicalExpr) and node.op is LogicalOperator.or_ else (node,)
    for term in terms:
        if not (
            isinstance(term, Comparison)
            and term.attr_path.attr.lower() == "value"
            and term.op is CompareOperator.eq
            and isinstance(term.value, str)
        ):
            return
    yield from (str(term.value) for term in terms if isinstance(term, Comparison))
