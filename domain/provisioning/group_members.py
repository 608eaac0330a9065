"""Memberships as resources: list, read, add and remove one, under the same rules as a change of the group's members.

Source: draft-zollner-scim-group-members-01 §6, 15 April 2026.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scim2_models import InvalidValueException, UniquenessException
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from domain.access.signin import Caller
from domain.identifiers import is_resource_id
from domain.model import MemberDelta, Membership
from domain.ports import MembershipQuery, RecordNotFound
from domain.provisioning.groups import change_members
from domain.provisioning.listing import Listing, seal_position, unseal_position
from domain.writing import Desk, check_precondition
from scim.attributes import locate
from scim.group_member import GROUP_MEMBER
from scim.membership import AddMembers, RemoveMembers
from scim.messages import ListRequest
from scim.resources import Submitted


async def get_membership(desk: Desk, caller: Caller, membership_id: str) -> Membership:
    """The membership with that id.  Raises: RecordNotFound."""
    return await desk.directory.get_membership(caller.account.id, *_parts(membership_id))


async def list_memberships(desk: Desk, caller: Caller, request: ListRequest) -> Listing[Membership]:
    """The page that *request* asks for, in the order of group and member ids.

    Raises:
        InvalidValueException: Another order is asked for.
        InvalidCursorException, ExpiredCursorException: As `cursors.unseal`.
    """
    if request.sort_by is not None:
        raise InvalidValueException(detail="memberships come in the order of their ids; leave sortBy out")
    walk = f"{GROUP_MEMBER}\n{request.filter_text}\n{request.count}"
    after = unseal_position(desk, caller, request.cursor, walk) if request.cursor else request.cursor
    page = await desk.directory.find_memberships(caller.account.id, _query(request, after))
    following = None if page.next is None else seal_position(desk, caller, page.next, walk)
    return Listing(page.memberships, page.total, following)


async def add_member(desk: Desk, caller: Caller, submitted: Submitted) -> Membership:
    """The new membership.

    Raises:
        InvalidValueException: There is no such group, or nobody who could be its member.
        UniquenessException: There is this membership already.
        VersionConflict: As the store.
    """
    group_id, member_id = (_id_in(submitted, side) for side in ("group", "member"))

    def object_to(changed: MemberDelta, skipped: Sequence[str]) -> None:
        if skipped:
            raise InvalidValueException(detail="member.value names nobody who can be a member of this group")
        if not changed:
            raise UniquenessException(detail="this member is in this group already")

    try:
        await change_members(desk, caller, group_id, AddMembers((member_id,)), object_to)
    except RecordNotFound:
        raise InvalidValueException(detail="group.value names no group of this account") from None
    return await desk.directory.get_membership(caller.account.id, group_id, member_id)


async def remove_member(desk: Desk, caller: Caller, membership_id: str, *, if_match: str | None) -> None:
    """End the membership.  Raises: RecordNotFound, PreconditionFailedException, VersionConflict."""
    group_id, member_id = _parts(membership_id)
    if if_match is not None:
        check_precondition(await get_membership(desk, caller, membership_id), if_match)

    def object_to(changed: MemberDelta, skipped: Sequence[str]) -> None:  # noqa: ARG001  nobody is skipped here
        if not changed:
            raise RecordNotFound

    await change_members(desk, caller, group_id, RemoveMembers((member_id,)), object_to)


def _parts(membership_id: str) -> tuple[str, str]:
    """The ids of group and member.  Raises: RecordNotFound: No membership has such an id."""
    group_id, _, member_id = membership_id.partition(".")
    if not is_resource_id(group_id) or not is_resource_id(member_id):
        raise RecordNotFound
    return group_id, member_id


def _id_in(submitted: Submitted, side: str) -> str:
    """The id of the group or of the member; the schema requires both."""
    reference = submitted.document[side]
    assert isinstance(reference, dict)  # noqa: S101  the model says so
    return str(reference["value"])


# What a filter asks for


@dataclass(slots=True)
class _Scope:
    """The group and the member that a filter names, by which memberships are read, and what it asks besides."""

    group: str | None
    member: str | None
    rest: FilterNode | None


def _query(request: ListRequest, after: str | None) -> MembershipQuery:
    scope = _scope(request.filter)
    return MembershipQuery(scope.group, scope.member, scope.rest, request.start_index, request.count, after)


def _scope(node: FilterNode | None) -> _Scope:
    named: dict[str, str] = {}
    rest: list[FilterNode] = []
    for term in () if node is None else _conjoined(node):
        found = dict(_named(term))
        if found and found.keys().isdisjoint(named):
            named |= found
        else:
            rest.append(term)
    left = LogicalExpr(LogicalOperator.and_, tuple(rest)) if len(rest) > 1 else next(iter(rest), None)
    return _Scope(named.get("group"), named.get("member"), left)


def _conjoined(node: FilterNode) -> Iterator[FilterNode]:
    if isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_:
        for term in node.terms:
            yield from _conjoined(term)
    else:
        yield node


def _named(term: FilterNode) -> Iterator[tuple[str, str]]:
    """The sides that *term* names by equality, with their ids; an id that is none names nothing that exists."""
    if not isinstance(term, Comparison) or term.op is not CompareOperator.eq or not isinstance(term.value, str):
        return
    location = locate(GROUP_MEMBER, term.attr_path, compared=True)
    match location and (location.name, location.sub):
        case ("group" | "member" as side, "value"):
            yield side, term.value
        case ("id", None):
            group_id, _, member_id = term.value.partition(".")
            yield from (("group", group_id), ("member", member_id))
