"""What the host is told: which functions there are, and that it will try them in an order that is right.

The host tries functions by their upper-cased names, whatever their templates are (azure.md §3.2).
"""

import json
import re
import runpy
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from routes.azure_http import FALLBACK
from routes.table import ROUTES

_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Served:
    """An HTTP function as the host knows it; without methods it takes every method."""

    name: str
    route: str
    methods: frozenset[str]
    level: str = "ANONYMOUS"

    @property
    def segments(self) -> list[str]:
        return self.route.lower().split("/")


@cache
def _triggers() -> dict[str, dict[str, Any]]:
    """The trigger of each function by its name; an app of its own, since it gives its functions only once."""
    app = runpy.run_path(str(_ROOT / "function_app.py"))["app"]
    return {each.get_function_name(): json.loads(each.get_raw_bindings()[0]) for each in app.get_functions()}


def _served() -> list[Served]:
    """The HTTP functions in the order in which the host tries them."""
    functions = (
        Served(name, each["route"], frozenset(each.get("methods", ())), each["authLevel"])
        for name, each in _triggers().items()
        if each["type"] == "httpTrigger"
    )
    return sorted(functions, key=lambda each: each.name.upper())


def overlap(one: Served, other: Served) -> bool:
    """Whether some request fits both."""
    if one.methods and other.methods and not one.methods & other.methods:
        return False
    return _fit(one.segments, other.segments)


def _fit(one: list[str], other: list[str]) -> bool:
    """Whether some path fits both; a catch-all fits any rest, also none."""
    if (one and "*" in one[0]) or (other and "*" in other[0]) or (not one and not other):
        return True
    if not one or not other:
        return False
    return (one[0] == other[0] or "{" in one[0] + other[0]) and _fit(one[1:], other[1:])


def specificity(route: Served) -> list[int]:
    """Less is more specific: a literal before a parameter before a catch-all, segment by segment."""
    return [2 if "*" in each else 1 if each.startswith("{") else 0 for each in route.segments]


def misplaced(routes: list[Served]) -> list[tuple[str, str]]:
    """The pairs of functions of which the first takes requests that are meant for the second."""
    pairs = combinations(routes, 2)
    return [(a.name, b.name) for a, b in pairs if overlap(a, b) and specificity(a) >= specificity(b)]


def test_more_specific_route_comes_first() -> None:
    """In the order that the host tries them, no function takes another's requests."""
    assert misplaced(_served()) == []


def _get(name: str, route: str, *methods: str) -> Served:
    return Served(name, route, frozenset(methods or ("GET",)))


def _any(name: str, route: str) -> Served:
    return Served(name, route, frozenset())


@pytest.mark.parametrize(
    ("first", "second", "wrong"),
    [
        (_get("a", "Users/{id}"), _get("b", "Users/.search"), True),
        (_get("a", "Users/.search"), _get("b", "Users/{id}"), False),
        (_get("a", "Users/{id}", "GET"), _get("b", "Users/.search", "POST"), False),
        (_get("a", "{*path}"), _get("b", "Users/{id}"), True),
        (_any("a", "{*path}"), _get("b", "a/b/c/d"), True),
        (_get("a", "Users/{id}"), _get("b", "{*path}"), False),
        (_get("a", "Schemas/{*uri}"), _get("b", "schemas"), True),  # it takes an empty rest too
        (_get("a", "Schemas"), _get("b", "Schemas/{*uri}"), False),
        (_get("a", "Schemas/{id}"), _get("b", "schemas"), False),
        (_get("a", "Users/{id}"), _get("b", "users/{key}"), True),  # the same route twice
        (_get("a", "Users/{id}"), _get("b", "Groups/{id}"), False),
    ],
)
def test_wrong_order_is_found(first: Served, second: Served, wrong: bool) -> None:
    """The check above tells a right order from a wrong one."""
    assert bool(misplaced([first, second])) is wrong


def test_fallback_comes_last() -> None:
    """It takes every path and every method, so it must be the last that the host tries."""
    last = _served()[-1]
    assert last == Served(FALLBACK, "{*path}", frozenset())


def test_every_route_is_anonymous() -> None:
    """Clients send bearer tokens and no keys of the host; the check is ours."""
    assert {each.level for each in _served()} == {"ANONYMOUS"}


def test_no_route_is_reserved() -> None:
    """The host refuses routes that begin with admin or runtime, and starts with no route that begins with a slash."""
    assert [each.route for each in _served() if re.match(r"/|admin|runtime", each.route, re.IGNORECASE)] == []


def test_names_are_valid() -> None:
    """A letter, then letters, digits, ``_`` and ``-``; no two alike but for letter case; not the host's own."""
    names = list(_triggers())
    assert [each for each in names if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,127}", each)] == []
    assert len({each.lower() for each in names} - {"host"}) == len(names)


def test_every_operation_is_a_function() -> None:
    """The host knows all routes of the table, the fallback, and no others."""
    told = {(each.name, each.route, each.methods) for each in _served()[:-1]}
    assert told == {(each.name, each.template, frozenset(each.methods)) for each in ROUTES}


def test_what_can_be_read_can_be_headed() -> None:
    """HEAD is not implied by GET; the host would answer an empty 404 (azure.md §3.2)."""
    assert [each.name for each in _served() if ("GET" in each.methods) is not ("HEAD" in each.methods)] == []


def test_templates_are_plain() -> None:
    """A parameter stands for a whole segment and once, since an invalid template keeps the whole app from starting."""
    for each in _served():
        parameters = [part for part in each.segments if "{" in part]
        assert all(re.fullmatch(r"\{\*?[a-z]+\}", part) for part in parameters)
        assert len(set(parameters)) == len(parameters)


def test_maintenance_is_a_timer() -> None:
    """Its schedule is a setting, and the host remembers when it ran."""
    timer = _triggers()["maintenance"]
    assert (timer["type"], timer["schedule"]) == ("timerTrigger", "%MAINTENANCE_SCHEDULE%")
    assert timer["useMonitor"] is True


def test_settings_sample_names_the_schedule() -> None:
    """An app whose timer names a setting that is missing does not start."""
    sample = json.loads((_ROOT / "local.settings.sample.json").read_text("utf-8"))
    assert "MAINTENANCE_SCHEDULE" in sample["Values"]


def test_host_adds_no_prefix() -> None:
    """The templates are whole paths."""
    host = json.loads((_ROOT / "host.json").read_text("utf-8"))
    assert host["extensions"]["http"]["routePrefix"] == ""
