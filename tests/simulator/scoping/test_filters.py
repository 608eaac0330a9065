"""Every operator of scoping filters, and how clauses and groups go together."""

import pytest

from simulator.scoping.filters import (
    BadFilter,
    Clause,
    FilterGroup,
    Operator,
    complaints_about,
    in_scope,
    operator_named,
)
from simulator.values import Value

USER: dict[str, Value] = {
    "department": "Finance",
    "accountEnabled": True,
    "flags": 6,
    "employeeId": "7001",
    "mail": "ada@contoso.example",
    "city": "",
    "blocked": "False",
}


@pytest.mark.parametrize(
    ("operator", "attribute", "values", "holds"),
    [
        ("EQUALS", "department", ["Finance"], True),
        ("EQUALS", "department", ["finance"], False),
        ("EQUALS", "department", ["Sales", "Finance"], True),
        ("EQUALS", "absent", [""], False),
        ("NOT EQUALS", "department", ["finance"], True),
        ("NOT EQUALS", "department", ["Finance"], False),
        ("NOT EQUALS", "absent", ["x"], False),
        ("IS TRUE", "accountEnabled", [], True),
        ("IS FALSE", "accountEnabled", [], False),
        ("IS FALSE", "absent", [], False),
        ("IS FALSE", "department", [], False),
        ("IS FALSE", "blocked", [], True),
        ("IS NULL", "city", [], True),
        ("IS NULL", "mail", [], False),
        ("IS NOT NULL", "mail", [], True),
        ("IS NOT NULL", "absent", [], False),
        ("REGEX MATCH", "mail", [r"@contoso\.example$"], True),
        ("REGEX MATCH", "mail", ["(?<who>^bob)"], False),
        ("NOT REGEX MATCH", "mail", ["^bob"], True),
        ("NOT REGEX MATCH", "absent", ["^bob"], False),
        ("Greater_Than", "employeeId", ["7000"], True),
        ("Greater_Than", "employeeId", ["7001"], False),
        ("Greater_Than", "department", ["1"], False),
        ("Greater_Than_OR_EQUALS", "employeeId", ["7001"], True),
        ("Includes", "department", ["nan"], True),
        ("Includes", "department", ["NAN"], False),
        ("ENDS_WITH", "mail", [".example"], True),
        ("ENDS_WITH", "mail", ["ada"], False),
        ("&", "flags", ["2"], True),
        ("&", "flags", ["3"], False),
        ("!&", "flags", ["1"], True),
        ("!&", "flags", ["4"], False),
    ],
)
def test_operator(operator: str, attribute: str, values: list[str], holds: bool) -> None:
    """Comparison is case-sensitive, and of an empty attribute nothing is true but that it is null."""
    assert Clause(attribute, operator_named(operator), tuple(values)).holds(USER) is holds


FINANCE = Clause("department", Operator.EQUALS, ("Finance",))
SALES = Clause("department", Operator.EQUALS, ("Sales",))
ENABLED = Clause("accountEnabled", Operator.IS_TRUE)


@pytest.mark.parametrize(
    ("groups", "passes"),
    [
        ([], True),
        ([[]], True),
        ([[FINANCE, ENABLED]], True),
        ([[FINANCE, SALES]], False),
        ([[SALES], [FINANCE]], True),
        ([[SALES], [SALES, ENABLED]], False),
    ],
)
def test_grouping(groups: list[list[Clause]], passes: bool) -> None:
    """All clauses of one filter, and one filter of several."""
    assert in_scope([FilterGroup("", tuple(clauses)) for clauses in groups], USER) is passes


@pytest.mark.parametrize("name", ["equals", "NOT_EQUALS", "NotEquals", "greater than or equals", "ends with"])
def test_operators_by_other_spellings(name: str) -> None:
    """The portal and Graph spell them differently."""
    assert operator_named(name) in Operator


def test_unknown_operator() -> None:
    """There are no others."""
    with pytest.raises(BadFilter, match="no operator LIKE"):
        operator_named("LIKE")


@pytest.mark.parametrize(
    ("clause", "complaint"),
    [
        (Clause("manager", Operator.EQUALS, ("x",)), "cannot be used"),
        (Clause("userType", Operator.EQUALS, ("Guest",)), "cannot be used"),
        (Clause("employeeHireDate", Operator.EQUALS, ("2030-01-01",)), "cannot be used"),
        (Clause("otherMails", Operator.INCLUDES, ("@",)), "cannot be used"),
        (Clause("department", Operator.EQUALS), "needs a value"),
        (Clause("department", Operator.REGEX_MATCH, ("(",)), "cannot be read"),
        (Clause("flags", Operator.HAS_BITS, ("two",)), "is no number"),
    ],
)
def test_what_entra_does_not_take(clause: Clause, complaint: str) -> None:
    """A clause that can never work is told before anybody is provisioned by it."""
    (found,) = complaints_about([FilterGroup("", (clause,))])
    assert complaint in found
