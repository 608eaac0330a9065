"""Filters: from text to the library's tree, and from the tree to a predicate on plain JSON.

scim2-models evaluates filters on models; lists are answered from stored JSON without building any, so the tree is
compiled here to a function on dictionaries.  Source: RFC 7644 §3.4.2.2.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, reduce
from operator import or_
from typing import Any

from scim2_models import Attribute, InvalidFilterException, ScimFilter
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

from scim.attributes import Location, locate
from scim.comparison import fold
from scim.json_types import JsonObject
from scim.limits import limits

_Type = Attribute.Type

type Predicate = Callable[[JsonObject], bool]

_FORM = (
    'write filters like: userName eq "ann" and active eq true; the operators are eq, ne, co, sw, ew, gt, ge, lt, le, '
    "and pr without a value"
)


def parse(text: str, kind: str) -> FilterNode:
    """The tree of *text*, checked against the attributes of *kind*.

    Raises:
        InvalidFilterException: Bad syntax, an attribute that *kind* does not have, an operator or a literal that the
            attribute cannot be compared by, or a filter past the limits.
    """
    tree = parse_tree(text)
    compile_filter(tree, kind)
    return tree


def parse_tree(text: str) -> FilterNode:
    """The tree of *text*, of whatever attributes it speaks.

    Raises:
        InvalidFilterException: Bad syntax, or a filter past the limits.
    """
    if len(text) > (most := limits().filter_length):
        raise InvalidFilterException(detail=f"the filter is longer than {most} characters")
    try:
        tree: FilterNode = ScimFilter(text).ast
    except InvalidFilterException as error:
        tree = _with_bare_literals(text, error)
    if sum(1 for _ in comparisons(tree)) > (most := limits().filter_terms):
        raise InvalidFilterException(detail=f"the filter has more than {most} comparisons")
    return tree


def _with_bare_literals(text: str, unread: InvalidFilterException) -> FilterNode:
    """The tree of *text* with its bare words in quotes; raises what is wrong with it as it was sent."""
    try:
        return ScimFilter(_quote_bare_literals(text)).ast
    except InvalidFilterException:
        if unread.__cause__ is None:  # past a limit of the library, and no matter of syntax
            raise unread from None
        raise InvalidFilterException(detail=f"{unread.detail}; {_FORM}") from None


def compile_filter(node: FilterNode, kind: str) -> Predicate:
    """A function that tells whether a resource of *kind* satisfies the filter.

    Raises:
        InvalidFilterException: As `parse`.
    """
    return _Compiler(kind).visit(node)


def matches(node: FilterNode, resource: JsonObject, kind: str) -> bool:
    """Whether *resource*, a whole resource as JSON, satisfies the filter."""
    return compile_filter(node, kind)(resource)


def comparisons(node: FilterNode, within: AttrPath | None = None) -> Iterable[Comparison | Present]:
    """All comparisons and presence tests, those in brackets with the path of their attribute put before them."""
    match node:
        case Comparison(attr_path=path):
            yield Comparison(_nested(within, path), node.op, node.value)
        case Present(attr_path=path):
            yield Present(_nested(within, path))
        case Not(expr=inner):
            yield from comparisons(inner, within)
        case LogicalExpr(terms=terms):
            for term in terms:
                yield from comparisons(term, within)
        case ValuePath(attr_path=path, val_filter=inner):
            yield from comparisons(inner, path)


@dataclass(frozen=True, slots=True)
class RelationNeeds:
    """What of ``members`` or ``groups`` must be known to decide a filter: single ids, all of them, or nothing."""

    ids: frozenset[str] = frozenset()
    all: bool = False

    def __bool__(self) -> bool:
        return self.all or bool(self.ids)

    def __or__(self, other: "RelationNeeds") -> "RelationNeeds":
        everything = self.all or other.all
        return RelationNeeds(frozenset() if everything else self.ids | other.ids, everything)


def relations(node: FilterNode) -> RelationNeeds:
    """Which related ids decide the filter; all of them where it asks anything else than whether one is among them."""
    match node:
        case Not(expr=inner):
            return relations(inner)
        case LogicalExpr(terms=terms):
            return reduce(or_, map(relations, terms), RelationNeeds())
        case ValuePath(attr_path=path, val_filter=Comparison() as inner) if _is_relation(path):
            # ``members[value ne "…"]`` is about the others, so only equality names the one that matters
            by_eq = inner.op is CompareOperator.eq
            return _named(inner, inner.attr_path.attr) if by_eq else RelationNeeds(all=True)
        case ValuePath(attr_path=path) if _is_relation(path):
            return RelationNeeds(all=True)
        case Comparison(attr_path=path) if _is_relation(path):
            return _named(node, path.sub_attr or "value")
        case Present(attr_path=path) if _is_relation(path):
            return RelationNeeds(all=True)
    return RelationNeeds()


def _is_relation(path: AttrPath) -> bool:
    return path.attr.lower() in ("members", "groups")


def _named(comparison: Comparison, name: str) -> RelationNeeds:
    """The id that a comparison of *name* asks about; all ids where it asks about something else."""
    by_id = name.lower() == "value" and comparison.op in (CompareOperator.eq, CompareOperator.ne)
    if not by_id or not isinstance(comparison.value, str):
        return RelationNeeds(all=True)
    return RelationNeeds(frozenset({comparison.value}))


def values_at(resource: JsonObject, location: Location, absent: Any = None) -> list[Any]:
    """The assigned values at *location*, from the one or the many elements of its attribute.

    *absent* is what an element without the sub-attribute counts as; None is no value.
    """
    holder: Any = resource.get(location.extension) if location.extension else resource
    value = holder.get(location.name) if isinstance(holder, dict) else None
    elements = value if isinstance(value, list) else [value]
    if location.sub is None:
        return [each for each in elements if each is not None]
    found = (each.get(location.sub, absent) for each in elements if isinstance(each, dict))
    return [each for each in found if each is not None]


def comparable(value: Any, location: Location) -> Any:
    """*value* in the form that comparisons and orders use: folded text, an aware datetime, or as it is."""
    if location.type is _Type.date_time:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if isinstance(value, str):
        return fold(value, case_exact=location.binding.case_exact)
    return value


class _Compiler(FilterVisitor[Predicate]):
    """Builds the predicate; *within* is the attribute whose elements a bracketed filter is about."""

    def __init__(self, kind: str, within: AttrPath | None = None) -> None:
        self.kind = kind
        self.within = within

    def visit_comparison(self, node: Comparison) -> Predicate:
        location = self._locate(node.attr_path, compared=True)
        literal = self._literal(node, location)
        if node.value is None:
            wanted = node.op is CompareOperator.eq
            return lambda resource: (not self._values(resource, location)) is wanted
        test = partial(_OPERATORS[node.op], literal)
        absent = False if location.sub == "primary" else None  # RFC 7643 §2.4
        found = all if node.op is CompareOperator.ne else any
        return lambda resource: found(
            test(comparable(each, location)) for each in self._values(resource, location, absent)
        )

    def visit_present(self, node: Present) -> Predicate:
        location = self._locate(node.attr_path, compared=False)
        return lambda resource: any(each not in ("", {}, []) for each in self._values(resource, location))

    def visit_not(self, node: Not) -> Predicate:
        inner = self.visit(node.expr)
        return lambda resource: not inner(resource)

    def visit_logical_expr(self, node: LogicalExpr) -> Predicate:
        terms = [self.visit(term) for term in node.terms]
        if node.op is LogicalOperator.and_:
            return lambda resource: all(term(resource) for term in terms)
        return lambda resource: any(term(resource) for term in terms)

    def visit_value_path(self, node: ValuePath) -> Predicate:
        location = self._locate(node.attr_path, compared=False)
        if self.within is not None or not location.multi_valued:
            raise InvalidFilterException(detail=f"{node.attr_path} has no values to select with brackets")
        inner = _Compiler(self.kind, within=node.attr_path).visit(node.val_filter)
        return lambda resource: any(inner(each) for each in values_at(resource, location))

    def _values(self, resource: Any, location: Location, absent: Any = None) -> list[Any]:
        if self.within is None:
            return values_at(resource, location, absent)
        value = resource.get(location.sub, absent)
        return [] if value is None else [value]

    def _locate(self, path: AttrPath, *, compared: bool) -> Location:
        nested = _nested(self.within, path)
        location = locate(self.kind, nested, compared=compared)
        if location is None:
            raise InvalidFilterException(detail=f"{self.kind} has no attribute {nested}")
        if location.secret:
            raise InvalidFilterException(detail=f"{nested} is never shown, so nothing is told of it")
        return location

    def _literal(self, node: Comparison, location: Location) -> Any:
        """The literal in the form of the attribute's values; refuses what cannot be compared."""
        target = location.type
        ordered = node.op not in (CompareOperator.eq, CompareOperator.ne)
        if target is _Type.complex:
            raise InvalidFilterException(detail=f"{node.attr_path} has parts and cannot be compared as a whole")
        if ordered and target in (_Type.boolean, _Type.binary):
            raise InvalidFilterException(detail=f"{node.attr_path} has no order and knows no {node.op.value}")
        if node.op in _TEXT_OPERATORS and target is _Type.date_time:
            raise InvalidFilterException(detail=f"{node.attr_path} is a date and knows no {node.op.value}")
        if node.value is None and not ordered:
            return None
        try:
            return comparable(_as_type(target, node.value), location)
        except (TypeError, ValueError, LookupError):
            raise InvalidFilterException(
                detail=f"{node.attr_path} cannot be compared with {json.dumps(node.value)}"
            ) from None


def _as_type(target: Attribute.Type | None, literal: Any) -> Any:
    """*literal* as a value of the type *target*; Entra writes booleans as text (Q8).

    Raises:
        TypeError: It is of another type.
        ValueError: It is no value of that type, or no text that UTF-8 can carry.
        LookupError: It is no boolean.
    """
    if target is _Type.boolean:
        return _BOOLEANS[str(literal).lower()]
    if target in _NUMBERS and isinstance(literal, (int, float)) and not isinstance(literal, bool):
        return literal
    if not isinstance(literal, str) or target in _NUMBERS:
        raise TypeError
    literal.encode()
    return datetime.fromisoformat(literal) if target is _Type.date_time else literal


_BOOLEANS = {"true": True, "false": False}
_NUMBERS = (Attribute.Type.integer, Attribute.Type.decimal)
_PYTHON_NUMBERS = (int, float)


def _same_type(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """*test* on two values of one type, or two numbers; values of different types never match."""

    def tested(literal: Any, value: Any) -> bool:
        alike = type(literal) is type(value) or (type(literal) in _PYTHON_NUMBERS and type(value) in _PYTHON_NUMBERS)
        return alike and test(literal, value)

    return tested


_TEXT_OPERATORS = (CompareOperator.co, CompareOperator.sw, CompareOperator.ew)
_OPERATORS: dict[CompareOperator, Callable[[Any, Any], bool]] = {
    CompareOperator.eq: lambda literal, value: bool(value == literal),
    CompareOperator.ne: lambda literal, value: bool(value != literal),
    CompareOperator.co: _same_type(lambda literal, value: literal in value),
    CompareOperator.sw: _same_type(lambda literal, value: value.startswith(literal)),
    CompareOperator.ew: _same_type(lambda literal, value: value.endswith(literal)),
    CompareOperator.gt: _same_type(lambda literal, value: value > literal),
    CompareOperator.ge: _same_type(lambda literal, value: value >= literal),
    CompareOperator.lt: _same_type(lambda literal, value: value < literal),
    CompareOperator.le: _same_type(lambda literal, value: value <= literal),
}


def _nested(within: AttrPath | None, path: AttrPath) -> AttrPath:
    """The path of *path* inside the brackets of *within*: ``type`` in ``emails[…]`` is ``emails.type``."""
    if within is None:
        return path
    if path.sub_attr is not None or path.uri is not None:
        raise InvalidFilterException(detail=f"{path} cannot stand inside the brackets of {within}")
    return AttrPath(within.attr, path.attr, within.uri)


_LITERAL = re.compile(
    r'"(?:[^"\\]|\\.)*+(?:"|$)|\b(eq|ne|co|sw|ew|gt|ge|lt|le)(\s+)([^\s"\'()\[\]\0-\x1f][^\s"()\[\]\0-\x1f]*)',
    re.IGNORECASE,
)
"""A quoted text, also one that never ends, or an operator and a literal that is neither quoted nor in brackets."""


def _quote_bare_literals(text: str) -> str:
    """Quote literals without quotation marks, as older documentation of Entra shows them (entra.md §1.3)."""

    def quoted(found: re.Match[str]) -> str:
        literal = found.group(3)
        if literal is None or literal in ("true", "false", "null"):
            return found.group(0)
        return f"{found.group(1)}{found.group(2)}{ScimFilter.quote(literal)}"

    return _LITERAL.sub(quoted, text)
