"""Which function a request reaches: functions in the order of their names, the first whose template and method fit."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from localhost.constraints import NotImitated
from localhost.templates import BadTemplate, Template, Values

_FUNCTION_NAME = re.compile(r"(?!host$)[a-z][a-z0-9_-]{0,127}", re.IGNORECASE | re.ASCII)
_RESERVED_STARTS = ("admin", "runtime")


class HostDoesNotStart(Exception):
    """Something in the app stops the whole host; *function* is the name of the culprit, if it is one function."""

    def __init__(self, message: str, *, function: str | None = None) -> None:
        super().__init__(message)
        self.function = function


@dataclass(frozen=True)
class HttpRoute:
    """How a function wants to be reached; no *route* means its name, no *methods* (``None``) every method."""

    function: str
    route: str | None
    methods: tuple[str, ...] | None

    @property
    def path(self) -> str:
        """The route without the prefix of the app."""
        return self.route if self.route and self.route.strip() else self.function


@dataclass(frozen=True)
class Mapped:
    """A route in the table; *methods* are upper case, ``None`` for every method."""

    function: str
    text: str
    template: Template
    methods: frozenset[str] | None


@dataclass(frozen=True)
class Match:
    """The function that a request reaches, with the route values that the worker is given."""

    function: str
    values: dict[str, str]


@dataclass(frozen=True)
class RoutingTable:
    """All routes of an app in the order they are tried; *refusals* says per function why it has none."""

    routes: tuple[Mapped, ...]
    refusals: dict[str, str]

    @classmethod
    def build(cls, routes: Iterable[HttpRoute], prefix: str | None) -> Self:
        """Return the table of *routes* under *prefix*; a function that the host refuses is left out, the rest runs.

        Raises:
            HostDoesNotStart: A template is invalid or uses what this host does not imitate, or two names
                differ in case only.
        """
        accepted: list[HttpRoute] = []
        refusals: dict[str, str] = {}
        for route in sorted(routes, key=lambda route: route.function.upper()):
            if error := _refusal(route, accepted):
                refusals[route.function] = error
            else:
                accepted.append(route)
        _check_unique_names(accepted)
        return cls(tuple(_map(route, prefix) for route in accepted), refusals)

    def match(self, method: str, path: str) -> Match | None:
        """Return what *method* (any case) on the decoded *path* reaches.

        Raises:
            BrokenPattern: A ``regex`` that is none had to be asked.
        """
        method = method.upper()
        for route in self.routes:
            if route.methods is not None and method not in route.methods:
                continue
            if (values := route.template.match(path)) is not None:
                return Match(route.function, _given(values))
        return None


def name_refusal(function: str) -> str | None:
    """Return why the host refuses a function of the name *function*, ``None`` if it does not."""
    return None if _FUNCTION_NAME.fullmatch(function) else f"'{function}' is not a valid function name."


def _given(values: Values) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _refusal(route: HttpRoute, accepted: Sequence[HttpRoute]) -> str | None:
    if error := name_refusal(route.function):
        return error
    if route.path.removeprefix("/").lower().startswith(_RESERVED_STARTS):
        return "The specified route conflicts with one or more built in routes."
    for earlier in accepted:
        if _conflict(earlier, route):
            return f"The route specified conflicts with the route defined by function '{earlier.function}'."
    return None


def _conflict(one: HttpRoute, other: HttpRoute) -> bool:
    if one.path.strip("/").upper() != other.path.strip("/").upper():
        return False
    # with case here, and without when a request comes in: the host does the same
    return not one.methods or not other.methods or not set(one.methods).isdisjoint(other.methods)


def _check_unique_names(routes: Iterable[HttpRoute]) -> None:
    names: set[str] = set()
    for route in routes:
        if route.function.upper() in names:
            raise HostDoesNotStart(f"Another function has the name '{route.function}' in other letter case.")
        names.add(route.function.upper())


def _map(route: HttpRoute, prefix: str | None) -> Mapped:
    text = f"{prefix}/{route.path}" if prefix else route.path
    methods = None if route.methods is None else frozenset(method.upper() for method in route.methods)
    try:
        return Mapped(route.function, text, Template.parse(text), methods)
    except BadTemplate as error:
        raise HostDoesNotStart(
            f"The route '{text}' of function '{route.function}' is invalid: {error}.", function=route.function
        ) from error
    except NotImitated as error:
        raise HostDoesNotStart(
            f"The route '{text}' of function '{route.function}' uses {error}, "
            "which the real host knows and this local host does not imitate.",
            function=route.function,
        ) from error
