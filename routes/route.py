"""What a route is: a name that decides the order of matching, a template, and the handler behind it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel

from domain.access.administration import Office
from domain.access.rates import Rates
from domain.access.signin import Caller, Doorkeeper
from domain.history.logbook import Logbook
from domain.maintenance import Report
from domain.model import Account
from domain.native.ports import NativeStore
from domain.native.sso import SsoStore
from domain.notifying.announcing import Announcing
from domain.writing import Desk
from routes.http import Request, Response

SCIM_BASE = "scim/account/{account}"


@dataclass(frozen=True, slots=True)
class Services:
    """What handlers work with; made by ``wiring.py``, one in a process.  *public_url* is where clients reach us,
    *maintain* is one run of the timer, *rates* are how fast callers may be, *office* is where access is administered,
    *reach_storage* returns if the storage answers,
    *operator_key* the SHA-256 of the key that opens accounts over HTTP, empty where none does.
    """

    desk: Desk
    native: NativeStore
    logbook: Logbook
    sso: SsoStore
    announcing: Announcing
    doorkeeper: Doorkeeper
    public_url: str
    maintain: Callable[[], Awaitable[Report]]
    reach_storage: Callable[[], Awaitable[None]]
    rates: Rates
    office: Office
    operator_key: str = field(default="", repr=False)

    def base_url(self, caller: Caller) -> str:
        """The SCIM base URL of the caller's account: locations begin with it, never with a header of the request."""
        return f"{self.public_url}/{SCIM_BASE.format(account=caller.account.id)}"


NOBODY = Caller(Account("", "", datetime.min.replace(tzinfo=UTC), ""), "", frozenset())
"""Who calls a public route: of no account, and with no permission."""

type Guard = Callable[[Services, Request], None]
type Locator = Callable[[Services, Caller, Request], Awaitable[str]]
type Handler = Callable[[Services, Caller, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    ``name`` is the function's: the host tries functions in the alphabetical order of their upper-cased names, not by
    how specific their templates are (azure.md §3.2).  ``needs`` are the permissions; without any a valid token is
    enough.  They are needed at the account, or where ``scope`` is said at the place below it that this finds, as
    ``org`` or ``org/project``; it may raise RecordNotFound.  ``reads_body`` says whether a JSON body is required.
    ``public`` routes take no token: their caller is `NOBODY`, and ``guard`` raises where they are for somebody
    nevertheless.  ``reads_form`` says that the handler gets the body as bytes.

    ``takes``, ``asks`` and ``gives`` are the models of body, query and answer, where they are no SCIM resources:
    ``/openapi.json`` tells them, the handler reads by them.  ``also`` are media types that it answers with beside JSON.
    """

    name: str
    method: str
    template: str
    handler: Handler
    needs: frozenset[str] = field(default_factory=frozenset)
    scope: Locator | None = field(default=None, kw_only=True)
    reads_body: bool = False
    public: bool = False
    guard: Guard | None = None
    reads_form: bool = False
    takes: type[BaseModel] | None = None
    asks: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    also: tuple[str, ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods; HEAD is a GET whose body the host leaves out (azure.md §3.3)."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    @property
    def literals(self) -> int:
        """How many segments of the template are literal: the more, the closer a path is meant by it."""
        return sum(not part.startswith("{") for part in self.template.split("/"))

    def has_path(self, path: str) -> bool:
        """Whether *path* fits the template, whatever the method; literals know no letter case, as in the host."""
        segments, wanted = path.strip("/").split("/"), self.template.split("/")
        return len(segments) == len(wanted) and all(
            given if part.startswith("{") else given.lower() == part.lower()
            for given, part in zip(segments, wanted, strict=True)
        )
