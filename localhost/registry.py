"""All functions of a running app: what triggers each, which are refused and why, which are switched off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from localhost.functions import Function, HttpTrigger, TimerTrigger, UnknownTrigger
from localhost.ncrontab import BadSchedule
from localhost.routing import HttpRoute, RoutingTable, name_refusal
from localhost.settings import is_disabled
from localhost.timers import TimerPlan


@dataclass(frozen=True)
class Entry:
    """One function; either *template* (HTTP), *plan* (timer) or *error* is there."""

    function: Function
    template: str | None = None
    methods: tuple[str, ...] | None = None
    plan: TimerPlan | None = None
    error: str | None = None
    disabled: bool = False

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.name


@dataclass(frozen=True)
class Registry:
    """Entries in the order of their names, and the table that HTTP requests go by."""

    entries: Mapping[str, Entry]
    table: RoutingTable

    @classmethod
    def build(
        cls, functions: Iterable[Function], *, prefix: str | None, settings: Mapping[str, str], now: datetime
    ) -> Self:
        """Return the registry of *functions*.

        Raises:
            routing.HostDoesNotStart: A route stops the whole app.
        """
        ordered = sorted(functions, key=lambda function: function.name.upper())
        table = RoutingTable.build(
            [
                HttpRoute(function.name, function.trigger.route, function.trigger.methods)
                for function in ordered
                if isinstance(function.trigger, HttpTrigger)
            ],
            prefix,
        )
        entries = (_entry(function, table, settings, now) for function in ordered)
        return cls({entry.name: entry for entry in entries}, table)

    def find(self, name: str) -> Entry | None:
        """Return the entry of the function *name*, in any case."""
        return next((entry for entry in self.entries.values() if entry.name.lower() == name.lower()), None)


def _entry(function: Function, table: RoutingTable, settings: Mapping[str, str], now: datetime) -> Entry:
    disabled = is_disabled(function.name, settings)
    match function.trigger:
        case HttpTrigger(methods=methods) if error := table.refusals.get(function.name):
            return Entry(function, methods=methods, error=error, disabled=disabled)
        case HttpTrigger(methods=methods):
            template = next(route.text for route in table.routes if route.function == function.name)
            return Entry(function, template=template, methods=methods, disabled=disabled)
        case TimerTrigger() if error := name_refusal(function.name):
            return Entry(function, error=error, disabled=disabled)
        case TimerTrigger() as trigger:
            try:
                return Entry(function, plan=TimerPlan.of(trigger, settings, now), disabled=disabled)
            except BadSchedule as problem:
                return Entry(function, error=str(problem), disabled=disabled)
        case UnknownTrigger(types=types):
            error = f"This local host runs HTTP and timer triggers without further bindings, not: {', '.join(types)}."
            return Entry(function, error=error, disabled=disabled)
