"""Expressions are read into trees, and what is none is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.expressions.grammar import (
    Attribute,
    Call,
    Comparison,
    Constant,
    ExpressionSyntaxError,
    Literal,
    Node,
    attributes_of,
    parse,
    quoted,
)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("[mail]", Attribute("mail")),
        ("[ extension_1_x ]", Attribute("extension_1_x")),
        ('"a"', Literal("a")),
        (r'"Company name: \"Contoso\""', Literal('Company name: "Contoso"')),
        (r'"\\d and \d"', Literal(r"\d and \d")),
        ("-10", Literal(-10)),
        ("1.5", Literal(1.5)),
        ("&HfF", Literal(255)),
        ("vbTextCompare", Constant("vbTextCompare")),
        ("Guid()", Call("Guid", ())),
        ("Guid(  )", Call("Guid", ())),
        ('F([a], , "b",)', Call("F", (Attribute("a"), None, Literal("b"), None))),
        ("F(G([a]))", Call("F", (Call("G", (Attribute("a"),)),))),
        ('[a]<>"b"', Comparison(Attribute("a"), "<>", Literal("b"))),
        ("F(G([a]) >= 5)", Call("F", (Comparison(Call("G", (Attribute("a"),)), ">=", Literal(5)),))),
    ],
)
def test_expression_is_read(text: str, tree: Node) -> None:
    """Attributes, constants, calls with empty arguments, and comparisons."""
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "ends too early"),
        ("Join(", "ends too early"),
        ("Join([a]", "ends too early"),
        ("[]", "character 1"),
        ('"open', "character 1"),
        ("F([a]))", "character 7"),
        ("[a] [b]", "character 5"),
        ("F([a] + [b])", "character 7"),
        ("Append([a], " + '"' + "x" * 10_000 + '")', "at most 10000"),
    ],
)
def test_what_is_no_expression(text: str, complaint: str) -> None:
    """The message says where it is wrong."""
    with pytest.raises(ExpressionSyntaxError, match=complaint):
        parse(text)


def test_attributes_of_an_expression() -> None:
    """All source attributes are found, at whatever depth."""
    assert attributes_of(parse('Switch([a], , "x", IIF([b]="1", [c], "2"))')) == {"a", "b", "c"}


@given(st.text(max_size=50))
def test_quoted_text_is_read_back(text: str) -> None:
    """Whatever a constant holds survives being written and read."""
    assert parse(quoted(text)) == Literal(text)
