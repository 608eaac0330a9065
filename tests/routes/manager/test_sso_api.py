"""Sign-in in the manager API: integrations, their members, and the decisions, each written down."""

from typing import Any

import pytest

from domain.model import Action, Outcome
from tests.routes.calls import Api, replacement
from tests.routes.manager.test_users_api import invite

ALPHA, BRAVO, CHARLIE = (f"{each}@corp.example" for each in ("alpha", "bravo", "charlie"))


async def integrate(api: Api, generation: str, *emails: str, **body: Any) -> None:
    """An integration with these members."""
    path = f"/sign-in/integrations/{generation}"
    assert (await api.manage("PUT", path, {"mechanism": "saml"} | body)).status == 200
    if emails:
        assert (await api.manage("POST", f"{path}/members", {"emails": emails})).status == 204


async def sign_in(api: Api, email: str) -> Any:
    """The decision as the answer shows it."""
    answer = await api.manage("POST", "/sign-in/resolve", {"email": email})
    assert answer.status == 200, answer.content
    return answer.json


async def test_worked_example(api: Api) -> None:
    """Two are members of each integration, one of both; only that one gets in (R61, R62).

    The first generation authenticates, so who was provisioned but is no member there is refused, without a second try.
    """
    await integrate(api, "firstGen", ALPHA, BRAVO)
    await integrate(api, "nextGen", ALPHA, CHARLIE)
    for email in (ALPHA, CHARLIE):
        await api.create_user(email)
    assert (await sign_in(api, ALPHA))["allowed"] is True
    charlie = await sign_in(api, CHARLIE)
    assert (charlie["allowed"], charlie["reason"]) == (False, "NOT_MEMBER_OF_FIRSTGEN")
    assert (charlie["integration"], "add the user to it too" in charlie["remedy"]) == ("firstGen", True)
    assert (await sign_in(api, BRAVO))["reason"] == "NOT_PROVISIONED"
    await api.manage("POST", "/sign-in/integrations/firstGen/members", {"emails": [CHARLIE]})  # the remedy of R59
    assert (await sign_in(api, CHARLIE))["allowed"] is True


async def test_addresses_are_compared_exactly(api: Api) -> None:
    """Letter case does not matter, a single underscore does."""
    await integrate(api, "nextGen", "first_last@corp.example")
    for email in ("first_last@corp.example", "firstlast@corp.example"):
        await api.create_user(email)
    assert (await sign_in(api, "First_Last@Corp.example"))["allowed"] is True
    assert (await sign_in(api, "firstlast@corp.example"))["reason"] == "NOT_MEMBER_OF_NEXTGEN"


async def test_disabling_the_first_generation_turns_to_the_next(api: Api) -> None:
    """At once; without any there is no sign-in."""
    await integrate(api, "firstGen")
    await integrate(api, "nextGen", ALPHA)
    await api.create_user(ALPHA)
    reasons = [(await sign_in(api, ALPHA))["reason"]]
    await integrate(api, "firstGen", enabled=False)
    reasons.append((await sign_in(api, ALPHA))["reason"])
    await api.manage("DELETE", "/sign-in/integrations/nextGen")
    reasons.append((await sign_in(api, ALPHA))["reason"])
    assert reasons == ["NOT_MEMBER_OF_FIRSTGEN", "SIGNED_IN", "NO_INTEGRATION"]


async def test_access_ends_at_once(api: Api) -> None:
    """With deactivation, with a lock, and where the domain is not allowed any more."""
    await integrate(api, "nextGen", ALPHA, BRAVO)
    user = await api.create_user(ALPHA)
    await api.manage("POST", f"/users/{user['id']}/lock")
    assert (await sign_in(api, ALPHA))["reason"] == "LOCKED"
    await api.manage("POST", f"/users/{user['id']}/unlock")
    await api.call("PATCH", f"/Users/{user['id']}", replacement("active", False))
    assert (await sign_in(api, ALPHA))["reason"] == "DEACTIVATED"
    await api.call("PATCH", f"/Users/{user['id']}", replacement("active", True))
    assert (await sign_in(api, ALPHA)) == {
        "allowed": True,
        "reason": "SIGNED_IN",
        "remedy": "nothing is to be done",
        "integration": "nextGen",
        "user": user["id"],
    }
    await invite(api, BRAVO)
    assert (await sign_in(api, BRAVO))["reason"] == "NOT_PROVISIONED"
    await api.allow(email_domains=("other.example",))
    assert (await sign_in(api, ALPHA))["reason"] == "DOMAIN_NOT_ALLOWED"


async def test_every_decision_is_written_down(api: Api) -> None:
    """With who asked, about whom, and the reason where it was no."""
    await integrate(api, "nextGen", ALPHA)
    user = await api.create_user(ALPHA)
    await sign_in(api, ALPHA)
    await sign_in(api, "nobody@corp.example")
    written = [each for each in api.directory.changes("acme") if each.action is Action.SIGN_IN]
    told = {each.resource_name: (each.outcome, each.resource_id, each.reason.partition(":")[0]) for each in written}
    assert told == {
        ALPHA: (Outcome.SUCCESS, user["id"], ""),
        "nobody@corp.example": (Outcome.FAILURE, "", "NOT_MEMBER_OF_NEXTGEN"),
    }


async def test_members_are_listed_and_removed(api: Api) -> None:
    """In pages, in lower case, each once; a second integration of a generation takes the place of the first."""
    await integrate(api, "firstGen", "Bravo@corp.example", ALPHA, ALPHA)
    await integrate(api, "firstGen", mechanism="oidc")
    path = "/sign-in/integrations/FIRSTGEN/members"
    first = (await api.manage("GET", f"{path}?limit=1")).json
    second = (await api.manage("GET", f"{path}?limit=1&cursor={first['nextCursor']}")).json
    assert [each["email"] for each in first["items"] + second["items"]] == [ALPHA, BRAVO]
    assert (await api.manage("DELETE", f"{path}/{ALPHA}")).status == 204
    assert len((await api.manage("GET", path)).json["items"]) == 1
    integrations = (await api.manage("GET", "/sign-in/integrations")).json["items"]
    assert [(each["generation"], each["mechanism"]) for each in integrations] == [("firstGen", "oidc")]


async def test_taken_down_integration_has_no_members(api: Api) -> None:
    """Nor has it any when it is set up again."""
    await integrate(api, "nextGen", ALPHA)
    assert (await api.manage("DELETE", "/sign-in/integrations/nextGen")).status == 204
    for method, below, body in (
        ("DELETE", "", None),
        ("GET", "/members", None),
        ("POST", "/members", {"emails": [ALPHA]}),
    ):
        assert (await api.manage(method, f"/sign-in/integrations/nextGen{below}", body)).code == "NOT_FOUND"
    await integrate(api, "nextGen")
    assert (await api.manage("GET", "/sign-in/integrations/nextGen/members")).json["items"] == []


async def test_stale_version_is_refused(api: Api) -> None:
    """An integration that somebody else has changed stays so."""
    put = await api.manage("PUT", "/sign-in/integrations/nextGen", {"mechanism": "saml"})
    await integrate(api, "nextGen", enabled=False)
    stale = await api.manage(
        "PUT", "/sign-in/integrations/nextGen", {"mechanism": "ldap"}, If_Match=put.headers["ETag"]
    )
    assert (stale.status, stale.code) == (412, "VERSION_CONFLICT")


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/sign-in/resolve", {}, "INVALID_REQUEST"),
        ("POST", "/sign-in/resolve", {"email": "x"}, "INVALID_REQUEST"),
        ("POST", "/sign-in/resolve", {"email": f"{'x' * 300}@y.example"}, "INVALID_REQUEST"),
        ("PUT", "/sign-in/integrations/thirdGen", {"mechanism": "saml"}, "NOT_FOUND"),
        ("PUT", "/sign-in/integrations/nextGen", {"mechanism": "magic"}, "INVALID_REQUEST"),
        ("PUT", "/sign-in/integrations/nextGen", {}, "INVALID_REQUEST"),
        ("POST", "/sign-in/integrations/nextGen/members", {"emails": [ALPHA]}, "NOT_FOUND"),
        ("DELETE", f"/sign-in/integrations/nextGen/members/{ALPHA}", None, "NOT_FOUND"),
        ("GET", "/sign-in/resolve", None, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_odd_request_is_refused(api: Api, method: str, path: str, body: Any, code: str) -> None:
    """As a problem."""
    assert (await api.manage(method, path, body)).code == code


@pytest.mark.parametrize("body", [{"emails": []}, {"emails": ["x"]}, {"emails": [ALPHA] * 101}, {"emails": ALPHA}])
async def test_odd_members_are_refused(api: Api, body: Any) -> None:
    """All of them."""
    await integrate(api, "nextGen")
    assert (await api.manage("POST", "/sign-in/integrations/nextGen/members", body)).code == "INVALID_REQUEST"
