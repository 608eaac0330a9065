"""What an engineer is to do about a refused request, told from the request itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simulator.protocol import JsonObject


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, for the report."""

    method: str
    url: str
    body: Any
    status: int
    answer: str


def advice_on(exchange: Exchange) -> str:
    """Return what to do about the status of *exchange*, which is not the one that was due."""
    if exchange.status == 401:
        return "Check the token."
    if exchange.status >= 500:
        return "Look at the service provider's log."
    match exchange.method:
        case "GET" if exchange.status == 404:
            return "A query without a hit must answer 200 with an empty ListResponse; 404 leads to quarantine."
        case "POST" if exchange.status == 201:
            return "Refuse a second resource with the same userName or displayName with 409."
        case "POST":
            return "Take free text everywhere, URNs that are not known, and booleans as text."
        case "PATCH":
            forms = list(dict.fromkeys(_forms(exchange.body.get("Operations") or ())))
            return f"Take {', '.join(forms)}." if forms else "Take the operations as they are sent."
    return "Take the request as it is sent: it is in the report."


def _forms(operations: Iterable[JsonObject]) -> Iterator[str]:
    """Yield what is unusual in *operations*: a service provider that refuses them objects to one of these."""
    for operation in operations:
        path, value = operation.get("path") or "", operation.get("value")
        if path.endswith(":manager") and not isinstance(value, dict):
            yield "the manager's id as bare text, and empty text as its removal"
        if "[" in path and operation["op"].lower() != "remove":
            yield "a value filter that matches nothing as the order to make that element"
        if value in ("True", "False") or (value is not None and path.startswith("roles[primary")):
            yield "booleans as text"
        if operation["op"].lower() == "remove" and value is not None:
            yield "a removal with a list of values as the removal of those alone"
        if not path:
            yield "names with dots and URNs in an operation without path"
        if value is None and operation["op"].lower() != "remove":
            yield "null as the removal of the value"
        if not operation["op"].islower():
            yield "verbs in any letter case"
