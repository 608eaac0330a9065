"""Lock rules: what administrators may do to a user or a group, by who owns it and in which state it is.

One table for each, used by the manager API and by the documentation (docs/lock-rules.md).
Source: harness.md §4.11, requirements R15 to R27; DESIGN §6 X5, X9, X11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.model import AccountSettings, GroupRecord, Origin, UserRecord, UserState
from domain.refusals import Forbidden, Refused


class GroupOperation(StrEnum):
    """What can be done to a group; the value says it in words."""

    VIEW = "view or list"
    CREATE = "create"
    RENAME = "rename"
    DESCRIBE = "edit description or tags"
    ADD_MEMBER = "add a member"
    REMOVE_MEMBER = "remove a member"
    REPLACE_MEMBERS = "replace the members"
    DELETE = "delete"
    LINK_SSO = "link to a sign-in group"
    UNLINK_SSO = "unlink from a sign-in group"
    CLONE = "clone"
    BIND_ROLES = "assign or remove role bindings"
    INHERIT = "inherit in a lower scope"
    NOTIFY = "edit notification preferences"
    RELEASE = "release from SCIM"


class GroupStanding(StrEnum):
    """Who owns a group."""

    NATIVE = "native"
    SSO_LINKED = "native, linked to a sign-in group"
    SCIM = "SCIM"
    SYSTEM = "system"


class UserOperation(StrEnum):
    """What can be done to a user; the value says it in words."""

    VIEW = "view or list"
    INVITE = "invite the same e-mail address"
    ACCEPT = "accept the invitation"
    EDIT_NAME = "edit the name"
    EDIT_EMAIL = "edit the e-mail address"
    ADD_TO_GROUP = "add to a native group"
    REMOVE_FROM_GROUP = "remove from a native group"
    CHANGE_SCIM_GROUP = "add to or remove from a SCIM group"
    BIND_ROLES = "assign or remove direct role bindings"
    ADD_TO_SCOPE = "add to an organization or project"
    REMOVE_FROM_SCOPE = "remove from an organization or project"
    DELETE = "remove from the account"
    UNLOCK = "unlock"
    OWN_TOKENS = "create, rotate or delete own tokens"
    RELEASE = "release from SCIM"


class UserStanding(StrEnum):
    """Who owns a user, and how far into the account the user has come."""

    NATIVE = "native, active"
    INVITED = "native, invited"
    DIRECT = "SCIM, directly assigned"
    GROUP_MANAGED = "SCIM, group managed"
    OFF = "SCIM, deactivated"
    RELEASED_OFF = "native, deactivated"


class Verdict(StrEnum):
    """How a rule decides; whatever is no permission is the code of the refusal."""

    ALLOWED = "allowed"
    NOT_LAST_ADMIN = "allowed, unless nobody would be Account Admin any more"
    ADMIN_ONLY = "allowed to an Account Admin, and audited"
    GROUP_EXTERNALLY_MANAGED = "GROUP_EXTERNALLY_MANAGED"
    GROUP_SSO_LINKED = "GROUP_SSO_LINKED"
    GROUP_SYSTEM_MANAGED = "GROUP_SYSTEM_MANAGED"
    GROUP_RESERVED = "GROUP_RESERVED"
    USER_EXTERNALLY_MANAGED = "USER_EXTERNALLY_MANAGED"
    USER_EMAIL_FIXED = "USER_EMAIL_FIXED"
    USER_INVITED = "USER_INVITED"
    USER_DEACTIVATED = "USER_DEACTIVATED"
    DOES_NOT_APPLY = "DOES_NOT_APPLY"

    @property
    def allows(self) -> bool:
        return self in (Verdict.ALLOWED, Verdict.NOT_LAST_ADMIN, Verdict.ADMIN_ONLY)


_YES, _NOT_LAST, _ADMIN, _NO_USE = Verdict.ALLOWED, Verdict.NOT_LAST_ADMIN, Verdict.ADMIN_ONLY, Verdict.DOES_NOT_APPLY
_SCIM, _SSO, _SYSTEM = Verdict.GROUP_EXTERNALLY_MANAGED, Verdict.GROUP_SSO_LINKED, Verdict.GROUP_SYSTEM_MANAGED
_OWNED, _EMAIL, _INVITED, _OFF = (
    Verdict.USER_EXTERNALLY_MANAGED,
    Verdict.USER_EMAIL_FIXED,
    Verdict.USER_INVITED,
    Verdict.USER_DEACTIVATED,
)


def _row[S: StrEnum](standings: type[S], *verdicts: Verdict) -> Mapping[S, Verdict]:
    return dict(zip(standings, verdicts, strict=True))


GROUP_RULES: Mapping[GroupOperation, Mapping[GroupStanding, Verdict]] = {
    operation: _row(GroupStanding, *verdicts)
    for operation, verdicts in {  # native, linked, SCIM, system
        GroupOperation.VIEW: (_YES, _YES, _YES, _YES),
        GroupOperation.CREATE: (_YES, _NO_USE, Verdict.GROUP_RESERVED, Verdict.GROUP_RESERVED),
        GroupOperation.RENAME: (_YES, _YES, _SCIM, _SYSTEM),
        GroupOperation.DESCRIBE: (_YES, _YES, _YES, _SYSTEM),
        GroupOperation.ADD_MEMBER: (_YES, _SSO, _SCIM, _SYSTEM),
        GroupOperation.REMOVE_MEMBER: (_YES, _SSO, _SCIM, _SYSTEM),
        GroupOperation.REPLACE_MEMBERS: (_YES, _SSO, _SCIM, _SYSTEM),
        GroupOperation.DELETE: (_NOT_LAST, _NOT_LAST, _SCIM, _SYSTEM),
        GroupOperation.LINK_SSO: (_YES, _NO_USE, _SCIM, _SYSTEM),
        GroupOperation.UNLINK_SSO: (_NO_USE, _YES, _SCIM, _SYSTEM),
        GroupOperation.CLONE: (_YES, _YES, _SCIM, _SYSTEM),
        GroupOperation.BIND_ROLES: (_YES, _YES, _YES, _YES),
        GroupOperation.INHERIT: (_YES, _YES, _YES, _NO_USE),
        GroupOperation.NOTIFY: (_YES, _YES, _YES, _YES),
        GroupOperation.RELEASE: (_NO_USE, _NO_USE, _ADMIN, _NO_USE),
    }.items()
}
"""What may be done to a group, by its standing."""

USER_RULES: Mapping[UserOperation, Mapping[UserStanding, Verdict]] = {
    operation: _row(UserStanding, *verdicts)
    for operation, verdicts in {  # native, invited, direct, group managed, SCIM deactivated, native deactivated
        UserOperation.VIEW: (_YES, _YES, _YES, _YES, _YES, _YES),
        UserOperation.INVITE: (_YES, _YES, _YES, _YES, _OFF, _OFF),
        UserOperation.ACCEPT: (_NO_USE, _YES, _NO_USE, _NO_USE, _NO_USE, _NO_USE),
        UserOperation.EDIT_NAME: (_YES, _YES, _OWNED, _OWNED, _OWNED, _OFF),
        UserOperation.EDIT_EMAIL: (_EMAIL, _EMAIL, _OWNED, _OWNED, _OWNED, _EMAIL),
        UserOperation.ADD_TO_GROUP: (_YES, _YES, _YES, _OWNED, _OFF, _OFF),
        UserOperation.REMOVE_FROM_GROUP: (_YES, _YES, _YES, _OWNED, _OFF, _YES),
        UserOperation.CHANGE_SCIM_GROUP: (_SCIM, _SCIM, _SCIM, _SCIM, _SCIM, _SCIM),
        UserOperation.BIND_ROLES: (_YES, _YES, _YES, _YES, _OFF, _OFF),
        UserOperation.ADD_TO_SCOPE: (_YES, _YES, _YES, _YES, _OFF, _OFF),
        UserOperation.REMOVE_FROM_SCOPE: (_YES, _YES, _YES, _YES, _YES, _YES),
        UserOperation.DELETE: (_NOT_LAST, _YES, _OWNED, _OWNED, _OWNED, _YES),
        UserOperation.UNLOCK: (_YES, _INVITED, _YES, _YES, _OFF, _OFF),
        UserOperation.OWN_TOKENS: (_YES, _INVITED, _YES, _YES, _OFF, _OFF),
        UserOperation.RELEASE: (_NO_USE, _NO_USE, _ADMIN, _ADMIN, _ADMIN, _NO_USE),
    }.items()
}
"""What may be done to a user, by its standing."""

_AT_THE_CLIENT = "the identity provider owns it through SCIM, so change it there"
REASONS: Mapping[Verdict, str] = {
    Verdict.GROUP_EXTERNALLY_MANAGED: f"cannot {{doing}} this group here: {_AT_THE_CLIENT}",
    Verdict.GROUP_SSO_LINKED: "cannot {doing} of this group here: its members come from the group of the sign-in "
    "provider that it is linked to; change them there, or unlink the group first",
    Verdict.GROUP_SYSTEM_MANAGED: "cannot {doing} this group: the service owns it, all users of its scope are in it",
    Verdict.GROUP_RESERVED: "groups of this kind cannot be created here: SCIM groups come from the identity provider, "
    "system groups with their scope",
    Verdict.USER_EXTERNALLY_MANAGED: f"cannot {{doing}} for this user here: {_AT_THE_CLIENT}",
    Verdict.USER_EMAIL_FIXED: "the e-mail address of a native user is how the user signs in and cannot change; "
    "remove the user and invite the new address",
    Verdict.USER_INVITED: "cannot {doing}: the user has not accepted the invitation yet",
    Verdict.USER_DEACTIVATED: "cannot {doing}: the user is deactivated, and the memberships kept have no effect; "
    "the identity provider reactivates its users, a native one is removed and invited again",
    Verdict.DOES_NOT_APPLY: "cannot {doing}: this does not apply to what it is now",
}
"""Why it is refused, who owns the resource, and where to change it."""

_DELETABLE = {Verdict.GROUP_EXTERNALLY_MANAGED, Verdict.USER_EXTERNALLY_MANAGED}


@dataclass(frozen=True, slots=True)
class Rank:
    """What of the caller and its account a rule may ask for."""

    is_admin: bool
    settings: AccountSettings


def standing_of_group(group: GroupRecord) -> GroupStanding:
    """Who owns *group*."""
    match group.origin:
        case Origin.SCIM:
            return GroupStanding.SCIM
        case Origin.SYSTEM:
            return GroupStanding.SYSTEM
    return GroupStanding.NATIVE if group.sso_link is None else GroupStanding.SSO_LINKED


def standing_of_user(user: UserRecord) -> UserStanding:
    """Who owns *user*, read with its groups; who is in a SCIM group is managed by it (harness.md §4.3, U6)."""
    match user.origin, user.state:
        case Origin.SCIM, UserState.DEACTIVATED:
            return UserStanding.OFF
        case Origin.SCIM, _:
            assert user.groups is not None, "read with its groups"  # noqa: S101  a slip in our own code
            return UserStanding.GROUP_MANAGED if user.groups else UserStanding.DIRECT
        case _, UserState.DEACTIVATED:
            return UserStanding.RELEASED_OFF
        case _, UserState.INVITED:
            return UserStanding.INVITED
    return UserStanding.NATIVE


def check_group(operation: GroupOperation, group: GroupRecord, rank: Rank) -> Verdict:
    """How the rules decide where they allow it.

    Raises:
        Refused, Forbidden: They do not, or not to this caller.
    """
    verdict = GROUP_RULES[operation][standing_of_group(group)]
    return _decide(verdict, operation, rank, deletes=operation is GroupOperation.DELETE)


def check_user(operation: UserOperation, user: UserRecord, rank: Rank) -> Verdict:
    """As `check_group`, for a user that was read with its groups."""
    verdict = USER_RULES[operation][standing_of_user(user)]
    return _decide(verdict, operation, rank, deletes=operation is UserOperation.DELETE)


def _decide(verdict: Verdict, operation: StrEnum, rank: Rank, *, deletes: bool) -> Verdict:
    if deletes and rank.settings.native_delete and verdict in _DELETABLE:
        return Verdict.NOT_LAST_ADMIN
    if verdict is Verdict.ADMIN_ONLY and not rank.is_admin:
        raise Forbidden("ACCOUNT_ADMIN_NEEDED", f"only an Account Admin may {operation}")
    if not verdict.allows:
        raise Refused(verdict.value, REASONS[verdict].format(doing=operation))
    return verdict
