"""Filters as plans: the rows of an index that hold all matches, or a condition that the service checks on columns.

Both may let through more than matches, never less: what comes back is checked against the whole filter.
Source: RFC 7644 §3.4.2.2; Microsoft Learn, Querying tables and entities.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from domain.model import Kind
from scim.attributes import locate
from scim.comparison import fold
from storage import keys
from storage.client import EVERYTHING, Where

MAX_COMPARISONS = 10
"""The service takes 15 in one query; three say which rows, and a range of dates or texts takes two."""
MAX_LITERAL = 256
"""Characters of a literal that is compared by the service; columns hold twice as many."""
MAX_CONDITION = 4_000
"""Characters of all literals of a condition as they stand in an address."""
MAX_LOOK_UPS = 20
"""Look-ups for the branches of one ``or``; more of them are a scan."""

# Look-ups


@dataclass(frozen=True, slots=True)
class ById:
    """The resource itself."""

    id: str
    cost = 0


@dataclass(frozen=True, slots=True)
class ByName:
    """One row, whose property ``id`` names the resource."""

    row_key: str
    cost = 1


@dataclass(frozen=True, slots=True)
class ByPrefix:
    """The rows whose keys begin with ``prefix`` and end with an id each; ``related`` is whom all these relate to."""

    prefix: str
    cost: int = 2
    related: str = ""


type LookUp = ById | ByName | ByPrefix
type LookUps = tuple[LookUp, ...]
"""Every match is behind at least one of them; none at all where nothing can match."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to find what may match: by look-ups, or where they are None by a scan for ``where``."""

    look_ups: LookUps | None
    where: Where = EVERYTHING


def plan(node: FilterNode | None, kind: Kind) -> Plan:
    """The cheapest way to the resources of *kind* that may satisfy *node*."""
    if node is None:
        return Plan(None)
    look_ups = _LookUpFinder(kind).visit(node)
    if look_ups is not None:
        return Plan(look_ups)
    writer = _Writer()
    condition = _ConditionFinder(kind, writer).visit(node)
    if condition.text is None or condition.comparisons > MAX_COMPARISONS or writer.length > MAX_CONDITION:
        return Plan(None)
    return Plan(None, Where(condition.text, writer.parameters))


def attribute(kind: Kind, path: AttrPath, *, compared: bool = True) -> str:
    """The path as the schema spells it, ``emails.value`` say; "" for attributes of extensions and unknown ones."""
    location = locate(kind.value, path, compared=compared)
    if location is None or location.extension is not None:
        return ""
    return f"{location.name}.{location.sub}" if location.sub else location.name


class _LookUpFinder(FilterVisitor[LookUps | None]):
    """Finds look-ups that hold every match, or None where only a scan does."""

    def __init__(self, kind: Kind, within: AttrPath | None = None) -> None:
        self.kind = kind
        self.within = within

    def visit_comparison(self, node: Comparison) -> LookUps | None:
        if node.op is not CompareOperator.eq or not isinstance(node.value, str) or not node.value:
            return None
        path = node.attr_path
        if self.within is not None:
            path = AttrPath(self.within.attr, path.attr, self.within.uri)
        make = _LOOK_UPS.get((self.kind, attribute(self.kind, path)))
        return make(node.value) if make else None

    def visit_present(self, node: Present) -> None:  # noqa: ARG002  the visitor's signature
        return None

    def visit_not(self, node: Not) -> None:  # noqa: ARG002  the visitor's signature
        return None

    def visit_logical_expr(self, node: LogicalExpr) -> LookUps | None:
        branches = [self.visit(term) for term in node.terms]
        possible = [branch for branch in branches if branch is not None]
        if node.op is LogicalOperator.and_:
            return min(possible, key=_cost, default=None)
        union = tuple(dict.fromkeys(each for branch in possible for each in branch))
        return union if len(possible) == len(branches) and len(union) <= MAX_LOOK_UPS else None

    def visit_value_path(self, node: ValuePath) -> LookUps | None:
        return _LookUpFinder(self.kind, within=node.attr_path).visit(node.val_filter)


def _cost(look_ups: LookUps) -> int:
    return sum(each.cost + 1 for each in look_ups)


def _by_id(value: str) -> LookUps:
    return (ById(value),) if keys.is_id(value) else ()


def _by_member(value: str) -> LookUps:
    return (ByPrefix(keys.member_of(value), 4, value),) if keys.is_id(value) else ()


def _by_group(value: str) -> LookUps:
    return (ByPrefix(keys.members(value), 5, value),) if keys.is_id(value) else ()


_LOOK_UPS: Mapping[tuple[Kind, str], Callable[[str], LookUps]] = {
    (Kind.USER, "id"): _by_id,
    (Kind.USER, "userName"): lambda value: (ByName(keys.name(Kind.USER, value)),),
    (Kind.USER, "externalId"): lambda value: (ByPrefix(keys.external_ids(Kind.USER, value)),),
    (Kind.USER, "emails.value"): lambda value: (ByPrefix(keys.emails(value), 3),),
    (Kind.USER, "groups.value"): _by_group,
    (Kind.GROUP, "id"): _by_id,
    (Kind.GROUP, "displayName"): lambda value: (ByName(keys.name(Kind.GROUP, value)),),
    (Kind.GROUP, "externalId"): lambda value: (ByPrefix(keys.external_ids(Kind.GROUP, value)),),
    (Kind.GROUP, "members.value"): _by_member,
}


# Conditions on columns


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that holds for every match; *exact* says that it holds for nothing else.

    ``text`` is None where nothing can be said: then everything may match.
    """

    text: str | None
    comparisons: int = 0
    exact: bool = False


_ANYTHING = Condition(None)


@dataclass(slots=True)
class _Writer:
    """Keeps the values of a condition apart from its text."""

    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Characters of all texts as they stand in an address."""
        return sum(len(quote(value)) for value in self.parameters.values() if isinstance(value, str))

    def compare(self, column: str, operator: str, value: Any) -> str:
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return f"{column} {operator} @{name}"


class _ConditionFinder(FilterVisitor[Condition]):
    """Writes what of a filter the service can check."""

    def __init__(self, kind: Kind, writer: _Writer) -> None:
        self.kind = kind
        self.writer = writer

    def visit_comparison(self, node: Comparison) -> Condition:
        name = attribute(self.kind, node.attr_path)
        if (text_column := _TEXTS[self.kind].get(name)) and isinstance(node.value, str):
            return self._text(text_column, node.op, fold(node.value, case_exact=name == "externalId"))
        if (date_column := _DATES.get(name)) and isinstance(node.value, str):
            return self._date(date_column, node.op, node.value)
        if name == "active" and isinstance(node.value, bool) and node.op is CompareOperator.eq:
            # a user without the attribute has false in its column
            return Condition(self.writer.compare("active", "eq", node.value), 1, exact=node.value)
        return _ANYTHING

    def visit_present(self, node: Present) -> Condition:
        column = _TEXTS[self.kind].get(attribute(self.kind, node.attr_path, compared=False))
        if column is None:
            return _ANYTHING
        return Condition(self.writer.compare(column, "gt", ""), 1, exact=True)

    def visit_not(self, node: Not) -> Condition:
        inner = self.visit(node.expr)
        if inner.text is None or not inner.exact:
            return _ANYTHING
        return Condition(f"not ( {inner.text} )", inner.comparisons, exact=True)

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        terms = [self.visit(term) for term in node.terms]
        known = [term for term in terms if term.text is not None]
        whole = len(known) == len(terms)
        if not known or (node.op is LogicalOperator.or_ and not whole):
            return _ANYTHING
        text = f" {node.op.value} ".join(f"( {term.text} )" for term in known)
        exact = whole and all(term.exact for term in known)
        return Condition(text, sum(term.comparisons for term in known), exact)

    def visit_value_path(self, node: ValuePath) -> Condition:  # noqa: ARG002  the visitor's signature
        return _ANYTHING

    def _text(self, column: str, operator: CompareOperator, literal: str) -> Condition:
        """A comparison of text; an attribute without a value has "" in its column."""
        if not _is_plain(literal):
            return _ANYTHING
        compare = self.writer.compare
        match operator:
            case CompareOperator.eq | CompareOperator.ne:
                return Condition(compare(column, operator.value, literal), 1, exact=True)
            case CompareOperator.gt | CompareOperator.ge:
                return Condition(compare(column, operator.value, literal), 1, exact=True)
            case CompareOperator.lt | CompareOperator.le:
                return Condition(compare(column, operator.value, literal), 1)
            case CompareOperator.sw if literal[-1] != "~":  # what follows it is a control character
                end = f"{literal[:-1]}{chr(ord(literal[-1]) + 1)}"
                return Condition(f"{compare(column, 'ge', literal)} and {compare(column, 'lt', end)}", 2, exact=True)
            case _:
                return Condition(compare(column, "gt", ""), 1)

    def _date(self, column: str, operator: CompareOperator, literal: str) -> Condition:
        """A comparison of moments; clients see whole milliseconds, columns hold their parts too."""
        moment = _moment(literal)
        if moment is None:
            return _ANYTHING
        compare = self.writer.compare
        from_then, before_next = ("ge", moment), ("lt", moment + timedelta(milliseconds=1))
        bounds = _DATE_BOUNDS.get(operator, ())
        wanted = [each for each, name in ((from_then, "from"), (before_next, "before")) if name in bounds]
        if not wanted:
            return _ANYTHING
        return Condition(" and ".join(compare(column, *each) for each in wanted), len(wanted))


_DATE_BOUNDS: Mapping[CompareOperator, tuple[str, ...]] = {
    CompareOperator.eq: ("from", "before"),
    CompareOperator.gt: ("from",),
    CompareOperator.ge: ("from",),
    CompareOperator.lt: ("before",),
    CompareOperator.le: ("before",),
}
_TEXTS: Mapping[Kind, Mapping[str, str]] = {
    Kind.USER: {
        "userName": "userName",
        "displayName": "displayName",
        "externalId": "externalId",
        "name.familyName": "familyName",
    },
    Kind.GROUP: {"displayName": "displayName", "externalId": "externalId"},
}
_DATES = {"meta.created": "created", "meta.lastModified": "lastModified"}
_EARLIEST = datetime(1601, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)


def _is_plain(literal: str) -> bool:
    """Whether Python and the service order *literal* alike against any text, and the service takes it at all."""
    return 0 < len(literal) <= MAX_LITERAL and all(
        " " <= each < "\x7f" or "\xa0" <= each < "\ud7ff" for each in literal
    )


def _moment(literal: str) -> datetime | None:
    """The moment that *literal* means, or None where that is unclear or the service has no such date."""
    try:
        moment = datetime.fromisoformat(literal)
    except ValueError:
        return None
    if moment.tzinfo is None or not 1602 <= moment.year <= 9998:
        return None
    moment = moment.astimezone(UTC)
    return moment if _EARLIEST < moment < _LATEST else None
