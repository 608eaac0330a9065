"""Reads an expression into a tree.

Source: Microsoft Learn, "Reference for writing expressions for attribute mappings" (syntax overview; the numbers,
hexadecimal numbers, bare constants and comparisons are those of its examples).
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

MOST_CHARACTERS = 10_000
# Entra names no bound; this one keeps what works expressions out from running out of stack.
MOST_NESTED = 100

type Node = Attribute | Literal | Constant | Call | Comparison
type Argument = Node | None


class ExpressionSyntaxError(Exception):
    """An expression cannot be read; the message says where and what was met."""


@dataclass(frozen=True)
class Attribute:
    """``[mail]``: the value of a source attribute."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A string or a number as written."""

    value: str | int | float


@dataclass(frozen=True)
class Constant:
    """A bare word such as ``vbBinaryCompare``."""

    name: str


@dataclass(frozen=True)
class Call:
    """``Join(" ", [givenName], [surname])``; an argument that was left empty is ``None``."""

    name: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Comparison:
    """``[country]="USA"``; ``operator`` is one of ``= <> > >= < <=``."""

    left: Node
    operator: str
    right: Node


_GRAMMAR = r"""
?start: expression
?expression: operand | operand COMPARE operand -> comparison
?operand: call | ATTRIBUTE -> attribute | STRING -> string | NUMBER -> number | HEX -> hexadecimal | NAME -> constant
call: NAME "(" argument ("," argument)* ")"
argument: expression?

ATTRIBUTE: /\[[^\[\]]+\]/
STRING: /"(?:[^"\\]|\\.)*"/s
NUMBER: /-?\d+(?:\.\d+)?/
HEX: /&H[0-9A-Fa-f]+/
COMPARE: "<>" | ">=" | "<=" | "=" | ">" | "<"
NAME: /[A-Za-z_]\w*/
%ignore /\s+/
"""
_NO_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[^()]', re.DOTALL)
_ESCAPED = re.compile(r'\\([\\"])')


class _Tree(Transformer[Token, Node]):
    def comparison(self, parts: list[Node]) -> Comparison:
        left, operator, right = parts
        return Comparison(left, str(operator), right)

    def call(self, parts: list[Argument]) -> Call:
        name, *arguments = parts
        return Call(str(name), () if arguments == [None] else tuple(arguments))

    def argument(self, parts: list[Node]) -> Argument:
        return parts[0] if parts else None

    def attribute(self, parts: list[Token]) -> Attribute:
        return Attribute(parts[0][1:-1].strip())

    def string(self, parts: list[Token]) -> Literal:
        return Literal(_ESCAPED.sub(r"\1", parts[0][1:-1]))

    def number(self, parts: list[Token]) -> Literal:
        return Literal(float(parts[0]) if "." in parts[0] else int(parts[0]))

    def hexadecimal(self, parts: list[Token]) -> Literal:
        return Literal(int(parts[0][2:], 16))

    def constant(self, parts: list[Token]) -> Constant:
        return Constant(str(parts[0]))


_PARSER = Lark(_GRAMMAR, parser="lalr", transformer=_Tree())


@cache
def parse(text: str) -> Node:
    """Return the tree of *text*.

    Raises:
        ExpressionSyntaxError: It is longer than 10,000 characters, nested too deeply, or not of the language.
    """
    if len(text) > MOST_CHARACTERS:
        raise ExpressionSyntaxError(f"{len(text)} characters; at most {MOST_CHARACTERS} are allowed")
    if _nesting(text) > MOST_NESTED:
        raise ExpressionSyntaxError(f"nested more than {MOST_NESTED} deep")
    try:
        # The transformer runs within the parser, which the library's type does not tell.
        return _PARSER.parse(text)  # type: ignore[return-value]
    except UnexpectedInput as error:
        raise ExpressionSyntaxError(_complaint(text, error)) from error


def _nesting(text: str) -> int:
    """Return how deep the brackets of *text* are nested, those in strings aside."""
    brackets = _NO_BRACKETS.sub("", text)
    return max(accumulate((1 if each == "(" else -1 for each in brackets), initial=0))


def quoted(text: str) -> str:
    """Return *text* as a string constant of the language."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def attributes_of(node: Argument) -> frozenset[str]:
    """Return the names of all source attributes that *node* reads."""
    match node:
        case Attribute(name):
            return frozenset({name})
        case Call(_, arguments):
            return frozenset[str]().union(*map(attributes_of, arguments))
        case Comparison(left, _, right):
            return attributes_of(left) | attributes_of(right)
    return frozenset()


def _complaint(text: str, error: UnexpectedInput) -> str:
    at_end = getattr(getattr(error, "token", None), "type", None) == "$END"
    position: int = getattr(error, "pos_in_stream", len(text))
    if at_end or position >= len(text):
        return "it ends too early"
    return f"character {position + 1}: {text[position : position + 20]!r} was not expected"
