"""The overview of an account in the manager API."""

from datetime import datetime

from domain.access.signin import Caller
from domain.native.overview import overview
from routes.http import Request, Response
from routes.manager.common import MANAGER_BASE, View, answer
from routes.route import Route, Services


class Counts(View):
    """How many there are; groups by who owns them."""

    users: int
    scim_groups: int
    native_groups: int


class OverviewView(View):
    """An account at a glance; `tenantUrl` is what the identity provider asks for."""

    account: str
    name: str
    created: datetime
    tenant_url: str
    counts: Counts
    last_provisioned: datetime | None = None


async def get_overview(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """The account, its tenant URL, its counts, and when something was last provisioned."""
    found = await overview(services.desk, services.native, caller)
    counts = Counts(users=found.totals.users, scim_groups=found.totals.groups, native_groups=found.totals.native_groups)
    return answer(
        OverviewView(
            account=found.account.id,
            name=found.account.name,
            created=found.account.created,
            tenant_url=services.base_url(caller),
            counts=counts,
            last_provisioned=found.last_provisioned,
        )
    )


ROUTES: tuple[Route, ...] = (
    Route("manager_overview", "GET", MANAGER_BASE, get_overview, frozenset({"core_user_view"}), gives=OverviewView),
)
