"""The manager API of the Entra tenant that an account trusts."""

from typing import Annotated

from pydantic import Field

from domain.access.entra_trust import trust_entra
from domain.access.signin import Caller
from domain.model import EntraTrust
from domain.ports import RecordNotFound
from routes.http import Request, Response
from routes.manager.access_views import Identifier
from routes.manager.common import MANAGER_BASE, Body, View, answer, read_body
from routes.route import Route, Services

_STANDARD = EntraTrust("")

Texts = Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=10)]


class TrustBody(Body):
    """A tenant to be trusted; what is left out is what custom applications of Entra use."""

    tenant: Identifier
    audiences: Texts = _STANDARD.audiences
    app_ids: Texts = _STANDARD.app_ids
    service_account: Identifier = _STANDARD.service_account
    client_audiences: Texts = ()
    client_subject: Identifier = ""


class TrustView(View):
    """The tenant whose tokens open the account, and as which service account its callers act."""

    tenant: str
    audiences: tuple[str, ...]
    app_ids: tuple[str, ...]
    service_account: str
    client_audiences: tuple[str, ...]
    client_subject: str

    @classmethod
    def of(cls, found: EntraTrust) -> "TrustView":
        return cls(
            tenant=found.tenant,
            audiences=found.audiences,
            app_ids=found.app_ids,
            service_account=found.service_account,
            client_audiences=found.client_audiences,
            client_subject=found.client_subject,
        )


async def get_trust(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """The tenant that the account trusts; 404 where it trusts none."""
    found = (await services.office.accounts.get_account(caller.account.id)).settings.entra
    if found is None:
        raise RecordNotFound
    return answer(TrustView.of(found))


async def put_trust(services: Services, caller: Caller, request: Request) -> Response:
    """Trust a tenant, and none besides."""
    asked = read_body(TrustBody, request)
    trust = EntraTrust(
        tenant=asked.tenant,
        audiences=asked.audiences,
        app_ids=asked.app_ids,
        service_account=asked.service_account,
        client_audiences=asked.client_audiences,
        client_subject=asked.client_subject,
    )
    await trust_entra(services.office, caller, trust)
    return await get_trust(services, caller, request)


async def delete_trust(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """Trust no tenant any more."""
    await trust_entra(services.office, caller, None)
    return Response(204)


_PATH = f"{MANAGER_BASE}/entra-trust"
_SEE, _EDIT = frozenset({"core_authsetting_view"}), frozenset({"core_authsetting_edit"})

ROUTES: tuple[Route, ...] = (
    Route("manager_entra_trust_get", "GET", _PATH, get_trust, _SEE, gives=TrustView),
    Route("manager_entra_trust_put", "PUT", _PATH, put_trust, _EDIT, reads_body=True, takes=TrustBody, gives=TrustView),
    Route("manager_entra_trust_delete", "DELETE", _PATH, delete_trust, _EDIT),
)
