"""The functions of an app as the worker describes them: a name, an id, and what triggers them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class HttpTrigger:
    """An HTTP request; *route* and *methods* as written, ``None`` where nothing is."""

    parameter: str
    route: str | None
    methods: tuple[str, ...] | None


@dataclass(frozen=True)
class TimerTrigger:
    """A schedule, not yet parsed: it may name app settings between percent signs."""

    parameter: str
    schedule: str
    run_on_startup: bool
    use_monitor: bool


@dataclass(frozen=True)
class UnknownTrigger:
    """Something that this host cannot set off; *types* are the types of all bindings of the function."""

    parameter: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    """One function; *bindings* are the worker's description of its trigger and of what goes in and out."""

    name: str
    function_id: str
    trigger: HttpTrigger | TimerTrigger | UnknownTrigger
    bindings: tuple[Mapping[str, Any], ...]


class Metadata(Protocol):
    """What is read of the worker's description of a function."""

    name: str
    function_id: str
    raw_bindings: Iterable[str]


def read_function(metadata: Metadata) -> Function:
    """Return the function that *metadata* describes."""
    bindings = tuple(json.loads(text) for text in metadata.raw_bindings)
    return Function(metadata.name, metadata.function_id, _read_trigger(bindings), bindings)


def _read_trigger(bindings: tuple[Mapping[str, Any], ...]) -> HttpTrigger | TimerTrigger | UnknownTrigger:
    match [binding for binding in bindings if binding.get("type") != "http"]:
        case [{"type": "httpTrigger"} as trigger]:
            methods = trigger.get("methods")
            return HttpTrigger(trigger["name"], trigger.get("route"), None if methods is None else tuple(methods))
        case [{"type": "timerTrigger"} as trigger]:
            return TimerTrigger(
                trigger["name"],
                trigger["schedule"],
                run_on_startup=bool(trigger.get("runOnStartup")),
                use_monitor=trigger.get("useMonitor") is not False,
            )
    return UnknownTrigger("", tuple(str(binding.get("type")) for binding in bindings))
