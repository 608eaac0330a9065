"""What answers where no route does."""

import hashlib
import re

import pytest
from scim2_models import NotFoundException

from routes.fallback import account_in, allowed_methods, refuse, rivals
from routes.route import Route
from routes.table import ROUTES
from scim.errors import MethodNotAllowed
from tests.routes.calls import PUBLIC_URL, Api, make_request

_USERS = "/scim/account/acme/Users"


def filled(route: Route, *, account: str = "acme") -> str:
    """The path of *route* in an account, with ids that name nothing."""
    return re.sub(r"\{\w+\}", "5f", route.template.replace("{account}", account))


@pytest.mark.parametrize(
    ("path", "account"),
    [
        ("/scim/account/acme/Users", "acme"),
        ("/SCIM/Account/acme/Users", "acme"),  # literals know no letter case, as in the host
        ("/scim/account/acme", "acme"),
        ("/scim/account/acme/", "acme"),
        ("/scim/account/acme/account/other", "acme"),
        ("/scim/account//Users", ""),
        ("/manager/account/acme/users", "acme"),
        ("/Manager/account/acme", "acme"),
        ("/scim/account", None),
        ("/scim/account/", None),
        ("/scim", None),
        ("/", None),
        ("", None),
        ("/other/scim/account/acme", None),
        ("/manager/acme", None),
        ("/scim/accounts/acme", None),
    ],
)
def test_account_is_found_below_the_base(path: str, account: str | None) -> None:
    """There the bearer check comes first; elsewhere there is nothing to protect."""
    assert account_in(path) == account


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (_USERS, ("GET", "HEAD", "POST")),
        (f"{_USERS}/", ("GET", "HEAD", "POST")),
        ("/SCIM/account/acme/users", ("GET", "HEAD", "POST")),
        (f"{_USERS}/5f", ("DELETE", "GET", "HEAD", "PATCH", "PUT")),
        (f"{_USERS}/.search", ("POST",)),  # what is meant by it is no user
        ("/scim/account/acme", ("GET", "HEAD")),
        ("/scim/account/acme/", ("GET", "HEAD")),
        ("/scim/account/acme/.search", ("POST",)),
        ("/scim/account/acme/ME", ("GET", "HEAD")),
        ("/openapi.json", ("GET", "HEAD")),
        ("/scim/account/acme/ServiceProviderConfig", ("GET", "HEAD")),
        ("/scim/account/acme/Schemas/urn:x", ("GET", "HEAD")),
        (f"{_USERS}/5f/emails", ()),
        ("/scim/account/acme/Devices", ()),
        ("/scim/account//Users", ()),
        ("/", ()),
    ],
)
def test_methods_of_a_path_are_known(path: str, methods: tuple[str, ...]) -> None:
    """Those of all routes that have the path."""
    assert allowed_methods(path, ROUTES) == methods


def test_options_tells_the_methods() -> None:
    """Without a body."""
    answer = refuse(ROUTES, make_request("OPTIONS", _USERS))
    assert (answer.status, answer.body, answer.headers) == (204, None, {"Allow": "GET, HEAD, POST, OPTIONS"})


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_wrong_method_is_told(method: str) -> None:
    """With the methods that the path takes."""
    with pytest.raises(MethodNotAllowed) as raised:
        refuse(ROUTES, make_request(method, _USERS))
    assert raised.value.allowed == ("GET", "HEAD", "POST")


def test_path_that_the_host_knows_not() -> None:
    """The host takes ``/Users//`` for no route; 405 for a method that the answer allows would make no sense."""
    with pytest.raises(NotFoundException):
        refuse(ROUTES, make_request("GET", f"{_USERS}//"))


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "TRACE"])
def test_unknown_path_is_told(method: str) -> None:
    """Whatever the method."""
    with pytest.raises(NotFoundException, match="/Devices"):
        refuse(ROUTES, make_request(method, "/Devices"))


def test_closest_template_is_meant() -> None:
    """The host may hand ``/Users/.search`` to the route of one user; these routes are meant instead."""
    by_name = {route.name: route for route in ROUTES}
    assert [each.name for each in rivals(by_name["users_get"], ROUTES)] == ["users_search"]
    assert rivals(by_name["users_list"], ROUTES) == ()


# Through the registered function


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Devices", 404),
        ("POST", "", 405),
        ("GET", "/.search", 405),
        ("GET", "/Users/.search", 405),
        ("PATCH", "/Groups/.SEARCH", 405),
        ("HEAD", "/.search", 405),
        ("DELETE", "/Me", 405),
        ("GET", "/Users/5f/emails", 404),
        ("POST", "/Devices", 404),
        ("PUT", "/Users", 405),
        ("DELETE", "/Groups", 405),
        ("POST", "/Users/5f", 405),
        ("TRACE", "/Users", 405),
        ("POST", "/ServiceProviderConfig", 405),
        ("DELETE", "/Schemas/x", 405),
        ("OPTIONS", "/Users", 204),
        ("OPTIONS", "", 204),
        ("OPTIONS", "/Users/.search", 204),
    ],
)
async def test_client_is_told(api: Api, method: str, path: str, status: int) -> None:
    """In the words of SCIM, never by an empty 404 of the host."""
    answer = await api.call(method, path)
    assert answer.status == status
    if status != 204:
        assert answer.scim_type is None


@pytest.mark.parametrize("url", ["/scim/account/acme/Devices", "/SCIM/ACCOUNT/acme/Users", "/scim/account/other/x"])
async def test_stranger_is_told_nothing(api: Api, url: str) -> None:
    """Below the base of an account the token comes first, whatever is asked."""
    answer = await api.send("DELETE", f"https://rollcall.example{url}", b"", {})
    assert (answer.status, answer.scim_type) == (401, None)


@pytest.mark.parametrize("url", ["/", "/robots.txt", "/scim", "/scim/account/", "/api/Users"])
async def test_foreign_path_is_not_found(api: Api, url: str) -> None:
    """A path that is not of an account needs no token to be told so."""
    answer = await api.send("GET", f"https://rollcall.example{url}", b"", {})
    assert (answer.status, answer.scim_type) == (404, None)


@pytest.mark.parametrize("route", [each for each in ROUTES if not each.public], ids=lambda each: each.name)
async def test_options_of_every_path(api: Api, route: Route) -> None:
    """204 with the methods that the path takes, for who may know it."""
    url = f"{PUBLIC_URL}/{filled(route)}"
    answer = await api.send("OPTIONS", url, b"", {"authorization": f"Bearer {api.token}"})
    assert (answer.status, answer.content) == (204, b"")
    assert {route.method, "OPTIONS"} <= set(answer.headers["Allow"].split(", "))
    assert (await api.send("OPTIONS", url, b"", {})).status == 401


@pytest.mark.parametrize("route", [each for each in ROUTES if each.method == "GET"], ids=lambda each: each.name)
async def test_head_of_every_path(api: Api, route: Route) -> None:
    """HEAD is answered as GET; the host leaves the body out."""
    url = f"{PUBLIC_URL}/{filled(route)}"
    sent = {"authorization": f"Bearer {api.token}"}
    head, get = [await api.send(method, url, b"", sent) for method in ("HEAD", "GET")]
    assert (head.status, head.headers) == (get.status, get.headers)


@pytest.mark.parametrize("route", ROUTES, ids=lambda each: each.name)
async def test_letter_case_and_one_slash_do_not_matter(api: Api, route: Route) -> None:
    """Literals are the same in capitals, and with a slash at the end."""
    api.operator_key = hashlib.sha256(api.token.encode()).hexdigest()  # else there is nothing at the operator's path
    path = filled(route, account="\0").upper().replace("\0", "acme")
    for url in (f"{PUBLIC_URL}/{path}", f"{PUBLIC_URL}/{path}/"):
        answer = await api.send(route.method, url, b"", {"authorization": f"Bearer {api.token}"})
        assert answer.status not in (401, 405)
        assert answer.status != 404 or "there is nothing at" not in answer.json["detail"]
