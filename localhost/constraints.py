"""The inline constraints of a route parameter, such as ``{id:guid}`` and ``{name:maxlength(5)}``."""

import re
from collections.abc import Callable

Constraint = Callable[[str], bool]
"""Whether a value (decoded, never empty but for ``length`` and its like) fits."""

_INTEGER = re.compile(r"[\t-\r ]*[+-]?[0-9]+[\t-\r ]*")
_ARGUMENT = re.compile(r"\s*[+-]?[0-9]+\s*")
_GUID = re.compile(
    r"[0-9a-f]{32}|HYPHENATED|\{HYPHENATED\}|\(HYPHENATED\)".replace(
        "HYPHENATED", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    ),
    re.IGNORECASE | re.ASCII,
)
_LETTERS = re.compile(r"^[a-z]*$", re.IGNORECASE | re.ASCII)
_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)

NOT_IMITATED = frozenset({"datetime", "decimal", "double", "float"})
"""Constraints whose meaning is a .NET parser; a route that uses one is refused at start."""

_FOREIGN_SYNTAX = ("(?P", r"\p{", r"\P{", "(?'", "(?#", r"\G", r"\Z", r"\z", r"\A", "-[")
_NAMED_GROUP = re.compile(r"\(\?<(?![=!])")


class BadConstraint(ValueError):
    """A constraint is unknown or its arguments are wrong; the real host does not start then."""


class NotImitated(ValueError):
    """The real host knows this feature of templates, and this host does not."""


class BrokenPattern(Exception):
    """A request reached a parameter whose ``regex`` is no regular expression; the host answers 500."""


def make_constraint(text: str) -> Constraint:
    """Return the check that *text*, e.g. ``range(5,10)``, stands for; its name may be in any case.

    Raises:
        BadConstraint: No such constraint, or not with these arguments.
        NotImitated: One that only the real host knows.
    """
    name, parenthesis, rest = text.partition("(")
    if not parenthesis or not text.endswith(")"):
        return _without_arguments(text)
    name, argument = name.lower(), rest[:-1]
    if name == "regex":
        return _pattern(argument)
    if name in _BY_NUMBERS:
        return _BY_NUMBERS[name](*_numbers(text, argument, most=2 if name in ("length", "range") else 1))
    return _without_arguments(text)


def _without_arguments(text: str) -> Constraint:
    name = text.lower()
    if name in NOT_IMITATED:
        raise NotImitated(f"the constraint '{text}'")
    if name not in _PLAIN:
        raise BadConstraint(f"the constraint '{text}' could not be resolved")
    return _PLAIN[name]


def _numbers(text: str, argument: str, *, most: int) -> list[int]:
    parts = argument.split(",")
    if len(parts) > most or not all(_ARGUMENT.fullmatch(part) for part in parts):
        raise BadConstraint(f"the constraint '{text}' has arguments of the wrong number or form")
    return [int(part) for part in parts]


def _integer_within(value: str, bounds: range) -> bool:
    return _INTEGER.fullmatch(value) is not None and int(value) in bounds


def _length(value: str) -> int:
    return len(value.encode("utf-16-le")) // 2  # .NET counts UTF-16 units


def _length_between(shortest: int, longest: int) -> Constraint:
    if not 0 <= shortest <= longest:
        raise BadConstraint(f"no length is between {shortest} and {longest}")
    return lambda value: shortest <= _length(value) <= longest


def _exact_or_between(first: int, last: int | None = None) -> Constraint:
    return _length_between(first, first if last is None else last)


def _at_least(lowest: int) -> Constraint:
    return lambda value: _integer_within(value, range(lowest, _INT64.stop))


def _at_most(highest: int) -> Constraint:
    return lambda value: _integer_within(value, range(_INT64.start, highest + 1))


def _between(lowest: int, highest: int | None = None) -> Constraint:
    if highest is None or lowest > highest:
        raise BadConstraint(f"no number is between {lowest} and {highest}")
    return lambda value: _integer_within(value, range(lowest, highest + 1))


def _pattern(text: str) -> Constraint:
    if any(sign in text for sign in _FOREIGN_SYNTAX) or _NAMED_GROUP.search(text):
        raise NotImitated(f"the regular expression '{text}'")
    try:
        pattern = re.compile(text, re.IGNORECASE)
    except re.error as error:
        return _broken(text, str(error))
    return lambda value: pattern.search(value) is not None


def _broken(text: str, reason: str) -> Constraint:
    def raise_broken(_: str) -> bool:
        raise BrokenPattern(f"regex '{text}': {reason}")

    return raise_broken


def _is_file(value: str) -> bool:
    name = value.rpartition("/")[2]
    return name.partition(".")[2].strip(".") != ""


_PLAIN: dict[str, Constraint] = {
    "int": lambda value: _integer_within(value, _INT32),
    "long": lambda value: _integer_within(value, _INT64),
    "bool": lambda value: value.strip("\0 \t\n\v\f\r").lower() in ("true", "false"),
    "guid": lambda value: _GUID.fullmatch(value.strip()) is not None,
    "alpha": lambda value: _LETTERS.search(value) is not None,
    "required": lambda value: value != "",
    "file": _is_file,
    "nonfile": lambda value: not _is_file(value),
}
_BY_NUMBERS: dict[str, Callable[..., Constraint]] = {
    "length": _exact_or_between,
    "minlength": lambda shortest: _length_between(shortest, _INT32.stop),
    "maxlength": lambda longest: _length_between(0, longest),
    "min": _at_least,
    "max": _at_most,
    "range": _between,
}
