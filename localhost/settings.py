"""What ``host.json``, ``local.settings.json`` and the environment say about the app."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_OVERRIDE = "AzureFunctionsJobHost__"
_READ_NAMES = (
    "extensions",
    "http",
    "routePrefix",
    "customHeaders",
    "maxConcurrentRequests",
    "maxOutstandingRequests",
)
_UNBOUNDED = -1
_DEFAULT_BODY_LIMIT = 104_857_600  # bytes


class BadSettings(Exception):
    """A settings file cannot be read; the message names the file and what is wrong."""


@dataclass(frozen=True)
class HostConfig:
    """What this host heeds of ``host.json``; a limit of ``None`` is none."""

    route_prefix: str | None = "api"
    custom_headers: Mapping[str, str] = field(default_factory=dict)
    max_concurrent_requests: int | None = None
    max_outstanding_requests: int | None = None


@dataclass(frozen=True)
class LocalSettings:
    """What ``local.settings.json`` holds: app settings, and the port to listen on if it names one."""

    values: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None


def read_host_config(app_dir: Path, environment: Mapping[str, str]) -> HostConfig:
    """Return the configuration in *app_dir*; ``AzureFunctionsJobHost__…`` variables override single values.

    Without a ``host.json`` everything has its default.

    Raises:
        BadSettings: The file is no JSON object, or a limit no number.
    """
    host = _read_object(app_dir / "host.json")
    for name, value in environment.items():
        if name.lower().startswith(_OVERRIDE.lower()):
            _put(host, name[len(_OVERRIDE) :].split("__"), value)
    http = _section(_section(host, "extensions"), "http")
    return HostConfig(
        route_prefix=http.get("routePrefix", "api"),
        custom_headers={name: str(value) for name, value in _section(http, "customHeaders").items()},
        max_concurrent_requests=_limit(http, "maxConcurrentRequests"),
        max_outstanding_requests=_limit(http, "maxOutstandingRequests"),
    )


def read_local_settings(path: Path) -> LocalSettings:
    """Return the settings in *path*; none if there is no such file.

    Raises:
        BadSettings: The file is no JSON object, is encrypted, or a value is no string.
    """
    document = _read_object(path)
    if document.get("IsEncrypted"):
        raise BadSettings(f"{path}: encrypted settings cannot be read; run `func settings decrypt`")
    values = _section(document, "Values")
    for name, value in values.items():
        if not isinstance(value, str):
            raise BadSettings(f"{path}: the value of {name} must be a string")
    return LocalSettings(values, _section(document, "Host").get("LocalHttpPort"))


@contextmanager
def in_environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set *values* in the process environment, and put back what was there at the end."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def is_disabled(function: str, environment: Mapping[str, str]) -> bool:
    """Whether ``AzureWebJobs.<function>.Disabled``, also with ``__`` for the periods, switches *function* off."""
    names = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs__{function}__Disabled")
    return any(environment.get(name, "").lower() in ("1", "true") for name in names)


def has_homepage(environment: Mapping[str, str]) -> bool:
    """Whether ``GET /`` shows a page where no function has it."""
    return environment.get("AzureWebJobsDisableHomepage", "").lower() != "true"


def body_limit(environment: Mapping[str, str]) -> int:
    """Return how many bytes a request body may have.

    Raises:
        BadSettings: ``FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`` is no number.
    """
    name = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"
    try:
        return int(environment.get(name) or _DEFAULT_BODY_LIMIT)
    except ValueError as error:
        raise BadSettings(f"{name} must be a number of bytes") from error


def _read_object(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadSettings(f"{path} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadSettings(f"{path} must hold a JSON object")
    return document


def _section(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = document.get(name)
    return section if isinstance(section, dict) else {}


def _limit(section: Mapping[str, Any], name: str) -> int | None:
    try:
        limit = int(section.get(name, _UNBOUNDED))
    except (TypeError, ValueError) as error:
        raise BadSettings(f"host.json: {name} must be a number") from error
    return None if limit == _UNBOUNDED else limit


def _put(document: dict[str, Any], path: list[str], value: str) -> None:
    """Set the member at *path* to *value*; names ignore case, as the real host's do."""
    *sections, last = path
    for section in sections:
        name = _known_name(document, section)
        if not isinstance(document.get(name), dict):
            document[name] = {}
        document = document[name]
    document[_known_name(document, last)] = value


def _known_name(document: Mapping[str, Any], name: str) -> str:
    known = (*document, *_READ_NAMES)
    return next((spelling for spelling in known if spelling.lower() == name.lower()), name)
