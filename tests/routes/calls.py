"""The registered functions called as the host calls them, over stores in memory."""

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import azure.functions as func

from domain.access import tokens
from domain.access.admin_guard import PolicyGuard
from domain.access.administration import Office, first_holdings
from domain.access.principals import ADMIN, PROVISIONING, Principal
from domain.access.rates import Rates
from domain.access.signin import Doorkeeper
from domain.history.attempts import Attempts
from domain.history.logbook import Logbook
from domain.maintenance import Report
from domain.notifying.announcing import Announcing
from domain.notifying.events import Herald
from domain.writing import Desk
from routes.azure_http import register
from routes.http import Request
from routes.route import SCIM_BASE, Services
from routes.table import ROUTES
from tests.domain.builders import NOW, OTHER_SEAL_KEY, Pauses, StoppedClock, make_account
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_log import MemoryLedger, MemoryLog
from tests.memory_native import MemoryNative
from tests.memory_notices import MemoryChannels, MemoryEvents, MemorySender
from tests.memory_policies import MemoryPolicies
from tests.memory_sso import MemorySso

PUBLIC_URL = "https://rollcall.example"
SCIM_ROUTES = tuple(each for each in ROUTES if each.template.startswith((SCIM_BASE, "openapi.json")))
"""Those whose errors are told in the words of SCIM."""
BASE = f"{PUBLIC_URL}/scim/account/acme"
REQUEST_ID = "5f2d0c1e-request"


def make_request(method: str = "GET", path: str = "/", **options: Any) -> Request:
    """A request as our handlers see it."""
    return Request(REQUEST_ID, method, path, **options)


@dataclass(frozen=True)
class Answer:
    """What the host would send."""

    status: int
    headers: dict[str, str]
    content: bytes
    media_type: str | None

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        """Which problem it is; checks on the way that it is a problem of its status (RFC 9457)."""
        body = self.json
        assert self.media_type == "application/problem+json"
        assert body["status"] == self.status
        assert body["type"] == f"urn:rollcall:problem:{body['code'].lower().replace('_', '-')}"
        assert body["title"]
        assert body["detail"]
        assert body["correlationId"] == REQUEST_ID
        return cast(str, body["code"])

    @property
    def scim_type(self) -> str | None:
        """What kind of error it is; checks on the way that it is a SCIM error of its status."""
        body = self.json
        assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert body["status"] == str(self.status)
        assert body["detail"]
        return cast(str | None, body.get("scimType"))


@dataclass(frozen=True)
class Context:
    """What of the host's context our functions use."""

    invocation_id: str = REQUEST_ID


@dataclass
class _Function:
    name: str
    methods: frozenset[str]
    template: list[str]
    run: Any

    def parameters(self, path: str) -> dict[str, str] | None:
        """The values of the route's parameters, or None where *path* does not fit."""
        if self.template == ["{*path}"]:
            return {"path": path}
        segments = path.split("/")
        if len(segments) != len(self.template):
            return None
        pairs = list(zip(self.template, segments, strict=True))
        if any(not part.startswith("{") and part.lower() != given.lower() for part, given in pairs):
            return None
        return {part[1:-1]: given for part, given in pairs if part.startswith("{")}


@dataclass
class Api:
    """The functions over memory, with the account ``acme`` and its token."""

    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    clock: StoppedClock = field(default_factory=StoppedClock)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    channels: MemoryChannels = field(default_factory=MemoryChannels)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    sender: MemorySender = field(default_factory=MemorySender)
    unreachable: Exception | None = None
    attempts: Attempts = field(default_factory=Attempts)
    policies: MemoryPolicies = field(init=False)
    keeper: Doorkeeper = field(init=False)
    rates: Rates = field(init=False)
    operator_key: str = ""
    token: str = ""
    admin_token: str = ""
    functions: list[_Function] = field(default_factory=list)
    native: MemoryNative = field(init=False)
    sso: MemorySso = field(default_factory=MemorySso)

    def __post_init__(self) -> None:
        self.native = MemoryNative(self.directory)
        self.policies = MemoryPolicies(self.accounts, self.directory, self.native)
        self.keeper = Doorkeeper(self.policies, self.clock)
        self.rates = Rates(self.clock)

    async def open(self) -> None:
        """Register the functions, and open two accounts."""
        for account in (make_account("acme"), make_account("other", seal_key=OTHER_SEAL_KEY)):
            await self.accounts.create_account(account)
            await self.policies.add(account.id, *first_holdings(NOW))
        self.token = await self.issue()
        self.admin_token = await self.issue(owner=ADMIN)
        app = func.FunctionApp()
        register(app, ROUTES, self.services)
        self.functions = sorted(map(_read, app.get_functions()), key=lambda each: each.name.upper())

    async def reach(self) -> None:
        """The storage answers, unless it is told otherwise."""
        if self.unreachable is not None:
            raise self.unreachable

    def announcing(self) -> Announcing:
        """Channels in memory, and what was sent."""
        herald = Herald(MemoryLog(self.directory), self.events, self.sender, self.clock)
        return Announcing(self.channels, self.sender, herald, self.directory, self.clock)

    def services(self) -> Services:
        guard = PolicyGuard(self.policies, self.directory)
        desk = Desk(self.directory, self.clock, pause=Pauses(), attempts=self.attempts, guard=guard)
        return Services(
            desk=desk,
            native=self.native,
            logbook=Logbook(MemoryLog(self.directory), self.ledger),
            sso=self.sso,
            announcing=self.announcing(),
            doorkeeper=self.keeper,
            public_url=PUBLIC_URL,
            maintain=_no_maintenance,
            reach_storage=self.reach,
            rates=self.rates,
            office=Office(self.accounts, self.policies, self.directory, self.native, self.clock, self.keeper.forget),
            operator_key=self.operator_key,
        )

    async def issue(
        self, account: str = "acme", permissions: frozenset[str] | None = None, owner: Principal = PROVISIONING
    ) -> str:
        """The text of a new token, which may do what its owner may, or only some of it."""
        issued = tokens.issue(account, "x", now=NOW, owner=owner, permissions=permissions)
        await self.policies.add(account, issued.token)
        return issued.text

    async def allow(self, **settings: Any) -> None:
        """Change settings of the account; whoever is remembered is forgotten."""
        account = await self.accounts.get_account("acme")
        changed = dataclasses.replace(account.settings, **settings)
        await self.accounts.replace_account(dataclasses.replace(account, settings=changed))
        self.clock.move(minutes=2)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        account: str = "acme",
        **headers: str,
    ) -> Answer:
        """The answer to a request on *path* below the account's base; *body* is bytes, or sent as JSON.

        Header names are written with ``_``, as ``If_Match``.
        """
        return await self._ask(method, f"scim/account/{account}{path}", body, token, headers)

    async def manage(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        account: str = "acme",
        **headers: str,
    ) -> Answer:
        """As `call`, below the account's base in the manager API, for an Account Admin."""
        shown = self.admin_token if token is None else token
        return await self._ask(method, f"manager/account/{account}{path}", body, shown, headers)

    async def _ask(self, method: str, path: str, body: Any, token: str | None, headers: dict[str, str]) -> Answer:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {self.token if token is None else token}"}
        sent |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
        return await self.send(method, f"{PUBLIC_URL}/{path}", content, sent)

    async def post_form(self, form: str, account: str = "acme", **headers: str) -> Answer:
        """The answer of the token endpoint of *account*."""
        sent = {"content-type": "application/x-www-form-urlencoded"} | headers
        return await self.send("POST", f"{PUBLIC_URL}/oauth2/account/{account}/token", form.encode(), sent)

    async def send(self, method: str, url: str, content: bytes, headers: dict[str, str]) -> Answer:
        """The answer of the first function that fits, in the order of the host."""
        parts = urlsplit(url)
        path = unquote(parts.path).strip("/")
        for function in self.functions:
            values = function.parameters(path)
            if values is None or (function.methods and method not in function.methods):
                continue
            params = dict(parse_qsl(parts.query))
            request = func.HttpRequest(method, url, headers=headers, params=params, route_params=values, body=content)
            response = await function.run(request, Context())
            return Answer(response.status_code, dict(response.headers), response.get_body(), response.mimetype)
        raise LookupError(f"{method} {path} fits no function")

    async def create_user(self, user_name: str = "ann@contoso.example", **attributes: Any) -> Any:
        """A new user as the answer shows it."""
        return (await self.call("POST", "/Users", user_body(user_name, **attributes))).json

    async def create_group(self, name: str = "Finance", *members: str) -> Any:
        """A new group as the answer shows it."""
        return (await self.call("POST", "/Groups", group_body(name, *members))).json


async def _no_maintenance() -> Report:
    return Report()


def _read(function: Any) -> _Function:
    trigger = json.loads(function.get_raw_bindings()[0])
    return _Function(
        function.get_function_name(),
        frozenset(trigger.get("methods", ())),
        trigger["route"].split("/"),
        function.get_user_function(),
    )


def user_body(user_name: str = "ann@contoso.example", **attributes: Any) -> dict[str, Any]:
    """A user as a client sends it."""
    return {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name, **attributes}


def group_body(name: str = "Finance", *members: str) -> dict[str, Any]:
    """A group as a client sends it."""
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"]
    return {"schemas": schemas, "displayName": name, "members": [{"value": each} for each in members]}


def patch_body(*operations: dict[str, Any]) -> dict[str, Any]:
    """A PATCH request."""
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}


def replacement(path: str, value: Any) -> dict[str, Any]:
    """A PATCH request with one replacement."""
    return patch_body({"op": "replace", "path": path, "value": value})
