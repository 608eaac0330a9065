"""What an administrator sets on the mapping page, in the words of Graph's synchronization schema.

Source: Microsoft Graph, resource types synchronizationSchema, objectMapping and attributeMapping.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from simulator.expressions.evaluate import complaints_about
from simulator.expressions.grammar import Attribute, ExpressionSyntaxError, Literal, Node, attributes_of, parse
from simulator.paths import TargetPath, parse_path
from simulator.protocol import ENTERPRISE_URN, GROUP_URN, JsonObject
from simulator.scoping import filters
from simulator.scoping.filters import FilterGroup

USER, GROUP = "User", "Group"
_REFERENCES = frozenset({"manager", "members"})


class FlowType(StrEnum):
    """When a mapping is applied."""

    ALWAYS = "Always"
    OBJECT_ADD_ONLY = "ObjectAddOnly"
    MULTI_VALUE_ADD_ONLY = "MultiValueAddOnly"


class FlowBehavior(StrEnum):
    """Whether an unchanged value is sent, too."""

    WHEN_CHANGED = "FlowWhenChanged"
    ALWAYS = "FlowAlways"


class SourceType(StrEnum):
    """The kinds of mappings: direct, constant, expression."""

    ATTRIBUTE = "Attribute"
    CONSTANT = "Constant"
    FUNCTION = "Function"


class ObjectAction(StrEnum):
    """What may be done to target objects."""

    ADD = "Add"
    UPDATE = "Update"
    DELETE = "Delete"


ALL_ACTIONS = tuple(ObjectAction)


@dataclass(frozen=True)
class AttributeMapping:
    """One row of the mapping page.

    ``expression`` is the whole source in the language of expressions: ``[mail]`` is a direct mapping, ``"x"`` a
    constant. A ``matching_priority`` above 0 makes the target a matching attribute, lower ones first.
    """

    target: TargetPath
    expression: str
    flow_type: FlowType = FlowType.ALWAYS
    flow_behavior: FlowBehavior = FlowBehavior.WHEN_CHANGED
    matching_priority: int = 0
    default_value: str = ""
    is_boolean: bool = False
    export_missing_references: bool = False

    @cached_property
    def tree(self) -> Node:
        """Return the expression as a tree.

        Raises:
            ExpressionSyntaxError: It is none.
        """
        return parse(self.expression)

    @property
    def source_type(self) -> SourceType:
        """Return which kind of mapping this is."""
        match self.tree:
            case Attribute():
                return SourceType.ATTRIBUTE
            case Literal():
                return SourceType.CONSTANT
        return SourceType.FUNCTION

    @property
    def reads(self) -> frozenset[str]:
        """Return the names of the source attributes that the expression reads."""
        return attributes_of(self.tree)

    @property
    def is_reference(self) -> bool:
        """Tell whether the value is another object, which the reference pass writes."""
        return isinstance(self.tree, Attribute) and self.tree.name in _REFERENCES

    def complaints(self) -> Iterator[str]:
        """Yield what is wrong with the mapping whatever the object is."""
        try:
            tree = self.tree
        except ExpressionSyntaxError as error:
            yield f"{self.target}: {error}"
            return
        for complaint in complaints_about(tree):
            yield f"{self.target}: {complaint}"
        if self.is_reference and self.target.attribute.lower() not in _REFERENCES:
            yield f"{self.target}: references are written to manager and members only"


@dataclass(frozen=True)
class ObjectMapping:
    """How one kind of object is provisioned.

    ``scope`` are the scoping filters: an object is in scope if one of them lets it through, or if there is none.
    ``input_filters`` keep objects out as well, but what they keep out is not deprovisioned.
    """

    source: str
    target: str
    attributes: tuple[AttributeMapping, ...]
    name: str = ""
    enabled: bool = True
    actions: tuple[ObjectAction, ...] = ALL_ACTIONS
    scope: tuple[FilterGroup, ...] = ()
    input_filters: tuple[FilterGroup, ...] = ()

    @property
    def matching(self) -> tuple[AttributeMapping, ...]:
        """Return the mappings of the matching attributes, in the order in which they are tried."""
        return tuple(sorted((each for each in self.attributes if each.matching_priority > 0), key=_priority))

    @property
    def reference(self) -> AttributeMapping | None:
        """Return the mapping of ``manager`` or ``members``, if there is one."""
        return next((each for each in self.attributes if each.is_reference), None)

    @property
    def by_soft_delete(self) -> tuple[AttributeMapping, ...]:
        """Return the mappings that read ``IsSoftDeleted``: what leaving scope changes in the target."""
        return tuple(each for each in self.attributes if "IsSoftDeleted" in each.reads)

    def complaints(self) -> Iterator[str]:
        """Yield what is wrong with the mapping whatever the object is."""
        for each in self.attributes:
            yield from each.complaints()
        targets = Counter(str(each.target) for each in self.attributes)
        yield from (f"{self.source}: {target} is mapped twice" for target, number in targets.items() if number > 1)
        if not self.matching:
            yield f"{self.source}: no attribute is a matching attribute"
        yield from filters.complaints_about((*self.scope, *self.input_filters))


def _priority(mapping: AttributeMapping) -> int:
    return mapping.matching_priority


@dataclass(frozen=True)
class Schema:
    """The mappings of one job, and of Graph's synchronization schema what is only handed on."""

    users: ObjectMapping
    groups: ObjectMapping
    id: str = ""
    version: str = ""
    source_directory: str = "Azure Active Directory"
    target_directory: str = "customappsso"
    rule_id: str = ""
    rule_name: str = "USER_OUTBOUND_USER"
    directories: tuple[JsonObject, ...] = field(default=(), hash=False)

    def complaints(self) -> tuple[str, ...]:
        """Return everything that is wrong with the mappings whatever the objects are."""
        kinds = (each for each in (self.users, self.groups) if each.enabled)
        return tuple(complaint for each in kinds for complaint in each.complaints())


ACTIVE = TargetPath("active")
USER_NAME = TargetPath("userName")
DISPLAY_NAME = TargetPath("displayName")
EXTERNAL_ID = TargetPath("externalId")
MANAGER = parse_path(f"{ENTERPRISE_URN}:manager")
MANAGER_VALUE = parse_path(f"{ENTERPRISE_URN}:manager.value")
MEMBERS = TargetPath("members")
USER_TARGET = ENTERPRISE_URN
GROUP_TARGET = GROUP_URN


def is_boolean(target: TargetPath) -> bool:
    """Tell whether *target* is a boolean by the standard: ``active`` and every ``primary``."""
    return target == ACTIVE or target.sub_attribute == "primary"
