"""How expressions take one kind of value for another, and what they are worked out from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Protocol

from simulator.values import Value

_WHOLE_NUMBER = re.compile(r"-?[0-9]+")


class ExpressionError(Exception):
    """An expression cannot be worked out for one object; the message says why."""


class IsTaken(Protocol):
    """Tells whether a value exists in the target; only for targets that can be asked."""

    def __call__(self, value: str) -> bool: ...


@dataclass(frozen=True)
class Context:
    """What an expression is worked out from: one object's attributes, the time, and a source of chance."""

    attributes: Mapping[str, Value]
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    random: Random = field(default_factory=Random)
    default_domain: str = ""
    is_taken: IsTaken | None = None


def text_of(value: Value) -> str:
    """Return *value* as a string: nothing is empty, a boolean ``True`` or ``False``, several values their first.

    Raises:
        ExpressionError: It is a role, which has no text.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool() | int() | float():
            return str(value)
        case tuple():
            return text_of(value[0]) if value else ""
    raise ExpressionError("a role assignment is not text; use one of the functions for roles")


def number_of(value: Value) -> int:
    """Return *value* as a whole number.

    Raises:
        ExpressionError: It is none.
    """
    try:
        return int(value) if isinstance(value, bool | int | float) else int(text_of(value).strip())
    except (ValueError, OverflowError) as error:
        raise ExpressionError(f"{text_of(value)!r} is no number") from error


def truth_of(value: Value) -> bool:
    """Return whether *value* is true: a boolean, ``"True"`` in any letter case, or a number that is not zero."""
    if isinstance(value, bool | int | float):
        return bool(value)
    text = text_of(value).strip().lower()
    return text == "true" or (_WHOLE_NUMBER.fullmatch(text) is not None and text.strip("-0") != "")


def each_text(*values: Value) -> Iterator[str]:
    """Yield the text of every single value in *values*, elements of multi-valued ones one by one."""
    for value in values:
        if isinstance(value, tuple):
            yield from each_text(*value)
        elif value is not None:
            yield text_of(value)
