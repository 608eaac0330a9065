"""Lock rules: every cell of the tables, written down here once more as the requirements have them.

Source: harness.md §4.11.  ``+`` is allowed, ``1`` unless nobody would be Account Admin, ``A`` to an Account Admin.
"""

from collections.abc import Callable
from enum import StrEnum

import pytest

from domain.model import AccountSettings, GroupRecord, Origin, SsoLink, UserRecord, UserState
from domain.native.locks import (
    GROUP_RULES,
    REASONS,
    USER_RULES,
    GroupOperation,
    GroupStanding,
    Rank,
    UserOperation,
    UserStanding,
    Verdict,
    check_group,
    check_user,
    standing_of_group,
    standing_of_user,
)
from domain.refusals import Forbidden, Refused
from scripts.lock_rules import PATH, page
from tests.domain.builders import NOW

_SIGNS = {
    "+": Verdict.ALLOWED,
    "1": Verdict.NOT_LAST_ADMIN,
    "A": Verdict.ADMIN_ONLY,
    "-": Verdict.DOES_NOT_APPLY,
    "scim": Verdict.GROUP_EXTERNALLY_MANAGED,
    "sso": Verdict.GROUP_SSO_LINKED,
    "system": Verdict.GROUP_SYSTEM_MANAGED,
    "reserved": Verdict.GROUP_RESERVED,
    "owned": Verdict.USER_EXTERNALLY_MANAGED,
    "fixed": Verdict.USER_EMAIL_FIXED,
    "invited": Verdict.USER_INVITED,
    "off": Verdict.USER_DEACTIVATED,
}
_GROUPS = """
VIEW             + + + +
CREATE           + - reserved reserved
RENAME           + + scim system
DESCRIBE         + + + system
ADD_MEMBER       + sso scim system
REMOVE_MEMBER    + sso scim system
REPLACE_MEMBERS  + sso scim system
DELETE           1 1 scim system
LINK_SSO         + - scim system
UNLINK_SSO       - + scim system
CLONE            + + scim system
BIND_ROLES       + + + +
INHERIT          + + + -
NOTIFY           + + + +
RELEASE          - - A -
"""
_USERS = """
VIEW               + + + + + +
INVITE             + + + + off off
ACCEPT             - + - - - -
EDIT_NAME          + + owned owned owned off
EDIT_EMAIL         fixed fixed owned owned owned fixed
ADD_TO_GROUP       + + + owned off off
REMOVE_FROM_GROUP  + + + owned off +
CHANGE_SCIM_GROUP  scim scim scim scim scim scim
BIND_ROLES         + + + + + +
ADD_TO_SCOPE       + + + + off off
REMOVE_FROM_SCOPE  + + + + + +
DELETE             1 + owned owned owned +
UNLOCK             + invited + + off off
OWN_TOKENS         + invited + + off off
RELEASE            - - A A A -
"""
_LINK = SsoLink("saml", "1", "Finance")


def _cells[O: StrEnum, S: StrEnum](text: str, operations: type[O], standings: type[S]) -> list[tuple[O, S, Verdict]]:
    rows = [line.split() for line in text.strip().splitlines()]
    return [
        (operations[name], standing, _SIGNS[sign])
        for name, *signs in rows
        for standing, sign in zip(standings, signs, strict=True)
    ]


_GROUP_CELLS = _cells(_GROUPS, GroupOperation, GroupStanding)
_USER_CELLS = _cells(_USERS, UserOperation, UserStanding)


def make_group(standing: GroupStanding) -> GroupRecord:
    """A group of that standing."""
    origins = {GroupStanding.SCIM: Origin.SCIM, GroupStanding.SYSTEM: Origin.SYSTEM}
    link = _LINK if standing is GroupStanding.SSO_LINKED else None
    return GroupRecord("1", {}, NOW, NOW, origins.get(standing, Origin.NATIVE), sso_link=link)


def make_user(standing: UserStanding) -> UserRecord:
    """A user of that standing."""
    scim = standing in (UserStanding.DIRECT, UserStanding.GROUP_MANAGED, UserStanding.OFF)
    states = {
        UserStanding.INVITED: UserState.INVITED,
        UserStanding.OFF: UserState.DEACTIVATED,
        UserStanding.RELEASED_OFF: UserState.DEACTIVATED,
    }
    groups = ("g",) if standing in (UserStanding.GROUP_MANAGED, UserStanding.OFF) else ()
    origin, state = Origin.SCIM if scim else Origin.NATIVE, states.get(standing, UserState.ACTIVE)
    return UserRecord("1", {}, NOW, NOW, origin, state, groups=groups)


def make_rank(*, is_admin: bool = True, native_delete: bool = False) -> Rank:
    return Rank(is_admin, AccountSettings(native_delete=native_delete))


def test_every_cell_is_here() -> None:
    """No operation, and no standing, is without a rule of its own, or without its row here."""
    assert {each[:2] for each in _GROUP_CELLS} == {(o, s) for o in GroupOperation for s in GroupStanding}
    assert {each[:2] for each in _USER_CELLS} == {(o, s) for o in UserOperation for s in UserStanding}
    assert (set(GROUP_RULES), set(USER_RULES)) == (set(GroupOperation), set(UserOperation))


@pytest.mark.parametrize("standing", GroupStanding)
def test_group_has_its_standing(standing: GroupStanding) -> None:
    """By its origin, and by whether it is linked."""
    assert standing_of_group(make_group(standing)) is standing


@pytest.mark.parametrize("standing", UserStanding)
def test_user_has_its_standing(standing: UserStanding) -> None:
    """By origin and state, and by whether it is in a SCIM group."""
    assert standing_of_user(make_user(standing)) is standing


@pytest.mark.parametrize(("operation", "standing", "verdict"), _GROUP_CELLS)
def test_group_cell(operation: GroupOperation, standing: GroupStanding, verdict: Verdict) -> None:
    """Allowed, or refused with the code and a reason that says who owns the group and what to do."""
    _check(lambda rank: check_group(operation, make_group(standing), rank), operation, standing, verdict)


@pytest.mark.parametrize(("operation", "standing", "verdict"), _USER_CELLS)
def test_user_cell(operation: UserOperation, standing: UserStanding, verdict: Verdict) -> None:
    """Allowed, or refused with the code and a reason that says who owns the user and what to do."""
    _check(lambda rank: check_user(operation, make_user(standing), rank), operation, standing, verdict)


def _check(check: Callable[[Rank], Verdict], operation: StrEnum, standing: StrEnum, verdict: Verdict) -> None:
    if verdict.allows:
        assert check(make_rank()) is verdict
        return
    with pytest.raises(Refused) as refused:
        check(make_rank())
    assert (refused.value.code, refused.value.status) == (verdict.value, 400)
    assert refused.value.reason == REASONS[verdict].format(doing=operation, standing=standing)
    assert _KEYWORDS[verdict] in refused.value.reason


_KEYWORDS = {
    Verdict.GROUP_EXTERNALLY_MANAGED: "the identity provider owns this group through SCIM, so change it there",
    Verdict.GROUP_SSO_LINKED: "the sign-in provider",
    Verdict.GROUP_SYSTEM_MANAGED: "the service owns this group",
    Verdict.GROUP_RESERVED: "come from the identity provider",
    Verdict.USER_EXTERNALLY_MANAGED: "the identity provider owns this user through SCIM, so change it there",
    Verdict.USER_EMAIL_FIXED: "invite the new address",
    Verdict.USER_INVITED: "not accepted the invitation",
    Verdict.USER_DEACTIVATED: "the identity provider reactivates",
    Verdict.DOES_NOT_APPLY: "does not apply",
}
"""What each reason must tell."""


@pytest.mark.parametrize("standing", [UserStanding.DIRECT, UserStanding.GROUP_MANAGED, UserStanding.OFF])
def test_release_takes_an_account_admin(standing: UserStanding) -> None:
    """Others are told whom to ask."""
    with pytest.raises(Forbidden) as forbidden:
        check_user(UserOperation.RELEASE, make_user(standing), make_rank(is_admin=False))
    assert (forbidden.value.code, forbidden.value.status) == ("ACCOUNT_ADMIN_NEEDED", 403)
    with pytest.raises(Forbidden):
        check_group(GroupOperation.RELEASE, make_group(GroupStanding.SCIM), make_rank(is_admin=False))


def test_setting_allows_native_delete() -> None:
    """Of users and groups of SCIM, and of nothing else (DESIGN §6 X5)."""
    rank = make_rank(native_delete=True)
    for standing in (UserStanding.DIRECT, UserStanding.GROUP_MANAGED, UserStanding.OFF):
        assert check_user(UserOperation.DELETE, make_user(standing), rank) is Verdict.NOT_LAST_ADMIN
    assert check_group(GroupOperation.DELETE, make_group(GroupStanding.SCIM), rank) is Verdict.NOT_LAST_ADMIN
    with pytest.raises(Refused):
        check_group(GroupOperation.DELETE, make_group(GroupStanding.SYSTEM), rank)
    with pytest.raises(Refused):
        check_user(UserOperation.EDIT_NAME, make_user(UserStanding.DIRECT), rank)


def test_page_is_current() -> None:
    """docs/lock-rules.md says what the rules say; ``python -m scripts.lock_rules`` writes it."""
    assert PATH.read_text("utf-8") == page()
