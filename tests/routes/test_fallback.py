"""What answers where no route does."""

import pytest
from scim2_models import NotFoundException

from routes.fallback import account_in, allowed_methods, refuse
from routes.table import ROUTES
from scim.errors import MethodNotAllowed
from tests.routes.calls import Api, make_request

_USERS = "/scim/account/acme/Users"


@pytest.mark.parametrize(
    ("path", "account"),
    [
        ("/scim/account/acme/Users", "acme"),
        ("/SCIM/Account/acme/Users", "acme"),  # literals know no letter case, as in the host
        ("/scim/account/acme", "acme"),
        ("/scim/account/acme/", "acme"),
        ("/scim/account/acme/account/other", "acme"),
        ("/scim/account//Users", ""),
        ("/scim/account", None),
        ("/scim/account/", None),
        ("/scim", None),
        ("/", None),
        ("", None),
        ("/other/scim/account/acme", None),
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
        (f"{_USERS}/.search", ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")),
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


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "TRACE"])
def test_unknown_path_is_told(method: str) -> None:
    """Whatever the method."""
    with pytest.raises(NotFoundException, match="/Devices"):
        refuse(ROUTES, make_request(method, "/Devices"))


# Through the registered function


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Devices", 404),
        ("GET", "", 404),
        ("GET", "/Users/5f/emails", 404),
        ("POST", "/Devices", 404),
        ("PUT", "/Users", 405),
        ("DELETE", "/Groups", 405),
        ("POST", "/Users/5f", 405),
        ("TRACE", "/Users", 405),
        ("POST", "/ServiceProviderConfig", 405),
        ("DELETE", "/Schemas/x", 405),
        ("OPTIONS", "/Users", 204),
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
