"""What a route is."""

import pytest

from domain.access.signin import Caller
from routes.http import Request, Response
from routes.route import Route, Services
from routes.table import ROUTES
from tests.domain.builders import make_account, make_caller
from tests.routes.calls import SCIM_ROUTES, Api


async def _nothing(services: Services, caller: Caller, request: Request) -> Response:
    raise NotImplementedError


_ROUTE = Route("users_get", "GET", "scim/account/{account}/Users/{id}", _nothing)


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("/scim/account/acme/Users/5f", True),
        ("/SCIM/ACCOUNT/acme/USERS/5f", True),
        ("/scim/account/acme/Users/5f/", True),
        ("/scim/account/acme/Users/%2F", True),
        ("/scim/account/acme/Users", False),
        ("/scim/account/acme/Users/", False),
        ("/scim/account/acme/Users/5f/x", False),
        ("/scim/account//Users/5f", False),
        ("/scim/account/acme/Groups/5f", False),
        ("", False),
    ],
)
def test_path_fits_template(path: str, fits: bool) -> None:
    """A parameter stands for one segment that is not empty."""
    assert _ROUTE.has_path(path) is fits


@pytest.mark.parametrize(
    ("method", "methods"), [("GET", ("GET", "HEAD")), ("POST", ("POST",)), ("DELETE", ("DELETE",))]
)
def test_head_comes_with_get(method: str, methods: tuple[str, ...]) -> None:
    """And with nothing else."""
    assert Route("x", method, "x", _nothing).methods == methods


def test_base_url_is_of_the_account() -> None:
    """It begins with the configured address, never with a header of the request."""
    caller = make_caller(make_account("acme-1"))
    assert Api().services().base_url(caller) == "https://rollcall.example/scim/account/acme-1"


@pytest.mark.requirement("7644-2-02", "7644-7.7-01")
@pytest.mark.parametrize("route", SCIM_ROUTES, ids=lambda route: route.name)
def test_route_needs_what_it_does(route: Route) -> None:
    """A look needs the permission to view, a change the one to manage; discovery needs none (harness.md §2.2)."""
    _, _, rest = route.template.partition("{account}/")
    kind = {"Users": "core_user", "Groups": "core_usergroup", "GroupMembers": "core_usergroup"}.get(
        rest.partition("/")[0]
    )
    looks = route.method == "GET" or route.name.endswith("_search")
    needed = {f"{kind}_view" if looks else f"{kind}_manage"} if kind else set()
    if route.name == "users_create":
        needed |= {"core_user_invite"}
    if route.name.startswith("root_"):
        needed = {"core_user_view", "core_usergroup_view"}
    assert route.needs == needed


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_route_reads_the_body_that_its_method_has(route: Route) -> None:
    """A POST, PUT or PATCH without a body is refused; other methods have none, and some of the manager API."""
    if route in SCIM_ROUTES:
        assert (route.reads_body or route.reads_form) is (route.method in {"POST", "PUT", "PATCH"})
    else:
        assert route.reads_body is (route.takes is not None)
