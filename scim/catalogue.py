"""The resource types that every account has: the models of each and of its extensions, by the SCIM name of the type."""

from scim2_models import Extension

from scim.group_member import GROUP_MEMBER, GroupMember
from scim.models import EnterpriseUser, Group, RollcallGroup, RollcallUser, User

MODELS: dict[str, type[User] | type[Group] | type[GroupMember]] = {
    "User": User,
    "Group": Group,
    GROUP_MEMBER: GroupMember,
}
"""The model of each resource type, by the SCIM name of the type."""

EXTENSION_MODELS: dict[str, tuple[type[Extension], ...]] = {
    "User": (EnterpriseUser, RollcallUser),
    "Group": (RollcallGroup,),
    GROUP_MEMBER: (),
}
"""The models of the extensions that each resource type has in every account."""

EXTENSIONS: dict[str, tuple[str, ...]] = {
    kind: tuple(str(model.__schema__) for model in models) for kind, models in EXTENSION_MODELS.items()
}
"""The schema URNs of these extensions."""
