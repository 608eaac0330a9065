"""The checks that a case makes of one answer; README.md beside this file explains every operator."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

type Check = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``json`` is None where there is no body, or none that is JSON.  Header names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str
    json: Any
    milliseconds: float


class _Missing:
    def __repr__(self) -> str:
        return "<absent>"


MISSING: Final = _Missing()


def resolve(document: Any, pointer: str) -> Any:
    """The value at a JSON Pointer (RFC 6901), or MISSING."""
    value = document
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value


def same(actual: Any, wanted: Any) -> bool:
    """JSON equality: true is not 1, and "1" is not 1."""
    if isinstance(actual, bool) or isinstance(wanted, bool):
        return actual is wanted
    if isinstance(actual, dict) and isinstance(wanted, dict):
        return actual.keys() == wanted.keys() and all(same(actual[key], wanted[key]) for key in wanted)
    if isinstance(actual, list) and isinstance(wanted, list):
        return len(actual) == len(wanted) and all(map(same, actual, wanted))
    return bool(actual == wanted)


def covers(actual: Any, wanted: Any) -> bool:
    """Whether *actual* holds at least what *wanted* says; lists are compared as sets of covered elements."""
    if isinstance(wanted, dict):
        return isinstance(actual, dict) and all(
            key in actual and covers(actual[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(actual, list)
            and len(actual) >= len(wanted)
            and all(any(covers(candidate, value) for candidate in actual) for value in wanted)
        )
    return same(actual, wanted)


def failures(check: Check, answer: Answer) -> Iterator[str]:
    """What in *check* does not hold for *answer*, one text each."""
    place, value = _found(check, answer)
    why = f" ({check['why']})" if "why" in check else ""
    for operator in operators_of(check):
        if not _TESTS[operator](value, check[operator]):
            yield f"{place} should {_phrase(operator, check[operator])}, is {_short(value)}{why}"
    if "same_as" in check:
        other = resolve(answer.json, check["same_as"])
        if value is MISSING or not same(value, other):
            yield f"{place} should equal {check['same_as']} ({_short(other)}), is {_short(value)}{why}"


def operators_of(check: Check) -> set[str]:
    """The operators that a check uses, known or not."""
    return set(check) - _WHERE


def known_operators() -> set[str]:
    return set(_TESTS)


def _found(check: Check, answer: Answer) -> tuple[str, Any]:
    if "header" in check:
        return f"header {check['header']}", answer.headers.get(check["header"].lower(), MISSING)
    place, value = check["at"] or "the body", resolve(answer.json, check["at"])
    if "pluck" not in check:
        return place, value
    plucked = [resolve(item, check["pluck"]) for item in value] if isinstance(value, list) else MISSING
    return f"{place}/*{check['pluck']}", plucked


def _is_unassigned(value: Any) -> bool:
    """Absent, null and the empty list are the same state (RFC 7643 §2.5)."""
    return value is MISSING or value is None or value == []


def _is_null_free(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_null_free, value.values()))
    if isinstance(value, list):
        return all(map(_is_null_free, value))
    return value is not None


def _in_order(values: Any, order: str) -> bool:
    if not isinstance(values, list) or MISSING in values:
        return False
    folded = [value.casefold() if isinstance(value, str) else value for value in values]
    return folded == sorted(folded, reverse=order == "descending")


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list | str | dict) else -1


def _has(container: Any, item: Any) -> bool:
    if isinstance(container, str):
        return str(item) in container
    return any(same(value, item) for value in _items(container))


def _covering(value: Any, wanted: Any) -> int:
    """How many elements cover *wanted*."""
    return sum(covers(item, wanted) for item in _items(value))


def _is_a(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


_TYPES: dict[str, type] = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "exists": lambda value, wanted: (value is not MISSING) is wanted,
    "unassigned": lambda value, wanted: _is_unassigned(value) is wanted,
    "blank": lambda value, wanted: (_is_unassigned(value) or value == "") is wanted,
    "null_free": lambda value, wanted: _is_null_free(value) is wanted,
    "equals": same,
    "differs": lambda value, wanted: not same(value, wanted),
    "iequals": lambda value, wanted: isinstance(value, str) and value.casefold() == str(wanted).casefold(),
    "type": _is_a,
    "contains": _has,
    "lacks": lambda value, wanted: not _has(value, wanted),
    "covers": covers,
    "some": lambda value, wanted: _covering(value, wanted) > 0,
    "none": lambda value, wanted: _covering(value, wanted) == 0,
    "at_most_one": lambda value, wanted: _covering(value, wanted) <= 1,
    "each": lambda value, wanted: isinstance(value, list) and _covering(value, wanted) == len(value),
    "length": lambda value, wanted: _length(value) == wanted,
    "min_length": lambda value, wanted: _length(value) >= wanted,
    "max_length": lambda value, wanted: 0 <= _length(value) <= wanted,
    "min": lambda value, wanted: _is_a(value, "integer") and value >= wanted,
    "max": lambda value, wanted: _is_a(value, "integer") and value <= wanted,
    "matches": lambda value, wanted: isinstance(value, str) and re.search(wanted, value) is not None,
    "one_of": lambda value, wanted: any(same(value, candidate) for candidate in wanted),
    "same_set": lambda value, wanted: isinstance(value, list) and sorted(map(repr, value)) == sorted(map(repr, wanted)),
    "sorted": _in_order,
    "unique": lambda value, wanted: (_length(value) == len({repr(item) for item in _items(value)})) is wanted,
}

_WHERE = {"at", "header", "pluck", "why", "same_as"}


def _phrase(operator: str, wanted: Any) -> str:
    if operator in ("exists", "unassigned"):
        positive = {"exists": "be present", "unassigned": "be unassigned"}[operator]
        return positive if wanted else f"not {positive}"
    return f"{operator.replace('_', ' ')} {_short(wanted)}"


def _short(value: Any, limit: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
