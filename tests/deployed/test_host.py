"""What the host in front of the app does to requests and answers, here and in Azure alike (azure.md §3).

``make verify URL=… TOKEN=…`` asks this of any address; ``make test`` of the service on this machine, so that the local
host and the real one are held to the same.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.deployed.target import Answered, Target

_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def assert_scim_error(answer: Answered, status: int) -> None:
    """The answer is an error of the app, and not an empty one of the host's."""
    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/scim+json")
    assert (answer.json()["schemas"], answer.json()["status"]) == ([_ERROR], str(status))


def user(**attributes: str) -> str:
    """A new user as a body; its name is not used twice."""
    return json.dumps({"schemas": [_USER], "userName": f"verify-{uuid4()}@rollcall.example", **attributes})


# Nobody gets in


@pytest.mark.parametrize("token", [None, "wrong", "rc.nobody.0123456789abcdef.x"])
def test_no_entry_without_a_token(target: Target, token: str | None) -> None:
    """No token and a wrong one are 401, say so, and tell nothing else."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = target.ask("GET", f"{target.path}/Users", anonymous=True, **headers)
    assert_scim_error(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/admin/host/status", "/admin/functions", "/admin/host/keys"])
def test_administration_is_closed(target: Target, path: str) -> None:
    """The host's own interface needs its key; the local host, which has none, is not reached from elsewhere."""
    if target.is_remote:
        assert target.ask("GET", path, anonymous=True).status in (401, 403, 404)


def test_plain_http_leads_nowhere(target: Target) -> None:
    """A request without TLS is sent to https, or not taken."""
    if not target.is_remote:
        return
    try:
        answer = target.ask("GET", "/", scheme="http", anonymous=True)
    except OSError:
        return
    assert answer.status in (301, 302, 307, 308, 403, 404)
    assert answer.headers.get("location", "https://").startswith("https://")


# The app answers, and not the host


def test_unknown_path_is_answered_by_the_app(target: Target) -> None:
    """404 in SCIM's form, above the accounts and at the root, also without a token."""
    for path in ("/", "/scim", "/nothing/at/all"):
        assert_scim_error(target.ask("GET", path, anonymous=True), 404)


def test_headers_of_every_answer(target: Target) -> None:
    """Nothing is cached, and no type is guessed, whatever the answer."""
    for path in ("/openapi.json", f"{target.path}/Users", "/nothing"):
        answer = target.ask("GET", path, anonymous=True)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "no-" in answer.headers["cache-control"]


def test_wrong_method_is_answered_by_the_app(tenant: Target) -> None:
    """The host knows no 405; the app does, and names what is allowed."""
    answer = tenant.ask("PUT", f"{tenant.path}/Users", user())
    assert_scim_error(answer, 405)
    assert set(answer.headers["allow"].replace(" ", "").split(",")) >= {"GET", "POST"}


@pytest.mark.parametrize("suffix", ["", "/", "?filter=", "?unknown=1&unknown=2", "?startIndex=1&count=1"])
def test_path_and_query_arrive(tenant: Target, suffix: str) -> None:
    """One slash at the end, an empty value, unknown and repeated names: a list all the same."""
    answer = tenant.ask("GET", f"{tenant.path}/Users{suffix}")
    assert (answer.status, answer.json()["schemas"]) == (
        200,
        ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    )


@pytest.mark.parametrize("target_path", ["/Users/a%2Fb", "/Users/%252F", "/Users/x%20y", "/USERS/none", "/Users/.none"])
def test_odd_ids_are_unknown_ids(tenant: Target, target_path: str) -> None:
    """An id that nobody has is 404 of the app's, however it is written."""
    assert_scim_error(tenant.ask("GET", tenant.path + target_path), 404)


@pytest.mark.parametrize("target_path", ["//Users", "/Users/%00"])
def test_paths_that_never_arrive(tenant: Target, target_path: str) -> None:
    """An empty segment and a null are stopped, by the host or by the app, and harm nobody."""
    assert tenant.ask("GET", tenant.path + target_path).status in (400, 404)


# Bodies


def test_body_without_a_length(tenant: Target) -> None:
    """A chunked body is lost on its way through the host; the app says what it needs instead of making nothing."""
    pieces = iter([user().encode()])
    assert_scim_error(tenant.ask("POST", f"{tenant.path}/Users", pieces, Transfer_Encoding="chunked"), 411)


@pytest.mark.parametrize("body", ["", "{", "[]", "\ud83d"], ids=["empty", "cut off", "list", "half a character"])
def test_bad_body(tenant: Target, body: str) -> None:
    """A body that is no JSON object is refused by the app."""
    sent = body.encode("utf-8", "surrogatepass")
    answer = tenant.ask("POST", f"{tenant.path}/Users", [sent], Content_Length=str(len(sent)))
    assert_scim_error(answer, 400)


def test_body_that_is_too_large(tenant: Target) -> None:
    """The app's limit comes before the host's, and is told in SCIM's form."""
    assert_scim_error(tenant.ask("POST", f"{tenant.path}/Users", user(nickName="n" * 2_000_000)), 413)


# A resource, from beginning to end


def test_life_of_a_user(tenant: Target) -> None:
    """Made, read, found, changed and deleted, each with the status, headers and body that the wire must carry."""
    made = tenant.ask("POST", f"{tenant.path}/Users", user(displayName="Ærlig Ø"))
    assert made.status == 201
    id_, location = made.json()["id"], made.headers["location"]
    assert location == f"{tenant.origin}{tenant.path}/Users/{id_}" == made.json()["meta"]["location"]
    path = f"{tenant.path}/Users/{id_}"
    read = tenant.ask("GET", path)
    assert (read.status, read.json()["displayName"]) == (200, "Ærlig Ø")
    assert read.headers["etag"] == read.json()["meta"]["version"]
    unchanged = tenant.ask("GET", path, If_None_Match=read.headers["etag"])
    assert (unchanged.status, unchanged.body) == (304, b"")
    head = tenant.ask("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    query = f"filter=userName+eq+%22{read.json()['userName'].replace('@', '%40')}%22"
    assert tenant.ask("GET", f"{tenant.path}/Users?{query}").json()["totalResults"] == 1
    gone = tenant.ask("DELETE", path)
    assert (gone.status, gone.body) == (204, b"")
    assert_scim_error(tenant.ask("GET", path), 404)


def test_many_at_once(tenant: Target) -> None:
    """32 requests at the same time are all answered, and none is told to wait."""
    with ThreadPoolExecutor(32) as pool:
        answers = pool.map(lambda _: tenant.ask("GET", f"{tenant.path}/Users?count=1").status, range(32))
        assert set(answers) == {200}
