"""Constraints that the recording does not show."""

import pytest

from localhost.constraints import BadConstraint, make_constraint


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("int", "\t-2147483648", True),
        ("int", "-2147483649", False),
        ("int", "", False),
        ("range(-5,5)", "-5", True),
        ("RANGE( 5 , 10 )", "7", True),
        ("min(5)", "99999999999999999999", False),  # beyond 64 bits
        ("length(0)", "", True),
        ("minlength(2)", "😀", True),  # two UTF-16 units
        ("regex(^a(b|c):d$)", "ac:d", True),
        ("guid", "{6f9619ff-8b86-d011-b42d-00c04fc964ff)", False),
        ("file", "a/b.c", True),
        ("file", "a.b/c", False),
    ],
)
def test_constraint(text: str, value: str, holds: bool) -> None:
    """A constraint accepts what its .NET parser accepts."""
    assert make_constraint(text)(value) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nope",
        "int(5)",
        "length",
        "length()",
        "length(1,2,3)",
        "length(2,1)",
        "maxlength(-1)",
        "range(1)",
        "min(x)",
        "regex",
    ],
)
def test_bad_constraint(text: str) -> None:
    """An unknown constraint, or one with wrong arguments, is refused when it is made."""
    with pytest.raises(BadConstraint):
        make_constraint(text)
