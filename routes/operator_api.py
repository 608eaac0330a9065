"""What whoever runs the service may do over HTTP: open accounts.  Nobody may unless an operator key is configured."""

import hashlib
import hmac
from typing import Annotated

from pydantic import Field
from scim2_models import NotFoundException, UnauthorizedException

from domain.access.administration import open_account, operator
from domain.access.keys import issue_token
from domain.access.principals import ADMIN
from domain.access.refused_acts import Invalid
from domain.access.signin import Caller
from domain.accounts import InvalidAccount
from routes.auth import address_class, check_rate, network_of
from routes.http import Request, Response
from routes.manager.common import Body, View, answer, manager_url, read_body
from routes.route import SCIM_BASE, Route, Services

OPERATOR_BASE = "operator"


class NewAccount(Body):
    """An account to be opened; without an `id` it gets a random one."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    id: Annotated[str | None, Field(max_length=64)] = None


class OpenedAccount(View):
    """The account, and a token of its administrator that is shown this once."""

    id: str
    name: str
    tenant_url: str
    manager_url: str
    admin_token: str


async def create_account(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """Open an account, and issue a token that administers it for 30 days."""
    asked = read_body(NewAccount, request)
    address = address_class(request.headers)
    try:
        account = await open_account(
            services.office, asked.name, account_id=asked.id, request_id=request.id, address=address
        )
    except InvalidAccount as error:
        raise Invalid(str(error)) from None
    acting = operator(account, request.id, address)
    issued = await issue_token(services.office, acting, owner=ADMIN)
    return answer(
        OpenedAccount(
            id=account.id,
            name=account.name,
            tenant_url=f"{services.public_url}/{SCIM_BASE.format(account=account.id)}",
            manager_url=manager_url(services, acting),
            admin_token=issued.text,
        ),
        status=201,
        headers={"Cache-Control": "no-store"},
    )


def check_operator(services: Services, request: Request) -> None:
    """Pass for the operator's key, before anything of the body is read.

    A wrong key and the right one count alike, so that nobody tries keys faster than the operator may open accounts.

    Raises:
        NotFoundException: No key is configured.
        TooManyRequests: The address sends faster than it may.
        UnauthorizedException: Another key is shown, or none.
    """
    if not services.operator_key:
        raise NotFoundException(detail=f"there is nothing at {request.path}")
    check_rate(services.rates.admit_address(network_of(request.headers)))
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    shown = hashlib.sha256(key.strip().encode("utf-8", "surrogateescape")).hexdigest()
    if not hmac.compare_digest(shown, services.operator_key) or scheme.lower() != "bearer":
        raise UnauthorizedException(detail="send the operator's key as Authorization: Bearer <key>")


ROUTES: tuple[Route, ...] = (
    Route(
        "operator_accounts_create",
        "POST",
        f"{OPERATOR_BASE}/accounts",
        create_account,
        reads_body=True,
        public=True,
        guard=check_operator,
        takes=NewAccount,
        gives=OpenedAccount,
    ),
)
