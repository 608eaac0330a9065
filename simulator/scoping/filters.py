"""Scoping filters: clauses that are all true, groups of which one is.

Source: Microsoft Learn, "Scoping users or groups to be provisioned with scoping filters"; Microsoft Graph, resource
types filterGroup and filterClause.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from simulator.expressions.replace import dotnet_pattern
from simulator.expressions.values import ExpressionError, number_of, text_of, truth_of
from simulator.values import Value, is_empty

# Attributes that Entra takes in no filter: references, several values, dates, and what is no source attribute.
UNUSABLE = frozenset(
    {"members", "IsMemberOf", "appRoleAssignments", "manager", "userType"}
    | {"proxyAddresses", "otherMails", "imAddresses"}
    | {"createdDateTime", "employeeHireDate", "employeeLeaveDateTime"}
)


class Operator(StrEnum):
    """The operators, as Graph's ``filterOperators`` names them."""

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT EQUALS"
    IS_TRUE = "IS TRUE"
    IS_FALSE = "IS FALSE"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"
    REGEX_MATCH = "REGEX MATCH"
    NOT_REGEX_MATCH = "NOT REGEX MATCH"
    GREATER_THAN = "Greater_Than"
    GREATER_THAN_OR_EQUALS = "Greater_Than_OR_EQUALS"
    INCLUDES = "Includes"
    ENDS_WITH = "ENDS_WITH"
    HAS_BITS = "&"
    LACKS_BITS = "!&"


_BY_NAME = {re.sub(r"[ _]", "", each.value).upper(): each for each in Operator}


class BadFilter(Exception):
    """A scoping filter cannot be used; the message says why."""


@dataclass(frozen=True)
class Clause:
    """One condition on one source attribute; several values are alternatives."""

    attribute: str
    operator: Operator
    values: tuple[str, ...] = ()

    def holds(self, attributes: Mapping[str, Value]) -> bool:
        """Tell whether the condition is true; of an empty attribute only ``IS NULL`` is."""
        value = attributes.get(self.attribute)
        if self.operator is Operator.IS_NULL:
            return is_empty(value)
        if is_empty(value):
            return False
        return self.operator is Operator.IS_NOT_NULL or _HOLDS[self.operator](value, self.values)

    def __str__(self) -> str:
        return " ".join((self.attribute, self.operator, "|".join(self.values))).strip()


@dataclass(frozen=True)
class FilterGroup:
    """One scoping filter: all its clauses must be true."""

    name: str
    clauses: tuple[Clause, ...]

    def lets_through(self, attributes: Mapping[str, Value]) -> bool:
        """Tell whether an object with *attributes* passes."""
        return all(clause.holds(attributes) for clause in self.clauses)


def in_scope(groups: Iterable[FilterGroup], attributes: Mapping[str, Value]) -> bool:
    """Tell whether one of *groups* lets an object with *attributes* through, or there is no filter at all."""
    filters = [each for each in groups if each.clauses]
    return not filters or any(each.lets_through(attributes) for each in filters)


def operator_named(name: str) -> Operator:
    """Return the operator, however Graph or the portal spells it.

    Raises:
        BadFilter: There is none of this name.
    """
    try:
        return _BY_NAME[re.sub(r"[ _]", "", name).upper()]
    except KeyError as error:
        raise BadFilter(f"there is no operator {name}") from error


def complaints_about(groups: Iterable[FilterGroup]) -> Iterator[str]:
    """Yield what Entra would not take in the clauses of *groups*."""
    for clause in (each for group in groups for each in group.clauses):
        if clause.attribute in UNUSABLE:
            yield f"{clause}: {clause.attribute} cannot be used in a scoping filter"
        for complaint in _complaints(clause):
            yield f"{clause}: {complaint}"


def _complaints(clause: Clause) -> Iterator[str]:
    without = clause.operator in (Operator.IS_TRUE, Operator.IS_FALSE, Operator.IS_NULL, Operator.IS_NOT_NULL)
    if not without and not clause.values:
        yield "it needs a value"
    for value in clause.values:
        try:
            if clause.operator in (Operator.REGEX_MATCH, Operator.NOT_REGEX_MATCH):
                dotnet_pattern(value)
            elif clause.operator in _NUMERIC:
                number_of(value)
        except ExpressionError as error:
            yield str(error)


_NUMERIC = (Operator.GREATER_THAN, Operator.GREATER_THAN_OR_EQUALS, Operator.HAS_BITS, Operator.LACKS_BITS)


def _numbers(compare: Callable[[int, int], bool]) -> Callable[[Value, tuple[str, ...]], bool]:
    def holds(value: Value, values: tuple[str, ...]) -> bool:
        try:
            return any(compare(number_of(value), number_of(each)) for each in values)
        except ExpressionError:
            return False

    return holds


def _matches(value: Value, values: tuple[str, ...]) -> bool:
    return any(dotnet_pattern(each).search(text_of(value)) for each in values)


_HOLDS: dict[Operator, Callable[[Value, tuple[str, ...]], bool]] = {
    Operator.EQUALS: lambda value, values: text_of(value) in values,
    Operator.NOT_EQUALS: lambda value, values: text_of(value) not in values,
    Operator.IS_TRUE: lambda value, _: truth_of(value),
    Operator.IS_FALSE: lambda value, _: text_of(value).strip().lower() in ("false", "0"),
    Operator.REGEX_MATCH: _matches,
    Operator.NOT_REGEX_MATCH: lambda value, values: not _matches(value, values),
    Operator.GREATER_THAN: _numbers(lambda left, right: left > right),
    Operator.GREATER_THAN_OR_EQUALS: _numbers(lambda left, right: left >= right),
    Operator.INCLUDES: lambda value, values: any(each in text_of(value) for each in values),
    Operator.ENDS_WITH: lambda value, values: any(text_of(value).endswith(each) for each in values),
    Operator.HAS_BITS: _numbers(lambda left, right: left & right == right),
    Operator.LACKS_BITS: _numbers(lambda left, right: left & right != right),
}
