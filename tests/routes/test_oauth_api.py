"""The token endpoint: access tokens for a secret or for an assertion, and errors in the words of OAuth."""

import dataclasses
from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from domain.access.administration import operator
from domain.access.entra import EntraTokens
from domain.access.key_ring import KeyRing
from domain.access.keys import revoke_token
from domain.access.principals import ADMIN, service_account
from domain.model import AccountSettings, Outcome
from tests.identity_provider import APP, TRUST, IdentityProvider
from tests.routes.calls import Answer, Api

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def form(**parameters: str) -> str:
    return urlencode({"grant_type": "client_credentials"} | parameters)


def by_secret(api: Api, **parameters: str) -> str:
    return form(**{"client_id": "provisioning", "client_secret": api.token} | parameters)


def by_assertion(assertion: str, **parameters: str) -> str:
    return form(client_assertion_type=_ASSERTION_TYPE, client_assertion=assertion, **parameters)


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


def refused(answer: Answer) -> tuple[int, str]:
    """The status and the code of an error; checks on the way that it is one of RFC 6749 §5.2."""
    assert answer.media_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["error_description"]
    return answer.status, answer.json["error"]


@pytest.fixture
async def provider(api: Api) -> IdentityProvider:
    """An identity provider whose tenant the account trusts."""
    made = IdentityProvider()
    account = await api.accounts.get_account("acme")
    await api.accounts.replace_account(dataclasses.replace(account, settings=AccountSettings(entra=TRUST)))
    api.keeper.entra = EntraTokens(KeyRing(made, api.clock), api.clock)
    return made


# By a secret


async def test_secret_gives_an_access_token(api: Api) -> None:
    """For an hour, not to be cached (RFC 6749 §5.1); it does what the token does."""
    answer = await api.post_form(by_secret(api))
    assert (answer.status, answer.media_type, answer.headers["Cache-Control"]) == (200, "application/json", "no-store")
    assert answer.json.keys() == {"access_token", "token_type", "expires_in"}
    assert (answer.json["token_type"], 3_595 < answer.json["expires_in"] <= 3_600) == ("Bearer", True)
    assert (await api.call("GET", "/Users", token=answer.json["access_token"])).status == 200


async def test_credentials_may_stand_in_the_header(api: Api) -> None:
    """By Basic, in the form encoding (RFC 6749 §2.3.1); the name of the token serves too."""
    for client_id in ("provisioning", api.token.split(".")[2]):
        answer = await api.post_form(form(), **basic(client_id, api.token))
        assert answer.status == 200


async def test_access_token_does_no_more_than_its_token(api: Api) -> None:
    """A narrow token gives a narrow one."""
    narrow = await api.issue(permissions=frozenset({"core_user_view"}))
    text = (await api.post_form(by_secret(api, client_secret=narrow))).json["access_token"]
    assert (await api.call("GET", "/Users", token=text)).status == 200
    assert (await api.call("GET", "/Groups", token=text)).status == 403


async def test_access_token_ends(api: Api) -> None:
    """After its time; with its token at once; and it opens no other account."""
    text = (await api.post_form(by_secret(api))).json["access_token"]
    assert (await api.call("GET", "/Users", token=text, account="other")).status == 401
    await revoke_token(api.services().office, operator(await api.accounts.get_account("acme")), api.token.split(".")[2])
    assert (await api.call("GET", "/Users", token=text)).status == 401
    other = await api.issue()
    text = (await api.post_form(by_secret(api, client_secret=other))).json["access_token"]
    api.clock.moment += timedelta(hours=1)
    assert (await api.call("GET", "/Users", token=text)).status == 401


async def test_access_token_is_no_secret(api: Api) -> None:
    """Else a client would live for ever by one that was stolen."""
    text = (await api.post_form(by_secret(api))).json["access_token"]
    assert refused(await api.post_form(by_secret(api, client_secret=text))) == (401, "invalid_client")


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_secret": "x"},
        {"client_secret": "rc.acme.s0000000000000000.x"},
        {"client_id": "admin"},
        {"client_id": "PROVISIONING"},
        {"client_id": "service-account:provisioning"},
    ],
)
async def test_wrong_credentials_are_refused(api: Api, parameters: dict[str, str]) -> None:
    """401 with the scheme, and no word on what is wrong."""
    answer = await api.post_form(by_secret(api, **parameters))
    assert refused(answer) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert api.token not in answer.content.decode()


@pytest.mark.parametrize("account", ["other", "nobody", "a%20b"])
async def test_secret_of_another_account_is_refused(api: Api, account: str) -> None:
    """Whether that account exists or not, with the same answer."""
    assert refused(await api.post_form(by_secret(api), account=account)) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        ("", {}, (400, "invalid_request")),
        ("client_id=a&client_secret=b", {}, (400, "invalid_request")),
        ("grant_type=", {}, (400, "invalid_request")),
        ("grant_type=password&username=a", {}, (400, "unsupported_grant_type")),
        ("grant_type=client_credentials", {}, (401, "invalid_client")),
        ("grant_type=client_credentials&client_secret=b", {}, (400, "invalid_request")),
        ("grant_type=client_credentials&client_id=a", {}, (401, "invalid_client")),
        ("grant_type=client_credentials&grant_type=client_credentials", {}, (400, "invalid_request")),
        ("grant_type=client_credentials&client_id=a&client_secret=b", basic("a", "b"), (400, "invalid_request")),
        ("grant_type=client_credentials", {"authorization": "Bearer x"}, (401, "invalid_client")),
        ("grant_type=client_credentials", {"authorization": "Basic ???"}, (401, "invalid_client")),
        ("grant_type=client_credentials", {"authorization": "Basic YQ=="}, (401, "invalid_client")),
        ("grant_type=client_credentials&client_assertion=x", {}, (400, "invalid_request")),
        (f"grant_type=client_credentials&client_assertion_type={_ASSERTION_TYPE}", {}, (400, "invalid_request")),
        ("grant_type=client_credentials", {"content-type": "application/json"}, (400, "invalid_request")),
        ("grant_type=client_credentials&x=" + "x" * 16_384, {}, (400, "invalid_request")),
        ("&".join(f"x{number}=1" for number in range(30)), {}, (400, "invalid_request")),
        ("grant_type=%ff", {}, (400, "invalid_request")),
    ],
    ids=lambda each: "row" if not isinstance(each, tuple) else each[1],
)
async def test_odd_request_is_refused(api: Api, body: str, headers: dict[str, str], error: tuple[int, str]) -> None:
    """With the code of RFC 6749 §5.2."""
    assert refused(await api.post_form(body, **headers)) == error


async def test_other_methods_are_refused(api: Api) -> None:
    """In the words of the path."""
    answer = await api.send("GET", "https://rollcall.example/oauth2/account/acme/token", b"", {})
    assert (answer.status, answer.json["error"]) == (405, "invalid_request")


# By an assertion


async def test_assertion_gives_an_access_token(api: Api, provider: IdentityProvider) -> None:
    """Which acts as the service account that the account chose, with a name or without."""
    for client_id in ({}, {"client_id": "provisioning"}, {"client_id": APP.removeprefix("api://")}):
        answer = await api.post_form(by_assertion(provider.assertion(), **client_id, scope="scim"))
        text = answer.json["access_token"]
        assert (await api.call("GET", "/Users", token=text)).status == 200
        me = (await api.call("GET", "/Me", token=text)).json
        assert me["id"] == "service-account:provisioning"


async def test_wrong_assertion_is_refused(api: Api, provider: IdentityProvider) -> None:
    """Of another subject, with another name, where none is trusted."""
    for body in (
        by_assertion(provider.assertion(oid="another")),
        by_assertion(provider.assertion(), client_id="admin"),
        by_assertion("x"),
        by_assertion(provider.token()),
    ):
        assert refused(await api.post_form(body)) == (401, "invalid_client")
    assert refused(await api.post_form(by_assertion(provider.assertion()), account="other")) == (401, "invalid_client")


async def test_access_by_assertion_ends_with_the_trust(api: Api, provider: IdentityProvider) -> None:
    """When the account trusts another subject, or nobody."""
    text = (await api.post_form(by_assertion(provider.assertion()))).json["access_token"]
    account = await api.accounts.get_account("acme")
    for entra in (dataclasses.replace(TRUST, client_subject="other"), None):
        await api.accounts.replace_account(dataclasses.replace(account, settings=AccountSettings(entra=entra)))
        api.keeper.forget("acme")
        assert (await api.call("GET", "/Users", token=text)).status == 401


async def test_provider_that_is_away_is_told(api: Api, provider: IdentityProvider) -> None:
    """503, so that the client comes back."""
    provider.away = True
    answer = await api.post_form(by_assertion(provider.assertion()))
    assert (answer.status, answer.json["error"]) == (503, "temporarily_unavailable")
    assert answer.headers["Retry-After"]


# Tokens of Entra themselves


async def test_token_of_entra_opens_the_account(api: Api, provider: IdentityProvider) -> None:
    """As the service account, and in the log by its name."""
    answer = await api.call("POST", "/Users", {"schemas": [_USER], "userName": "ann"}, token=provider.token())
    assert answer.status == 201
    assert [each.actor for each in api.directory.changes("acme")] == ["service-account:provisioning"]


async def test_token_of_entra_opens_nothing_else(api: Api, provider: IdentityProvider) -> None:
    """No account that does not trust the tenant, and none at all where no account does."""
    for account in ("other", "nobody"):
        assert (await api.call("GET", "/Users", token=provider.token(), account=account)).status == 401
    assert (await api.call("GET", "/Users", token=provider.token(by="stranger", kid="first"))).status == 401
    api.keeper.entra = None
    assert (await api.call("GET", "/Users", token=provider.token())).status == 401


async def test_refusal_of_a_token_of_entra_is_an_entry(api: Api, provider: IdentityProvider) -> None:
    """Under the name of the service account as which it acts."""
    refused = await api.manage("POST", "/roles", {"id": "x", "name": "x", "permissions": []}, token=provider.token())
    assert refused.status == 403
    failures = [each for each in api.directory.changes("acme") if each.outcome is Outcome.FAILURE]
    assert [(each.actor, each.status) for each in failures] == [("service-account:provisioning", 403)]


async def test_token_of_entra_costs_one_look_a_minute(api: Api, provider: IdentityProvider) -> None:
    """The account and the keys are remembered."""
    for _ in range(10):
        assert (await api.call("GET", "/Users", token=provider.token())).status == 200
    assert provider.asked == 1


async def test_chosen_service_account_decides(api: Api, provider: IdentityProvider) -> None:
    """Another one may more, and one that does not exist nothing."""
    account = await api.accounts.get_account("acme")
    for chosen, status in ((ADMIN, 200), (service_account("nobody"), 401)):
        settings = AccountSettings(entra=dataclasses.replace(TRUST, service_account=chosen.id))
        await api.accounts.replace_account(dataclasses.replace(account, settings=settings))
        api.keeper.forget("acme")
        assert (await api.call("GET", "/Me", token=provider.token())).status == status


_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
