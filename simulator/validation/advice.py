"""What an engineer is to do about a refused request, told from the request itself."""

from dataclasses import dataclass
from typing import Any

from simulator.oddities import oddities_of


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, for the report; ``path`` is what stands after the tenant URL."""

    method: str
    url: str
    path: str
    body: Any
    status: int
    answer: str


def advice_on(exchange: Exchange) -> str:
    """Return what to do about the status of *exchange*, which is not the one that was due."""
    if exchange.status in _BY_STATUS:
        return _BY_STATUS[exchange.status]
    if exchange.status >= 500:
        return "Look at the service provider's log."
    match exchange.method:
        case "GET" if exchange.status == 404:
            return "A query without a hit must answer 200 with an empty ListResponse; 404 leads to quarantine."
        case "POST" if exchange.status == 201:
            return "Refuse a second resource with the same userName or displayName with 409."
        case "POST" if exchange.status == 409:
            return "Such a resource is there already, perhaps from a run that was broken off: take another seed."
        case "POST" | "PATCH":
            return f"Take {oddities_of(exchange.body) or 'the request as it is sent: it is in the report'}."
    return "Take the request as it is sent: it is in the report."


_BY_STATUS = {
    401: "Check the token.",
    403: "Give the token the right to read and write users and groups.",
    405: "The service provider must support this method on this resource.",
    429: "Allow at least 25 requests a second.",
}
