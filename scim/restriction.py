"""One filter over several kinds of resources: what it asks of each.  RFC 7644 §3.4.2.1.

An attribute that a kind does not have counts there as unassigned, so a comparison of it is decided before any resource
is read, and so is one of ``meta.resourceType``.  What remains is a smaller filter, or a plain yes or no.
"""

from collections.abc import Collection, Mapping

from scim2_models import InvalidFilterException
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

from scim.attributes import locate
from scim.filters import comparisons, compile_filter, parse_tree

type Restricted = FilterNode | bool
"""A filter for one kind; True where all its resources match, and False where none does."""


def parse_for(text: str, kinds: Collection[str]) -> Mapping[str, Restricted]:
    """What the filter *text* asks of each of *kinds*.

    Raises:
        InvalidFilterException: Bad syntax, an attribute that none of *kinds* has, or what one of them refuses.
    """
    tree = parse_tree(text)
    for each in comparisons(tree):
        if all(locate(kind, each.attr_path) is None for kind in kinds):
            raise InvalidFilterException(detail=f"none of {', '.join(kinds)} has an attribute {each.attr_path}")
    return {kind: restrict(tree, kind) for kind in kinds}


def restrict(node: FilterNode, kind: str) -> Restricted:
    """What of *node* is left to be asked of a resource of *kind*.

    Raises:
        InvalidFilterException: An attribute of *kind* cannot be compared so.
    """
    return _Restriction(kind).visit(node)


class _Restriction(FilterVisitor[Restricted]):
    def __init__(self, kind: str) -> None:
        self.kind = kind

    def visit_comparison(self, node: Comparison) -> Restricted:
        if not self._has(node.attr_path):
            return node.op is (CompareOperator.eq if node.value is None else CompareOperator.ne)
        test = compile_filter(node, self.kind)
        if (node.attr_path.attr.lower(), (node.attr_path.sub_attr or "").lower()) == ("meta", "resourcetype"):
            return test({"meta": {"resourceType": self.kind}})
        return node

    def visit_present(self, node: Present) -> Restricted:
        return self._has(node.attr_path) and node

    def visit_value_path(self, node: ValuePath) -> Restricted:
        if not self._has(node.attr_path):
            return False
        compile_filter(node, self.kind)
        return node

    def visit_not(self, node: Not) -> Restricted:
        inner = self.visit(node.expr)
        return not inner if isinstance(inner, bool) else Not(inner)

    def visit_logical_expr(self, node: LogicalExpr) -> Restricted:
        decisive = node.op is LogicalOperator.or_  # one True decides an ``or``, one False an ``and``
        terms = [self.visit(term) for term in node.terms]
        if any(term is decisive for term in terms):
            return decisive
        left = tuple(term for term in terms if not isinstance(term, bool))
        if not left:
            return not decisive
        return left[0] if len(left) == 1 else LogicalExpr(node.op, left)

    def _has(self, path: AttrPath) -> bool:
        return locate(self.kind, path) is not None
