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
    RENAME = "rename the group"
    DESCRIBE = "edit the description or tags"
    ADD_MEMBER = "add a member"
    REMOVE_MEMBER = "remove a member"
    REPLACE_MEMBERS = "replace the members"
    DELETE = "delete the group"
    LINK_SSO = "link the group to one of a sign-in provider"
    UNLINK_SSO = "unlink the group from one of a sign-in provider"
    CLONE = "clone the group"
    BIND_ROLES = "assign or remove role bindings"
    INHERIT = "let a lower scope inherit the group"
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
    INVITE = "invite this e-mail address"
    ACCEPT = "accept the invitation, or send it again"
    EDIT_NAME = "edit the name"
    EDIT_EMAIL = "edit the e-mail address"
    ADD_TO_GROUP = "add the user to a native group"
    REMOVE_FROM_GROUP = "remove the user from a native group"
    CHANGE_SCIM_GROUP = "add the user to a SCIM group, or remove it"
    BIND_ROLES = "assign or remove direct role bindings"
    ADD_TO_SCOPE = "add the user to an organization or project"
    REMOVE_FROM_SCOPE = "remove the user from an organization or project"
    DELETE = "remove the user from the account"
    UNLOCK = "lock or unlock the user"
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
        UserOperation.BIND_ROLES: (_YES, _YES, _YES, _YES, _YES, _YES),
        UserOperation.ADD_TO_SCOPE: (_YES, _YES, _YES, _YES, _OFF, _OFF),
        UserOperation.REMOVE_FROM_SCOPE: (_YES, _YES, _YES, _YES, _YES, _YES),
        UserOperation.DELETE: (_NOT_LAST, _YES, _OWNED, _OWNED, _OWNED, _YES),
        UserOperation.UNLOCK: (_YES, _INVITED, _YES, _YES, _OFF, _OFF),
        UserOperation.OWN_TOKENS: (_YES, _INVITED, _YES, _YES, _OFF, _OFF),
        UserOperation.RELEASE: (_NO_USE, _NO_USE, _ADMIN, _ADMIN, _ADMIN, _NO_USE),
    }.items()
}
"""What may be done to a user, by its standing."""

REASONS: Mapping[Verdict, str] = {
    Verdict.GROUP_EXTERNALLY_MANAGED: "cannot {doing} here: the identity provider owns this group through SCIM, so "
    "change it there",
    Verdict.GROUP_SSO_LINKED: "cannot {doing} here: the members come from the group of the sign-in provider that this "
    "group is linked to; change them there, or unlink the group first",
    Verdict.GROUP_SYSTEM_MANAGED: "cannot {doing}: the service owns this group, in which all users of its scope are",
    Verdict.GROUP_RESERVED: "groups of this kind cannot be created here: SCIM groups come from the identity provider, "
    "system groups with their scope",
    Verdict.USER_EXTERNALLY_MANAGED: "cannot {doing} here: the identity provider owns this user through SCIM, so "
    "change it there",
    Verdict.USER_EMAIL_FIXED: "the e-mail address of a native user is how the user signs in and cannot change; "
    "remove the user and invite the new address",
    Verdict.USER_INVITED: "cannot {doing}: the user has not accepted the invitation yet",
    Verdict.USER_DEACTIVATED: "cannot {doing}: the user is deactivated, and the memberships kept have no effect; "
    "the identity provider reactivates its users, a native one is removed and invited again",
    Verdict.DOES_NOT_APPLY: "cannot {doing}: this does not apply to one that is {standing}",
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
    standing = standing_of_group(group)
    return _decide(GROUP_RULES[operation][standing], operation, standing, rank)


def check_user(operation: UserOperation, user: UserRecord, rank: Rank) -> Verdict:
    """As `check_group`, for a user that was read with its groups."""
    standing = standing_of_user(user)
    return _decide(USER_RULES[operation][standing], operation, standing, rank)


def _decide(verdict: Verdict, operation: StrEnum, standing: StrEnum, rank: Rank) -> Verdict:
    deletes = operation in (GroupOperation.DELETE, UserOperation.DELETE)
    if deletes and rank.settings.native_delete and verdict in _DELETABLE:
        return Verdict.NOT_LAST_ADMIN
    if verdict is Verdict.ADMIN_ONLY and not rank.is_admin:
        raise Forbidden("ACCOUNT_ADMIN_NEEDED", f"only an Account Admin may {operation}")
    if not verdict.allows:
        raise Refused(verdict.value, REASONS[verdict].format(doing=operation, standing=standing))
    return verdict
