"""Sign-in in the manager API: its integrations, their members, and the question whether a user gets in."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictBool

from domain.access.signin import Caller
from domain.native import integrations, sso
from domain.native.sso import REMEDIES, Generation, Integration, Mechanism, Reason
from domain.ports import RecordNotFound
from routes.http import Request, Response
from routes.manager.common import (
    MANAGER_BASE,
    Ask,
    Body,
    PageAsk,
    PageView,
    View,
    Walk,
    answer,
    answer_versioned,
    read_body,
    read_query,
)
from routes.manager.users_api import Email
from routes.route import Route, Services


class IntegrationView(View):
    """A sign-in integration; an enabled one of the first generation is in force, whatever else there is."""

    generation: Generation
    mechanism: Mechanism
    enabled: bool
    created: datetime


class PutIntegration(Body):
    """How the integration authenticates, and whether it does."""

    mechanism: Mechanism
    enabled: StrictBool = True


class MemberEmailView(View):
    """A member of an integration."""

    email: str


class AddEmails(Body):
    """Addresses that become members."""

    emails: Annotated[tuple[Email, ...], Field(min_length=1, max_length=100)]


class ResolveSignIn(Body):
    """Who wants to sign in."""

    email: Email


class DecisionView(View):
    """Whether the user gets in; `integration` is the one that authenticated, or would have had to."""

    allowed: bool
    reason: Reason
    remedy: str
    integration: Generation | None = None
    user: str | None = None


async def resolve(services: Services, caller: Caller, request: Request) -> Response:
    """Tell whether a user gets in by an identity provider, and why; the decision is written into the log."""
    body = read_body(ResolveSignIn, request)
    decision = await sso.resolve(services.desk, services.sso, caller, body.email)
    return answer(
        DecisionView(
            allowed=decision.allowed,
            reason=decision.reason,
            remedy=REMEDIES[decision.reason],
            integration=decision.integration,
            user=decision.user_id or None,
        )
    )


async def list_integrations(services: Services, caller: Caller, request: Request) -> Response:
    """List the sign-in integrations of the account."""
    read_query(Ask, request)
    found = await services.sso.integrations(caller.account.id)
    return answer(PageView[IntegrationView](items=[_view(found[each]) for each in Generation if each in found]))


async def put_integration(services: Services, caller: Caller, request: Request) -> Response:
    """Set up, change, enable or disable the integration of a generation; its members stay."""
    body = read_body(PutIntegration, request)
    put = await integrations.put_integration(
        services.desk,
        services.sso,
        caller,
        _generation(request),
        body.mechanism,
        enabled=body.enabled,
        if_match=request.if_match,
    )
    return answer_versioned(_view(put), put.version)


async def delete_integration(services: Services, caller: Caller, request: Request) -> Response:
    """Take an integration down, with its members."""
    await integrations.delete_integration(services.desk, services.sso, caller, _generation(request))
    return Response(204)


async def list_members(services: Services, caller: Caller, request: Request) -> Response:
    """List the members of an integration, in the order of their addresses."""
    ask = read_query(PageAsk, request)
    walk, generation = Walk.of(services, caller, request, ask), _generation(request)
    await integrations.get_integration(services.sso, caller.account.id, generation)
    found = await services.sso.members(caller.account.id, generation, walk.after, ask.limit)
    return walk.page([MemberEmailView(email=each) for each in found.items], found.next)


async def add_members(services: Services, caller: Caller, request: Request) -> Response:
    """Add addresses to the members of an integration."""
    body = read_body(AddEmails, request)
    await integrations.change_members(services.desk, services.sso, caller, _generation(request), added=body.emails)
    return Response(204)


async def remove_member(services: Services, caller: Caller, request: Request) -> Response:
    """Remove an address from the members of an integration."""
    email = request.route["email"].lower()
    await integrations.change_members(services.desk, services.sso, caller, _generation(request), removed=(email,))
    return Response(204)


def _generation(request: Request) -> Generation:
    """The generation that the path names.  Raises: RecordNotFound: There is no such one."""
    named = request.route["generation"].lower()
    for each in Generation:
        if each.lower() == named:
            return each
    raise RecordNotFound


def _view(integration: Integration) -> IntegrationView:
    return IntegrationView(
        generation=integration.generation,
        mechanism=integration.mechanism,
        enabled=integration.enabled,
        created=integration.created,
    )


_SEE, _CHANGE = frozenset({"core_authsetting_view"}), frozenset({"core_authsetting_edit"})
_ALL = f"{MANAGER_BASE}/sign-in/integrations"
_ONE = f"{_ALL}/{{generation}}"
_MEMBERS = f"{_ONE}/members"

ROUTES: tuple[Route, ...] = (
    Route(
        "manager_sign_in_resolve",
        "POST",
        f"{MANAGER_BASE}/sign-in/resolve",
        resolve,
        _SEE,
        True,
        takes=ResolveSignIn,
        gives=DecisionView,
    ),
    Route("manager_integrations_list", "GET", _ALL, list_integrations, _SEE, gives=PageView[IntegrationView]),
    Route(
        "manager_integrations_put",
        "PUT",
        _ONE,
        put_integration,
        _CHANGE,
        True,
        takes=PutIntegration,
        gives=IntegrationView,
    ),
    Route("manager_integrations_delete", "DELETE", _ONE, delete_integration, _CHANGE),
    Route(
        "manager_integration_members_list",
        "GET",
        _MEMBERS,
        list_members,
        _SEE,
        asks=PageAsk,
        gives=PageView[MemberEmailView],
    ),
    Route("manager_integration_members_add", "POST", _MEMBERS, add_members, _CHANGE, True, takes=AddEmails),
    Route("manager_integration_members_remove", "DELETE", f"{_MEMBERS}/{{email}}", remove_member, _CHANGE),
)
