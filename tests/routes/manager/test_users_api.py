"""Users in the manager API: invited, adopted, edited, released and removed, under the lock rules."""

from typing import Any

import pytest

from tests.domain.builders import NOBODY
from tests.routes.calls import Api, replacement, user_body

ANN = "ann@contoso.example"


async def invite(api: Api, email: str = ANN, **body: Any) -> Any:
    """A new invitation as the answer shows it."""
    return (await api.manage("POST", "/users", {"email": email, **body})).json


async def join(api: Api, email: str = ANN) -> str:
    """The id of a native user who was invited and accepted."""
    user = (await invite(api, email))["user"]
    await api.manage("POST", f"/users/{user['id']}/accept", {"code": user["invitation"]["code"]})
    return str(user["id"])


async def emails(api: Api, query: str = "") -> list[str]:
    return sorted(each["email"] for each in (await api.manage("GET", f"/users{query}")).json["items"])


# Invitations


async def test_invited_user_is_shown_with_its_code_once(api: Api) -> None:
    """201 with a place and a version; nobody can read the code again."""
    answer = await api.manage("POST", "/users", {"email": " Ann@Contoso.example ", "name": "Ann"})
    user = answer.json["user"]
    assert (answer.status, answer.json["outcome"], user["email"], user["state"]) == (201, "invited", ANN, "invited")
    assert answer.headers["Location"] == f"https://rollcall.example/manager/account/acme/users/{user['id']}"
    read = (await api.manage("GET", f"/users/{user['id']}")).json
    assert (user["invitation"]["code"] != "", "code" in read["invitation"], read["origin"]) == (True, False, "native")


async def test_invited_user_has_no_access_in_scim(api: Api) -> None:
    """The client finds the user by its userName, not active (DESIGN §6 X7)."""
    await invite(api)
    found = (await api.call("GET", "/Users?filter=userName%20eq%20%22ANN@contoso.example%22")).json["Resources"]
    assert [each["active"] for each in found] == [False]
    assert (await api.call("GET", "/Users?filter=active%20eq%20false")).json["totalResults"] == 1


async def test_accepted_user_is_active(api: Api) -> None:
    """And has no invitation any more."""
    user_id = await join(api)
    user = (await api.manage("GET", f"/users/{user_id}")).json
    assert (user["state"], "invitation" in user, user["groupManaged"]) == ("active", False, False)


@pytest.mark.parametrize(
    ("days", "code", "refusal"),
    [
        (0, "wrong", "INVITATION_CODE_WRONG"),
        (6.9, None, None),
        (7, None, "INVITATION_EXPIRED"),
        (29, None, "INVITATION_EXPIRED"),
    ],
)
async def test_code_opens_for_a_week(api: Api, days: float, code: str | None, refusal: str | None) -> None:
    """Another one, and a late one, open nothing."""
    user = (await invite(api))["user"]
    api.clock.move(days=days)
    answer = await api.manage("POST", f"/users/{user['id']}/accept", {"code": code or user["invitation"]["code"]})
    assert (answer.code if refusal else answer.json["state"]) == (refusal or "active")


async def test_every_answer_about_a_user_tells_its_version(api: Api) -> None:
    """Whatever became of an invitation: what follows can be made to depend on it."""
    first = await api.manage("POST", "/users", {"email": ANN})
    path = f"/users/{first.json['user']['id']}"
    for method, below, body in (("POST", "/users", {"email": ANN}), ("POST", f"{path}/resend", None)):
        answer = await api.manage(method, below, body)
        assert answer.headers["ETag"] == (await api.manage("GET", path)).headers["ETag"]


async def test_second_invitation_replaces_the_first(api: Api) -> None:
    """By the address or by the id; earlier codes open nothing (harness.md §4.11)."""
    first = (await invite(api))["user"]
    again = await invite(api, "ANN@contoso.example")
    third = (await api.manage("POST", f"/users/{first['id']}/resend")).json
    assert (again["outcome"], third["outcome"], third["user"]["id"]) == ("resent", "resent", first["id"])
    for each, status in ((first, 400), (again["user"], 400), (third["user"], 200)):
        code = each["invitation"]["code"]
        assert (await api.manage("POST", f"/users/{first['id']}/accept", {"code": code})).status == status


async def test_who_is_there_is_already_added(api: Api) -> None:
    """Native or of the client: no error, and nothing changes."""
    await join(api)
    await api.create_user("bob@contoso.example")
    for email in (ANN, "bob@contoso.example"):
        answer = await api.manage("POST", "/users", {"email": email})
        assert (answer.status, answer.json["outcome"]) == (200, "alreadyAdded")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": ""},
        {"email": "ann"},
        {"email": "a b@c.example"},
        {"email": "ann@contoso.example\x00"},
        {"email": f"{'a' * 65}@contoso.example"},
        {"email": ANN, "name": "x" * 257},
        {"email": ANN, "name": "a\u202eb\x07"},
        {"email": ANN, "admin": True},
        [],
        "ann@contoso.example",
    ],
)
async def test_hostile_invitation_is_refused(api: Api, body: Any) -> None:
    """With what is wrong; nothing is stored."""
    answer = await api.manage("POST", "/users", body)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert await emails(api) == []


# Lists


async def test_lists_hide_the_deactivated(api: Api) -> None:
    """Unless they are asked for."""
    await join(api)
    await invite(api, "ian@contoso.example")
    bob = await api.create_user("bob@contoso.example", displayName="Robert")
    await api.call("PATCH", f"/Users/{bob['id']}", replacement("active", False))
    assert await emails(api) == [ANN, "ian@contoso.example"]
    assert await emails(api, "?state=deactivated") == ["bob@contoso.example"]
    assert await emails(api, "?state=invited") == ["ian@contoso.example"]
    assert len(await emails(api, "?state=all")) == 3
    assert await emails(api, "?state=all&origin=scim&search=ROB") == ["bob@contoso.example"]
    assert await emails(api, "?search=%22%20or%20userName%20pr%20or%20%22") == []


async def test_list_comes_in_pages(api: Api) -> None:
    """Each user once."""
    for number in range(5):
        await invite(api, f"u{number}@contoso.example")
    seen: list[str] = []
    path = "/users?limit=2"
    while path:
        page = (await api.manage("GET", path)).json
        seen += [each["email"] for each in page["items"]]
        path = f"/users?limit=2&cursor={page['nextCursor']}" if "nextCursor" in page else ""
    assert sorted(seen) == [f"u{number}@contoso.example" for number in range(5)]


@pytest.mark.parametrize("query", ["?limit=0", "?limit=x", "?state=gone", "?cursor=x", "?serach=ann", "?limit=201"])
async def test_odd_query_is_refused(api: Api, query: str) -> None:
    """As a problem."""
    answer = await api.manage("GET", f"/users{query}")
    assert (answer.status, answer.code in ("INVALID_REQUEST", "INVALID_CURSOR")) == (400, True)


# Edit, lock, remove


async def test_native_user_is_edited(api: Api) -> None:
    """Names, each on its own; an empty one is cleared, and the address stands in for the whole one (U2)."""
    path = f"/users/{await join(api)}"
    await api.manage("PATCH", path, {"name": "Ann Berg", "givenName": "Ann", "familyName": "Berg"})
    edited = (await api.manage("PATCH", path, {"familyName": ""})).json
    assert (edited["name"], edited["givenName"], "familyName" in edited) == ("Ann Berg", "Ann", False)
    assert (await api.manage("PATCH", path, {"name": " "})).json["name"] == ANN
    assert (await api.manage("PATCH", path, {"email": "new@contoso.example"})).code == "USER_EMAIL_FIXED"
    assert (await api.manage("PATCH", path, {"email": ANN.upper()})).status == 200


async def test_stale_version_is_refused(api: Api) -> None:
    """412, and nothing is written."""
    path = f"/users/{await join(api)}"
    before = await api.manage("GET", path)
    await api.manage("PATCH", path, {"name": "Ann"})
    for method, body in (("PATCH", {"name": "Bea"}), ("DELETE", None)):
        stale = await api.manage(method, path, body, If_Match=before.headers["ETag"])
        assert (stale.status, stale.code) == (412, "VERSION_CONFLICT")
    assert (await api.manage("GET", path)).json["name"] == "Ann"


async def test_user_of_the_client_is_locked(api: Api) -> None:
    """What the client owns is refused with the code, and who to turn to; other acts stay free."""
    user = await api.create_user(displayName="Ann")
    path = f"/users/{user['id']}"
    for method, body in (("PATCH", {"name": "Bea"}), ("DELETE", None)):
        answer = await api.manage(method, path, body)
        assert (answer.status, answer.code) == (400, "USER_EXTERNALLY_MANAGED")
        assert "identity provider" in answer.json["detail"]
    assert (await api.manage("PATCH", path, {"name": "Ann"})).status == 200  # nothing would change
    assert (await api.manage("GET", path)).json["directAssigned"] is True


async def test_directly_assigned_user_starts_without_groups(api: Api) -> None:
    """Of either kind (R26)."""
    user = (await api.manage("GET", f"/users/{(await api.create_user())['id']}")).json
    assert (user["nativeGroups"], user["scimGroups"], user["directAssigned"]) == ([], [], True)


async def test_user_is_locked_and_unlocked(api: Api) -> None:
    """Whoever owns it; who has not accepted yet has nothing to lock."""
    user = await api.create_user()
    for act, locked in (("lock", True), ("unlock", False)):
        assert (await api.manage("POST", f"/users/{user['id']}/{act}")).json["locked"] is locked
    invited = (await invite(api, "ian@contoso.example"))["user"]
    assert (await api.manage("POST", f"/users/{invited['id']}/unlock")).code == "USER_INVITED"


async def test_removed_user_is_gone(api: Api) -> None:
    """For SCIM too, and the total is true."""
    path = f"/users/{await join(api)}"
    assert (await api.manage("DELETE", path)).status == 204
    for answer in (await api.manage("GET", path), await api.manage("DELETE", path)):
        assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert (await api.call("GET", "/Users")).json["totalResults"] == 0


@pytest.mark.parametrize("user_id", [NOBODY, "x", "..", "%00"])
async def test_unknown_user_is_not_found(api: Api, user_id: str) -> None:
    """Whatever is asked of it."""
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("POST", "/unlock", None),
        ("POST", "/release", None),
        ("POST", "/accept", {"code": "x"}),
    ):
        assert (await api.manage(method, f"/users/{user_id}{path}", body)).code == "NOT_FOUND"


# Adoption and release


@pytest.mark.parametrize("accepts", [False, True])
async def test_client_adopts_a_native_user(api: Api, *, accepts: bool) -> None:
    """201 with the same id, active, the client's; an invitation is void (harness.md §4.3; DESIGN §6 X6)."""
    invited = (await invite(api))["user"]
    if accepts:
        await api.manage("POST", f"/users/{invited['id']}/accept", {"code": invited["invitation"]["code"]})
    adopted = await api.call("POST", "/Users", user_body("Ann@contoso.example", externalId="e1"))
    assert (adopted.status, adopted.json["id"], adopted.json["active"]) == (201, invited["id"], True)
    user = (await api.manage("GET", f"/users/{invited['id']}")).json
    assert (user["origin"], user["state"], "invitation" in user, user["externalId"]) == ("scim", "active", False, "e1")
    again = await api.call("POST", "/Users", user_body(ANN))
    assert (again.status, again.scim_type) == (409, "uniqueness")
    assert (await api.manage("GET", "")).json["counts"]["users"] == 1


async def test_deactivated_user_of_the_client_is_not_adopted(api: Api) -> None:
    """Active or not, it is the client's already: 409 (DESIGN §6 X6)."""
    await api.create_user(active=False)
    assert (await api.call("POST", "/Users", user_body(ANN))).scim_type == "uniqueness"


async def test_change_through_scim_adopts(api: Api) -> None:
    """A client that found the user by its name owns it from its first change on."""
    invited = (await invite(api))["user"]
    patched = await api.call("PATCH", f"/Users/{invited['id']}", replacement("title", "Boss"))
    assert patched.json["active"] is True
    user = (await api.manage("GET", f"/users/{invited['id']}")).json
    assert (user["origin"], user["state"]) == ("scim", "active")


async def test_release_gives_the_user_back(api: Api) -> None:
    """To an Account Admin only, written down; then it is edited here, and adopted again by the client."""
    user = await api.create_user()
    path = f"/users/{user['id']}"
    refused = await api.manage("POST", f"{path}/release", token=api.token)
    assert (refused.status, refused.code) == (403, "ACCOUNT_ADMIN_NEEDED")
    assert (await api.manage("POST", f"{path}/release")).json["origin"] == "native"
    assert (await api.manage("PATCH", path, {"name": "Ann"})).status == 200
    written = [each for each in api.directory.changes("acme") if str(each.source) == "manager"]
    done = {each.attributes for each in written if str(each.outcome) == "success"}
    assert done == {("urn:rollcall:params:scim:schemas:extension:1.0:User:origin",), ("displayName",)}
    assert (await api.call("POST", "/Users", user_body(ANN))).json["id"] == user["id"]


async def test_native_delete_is_a_setting(api: Api) -> None:
    """An account may let its administrators remove what the client owns (DESIGN §6 X5)."""
    user = await api.create_user()
    await api.allow(native_delete=True)
    assert (await api.manage("DELETE", f"/users/{user['id']}")).status == 204
