"""The host's own paths under ``/admin``: what runs, whether it runs, and running a timer by hand."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from localhost.http_responses import Answer
from localhost.registry import Entry, Registry


@dataclass(frozen=True)
class AdminRequest:
    """What the admin paths look at; *path* is decoded, *host* and *content_type* are header values or empty.

    The body is read only for a path that has a use for it.
    """

    method: str
    path: str
    host: str
    content_type: str
    read_body: Callable[[], Awaitable[bytes]]


async def answer_admin(request: AdminRequest, registry: Registry, run_timer: Callable[[str], None]) -> Answer | None:
    """Return the answer of an admin path, ``None`` if *request* has none.

    Args:
        request: Any request.
        registry: The functions of the app.
        run_timer: Starts a run of a timer function, by its name, and returns at once.
    """
    method = request.method.upper()
    match request.path.strip("/").split("/"):
        case [admin, *rest] if admin.lower() == "admin":
            match [method, *(part.lower() for part in rest[:1]), *rest[1:]]:
                case ["GET" | "POST", "host", "ping"]:
                    return Answer(HTTPStatus.OK)
                case ["GET", "host", "status"]:
                    return Answer.of_json({"id": "localhost", "state": "Running", "errors": _errors(registry)})
                case ["GET", "functions"]:
                    return Answer.of_json([_describe(entry, request.host) for entry in registry.entries.values()])
                case ["GET", "functions", name, *status] if status in ([], ["status"]):
                    return _answer_one(registry.find(name), request.host, status=bool(status))
                case ["POST", "functions", name]:
                    return await _run(registry.find(name), request, run_timer)
    return None


def _errors(registry: Registry) -> list[str]:
    return [f"{entry.name}: {entry.error}" for entry in registry.entries.values() if entry.error]


def _describe(entry: Entry, host: str) -> dict[str, Any]:
    return {
        "name": entry.name,
        "language": "python",
        "isDisabled": entry.disabled,
        "invoke_url_template": None if entry.template is None else f"http://{host}/{entry.template.lstrip('/')}",
        "config": {"bindings": entry.function.bindings},
    }


def _answer_one(entry: Entry | None, host: str, *, status: bool) -> Answer:
    if entry is None:
        return Answer(HTTPStatus.NOT_FOUND)
    if status:
        return Answer.of_json({"isDisabled": entry.disabled, "errors": [entry.error] if entry.error else []})
    return Answer.of_json(_describe(entry, host))


async def _run(entry: Entry | None, request: AdminRequest, run_timer: Callable[[str], None]) -> Answer:
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        return Answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if not _is_object(await request.read_body()):
        return Answer.of_json(
            {"message": 'the body must be a JSON object such as {"input": ""}'}, HTTPStatus.BAD_REQUEST
        )
    if entry is None:
        return Answer(HTTPStatus.NOT_FOUND)
    if entry.plan is None:
        message = entry.error or "this local host runs only timer functions by hand; send the HTTP request itself"
        return Answer.of_json({"message": message}, HTTPStatus.BAD_REQUEST)
    run_timer(entry.name)
    return Answer(HTTPStatus.ACCEPTED)


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
