"""Bulk requests through the registered functions, over stores in memory."""

from typing import Any

import pytest

from domain.access.roles import PROVISION
from scim.limits import Limits
from tests.routes.calls import Api, group_body, patch_body, replacement, user_body

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def bulk(*operations: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": list(operations),
        **members,
    }


def post_user(bulk_id: str, name: str = "", manager: Any = None, **attributes: Any) -> dict[str, Any]:
    """A new user, with *manager* as the enterprise extension has it."""
    if manager is not None:
        attributes[ENTERPRISE] = {"manager": manager, "department": "D"}
    data = user_body(f"{name or bulk_id}@contoso.example", **attributes)
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data}


def post_group(bulk_id: str, *members: str) -> dict[str, Any]:
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": group_body(bulk_id, *members)}


async def send(api: Api, *operations: dict[str, Any], **members: Any) -> list[dict[str, Any]]:
    """The results of a bulk request."""
    answer = await api.call("POST", "/Bulk", bulk(*operations, **members))
    assert answer.status == 200, answer.json
    results: list[dict[str, Any]] = answer.json["Operations"]
    return results


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [each["status"] for each in results]


async def members_of(api: Api, result: dict[str, Any]) -> set[str]:
    group = (await api.call("GET", f"/Groups/{id_in(result)}")).json
    return {each["value"] for each in group.get("members", [])}


def id_in(result: dict[str, Any]) -> str:
    location: str = result["location"]
    return location.rpartition("/")[2]


@pytest.mark.requirement("7644-3.7-05", "7644-3.7.3-01")
async def test_result_of_each_operation(api: Api) -> None:
    """Each result has the method, its bulkId, the status as text, and where the resource is (RFC 7644 §3.7.3)."""
    (made,) = await send(api, post_user("a"))
    assert (made["method"], made["bulkId"], made["status"]) == ("POST", "a", "201")
    assert (await api.call("GET", f"/Users/{id_in(made)}")).json["meta"]["version"] == made["version"]


@pytest.mark.requirement("7644-3.7-02")
async def test_every_method(api: Api) -> None:
    """POST, PUT, PATCH and DELETE do what they do alone, and a method may be written in any letter case."""
    user = await api.create_user("ann@contoso.example")
    path = f"/Users/{user['id']}"
    results = await send(
        api,
        post_user("b"),
        {"method": "put", "path": path, "data": user_body("ann@contoso.example", title="T")},
        {"method": "PATCH", "path": path, "data": replacement("nickName", "A")},
        {"method": "DELETE", "path": path},
    )
    assert statuses(results) == ["201", "200", "200", "204"]
    assert (await api.call("GET", path)).status == 404


@pytest.mark.requirement("7644-3.7.2-01")
@pytest.mark.parametrize("first", ["user", "group"])
async def test_reference_in_any_order(api: Api, first: str) -> None:
    """A group may name a user that stands before it, or after it (RFC 7644 §3.7.2)."""
    operations = [post_user("u"), post_group("g", "bulkId:u")]
    results = await send(api, *(operations if first == "user" else reversed(operations)))
    by_id = {each["bulkId"]: each for each in results}
    assert await members_of(api, by_id["g"]) == {id_in(by_id["u"])}


async def test_results_stand_in_the_order_of_the_request(api: Api) -> None:
    """However the operations were ordered, the results are in the order of the request."""
    results = await send(api, post_group("g", "bulkId:u"), post_user("u"))
    assert [each["bulkId"] for each in results] == ["g", "u"]


async def test_reference_in_a_path(api: Api) -> None:
    """A new resource can be changed in the same request, named in the path."""
    change = {"method": "PATCH", "path": "/Users/bulkId:u", "data": replacement("title", "T")}
    made, changed = await send(api, post_user("u"), change)
    assert changed["location"] == made["location"]
    assert (await api.call("GET", f"/Users/{id_in(made)}")).json["title"] == "T"


async def test_manager_by_reference(api: Api) -> None:
    """A user's manager may be made in the same request."""
    report, boss = await send(api, post_user("r", manager={"value": "bulkId:b"}), post_user("b"))
    user = (await api.call("GET", f"/Users/{id_in(report)}")).json
    assert user[ENTERPRISE]["manager"]["value"] == id_in(boss)


@pytest.mark.requirement("7644-3.7.1-01")
async def test_groups_in_a_circle(api: Api) -> None:
    """Two groups that are members of each other are both made, and are members of each other (RFC 7644 §3.7.1)."""
    one, other = await send(api, post_group("one", "bulkId:other"), post_group("other", "bulkId:one"))
    assert await members_of(api, one) == {id_in(other)}
    assert await members_of(api, other) == {id_in(one)}


async def test_managers_in_a_circle(api: Api) -> None:
    """Two users who manage each other are both made, each with the other as manager."""
    one, other = await send(
        api,
        post_user("one", manager={"value": "bulkId:other"}),
        post_user("other", manager="bulkId:one"),
    )
    for made, boss in ((one, other), (other, one)):
        user = (await api.call("GET", f"/Users/{id_in(made)}")).json
        assert user[ENTERPRISE]["manager"]["value"] == id_in(boss)


async def test_circle_that_cannot_be_opened(api: Api) -> None:
    """Where a circle goes through something that cannot wait, the operations are conflicts."""
    results = await send(api, post_user("a", nickName="bulkId:b"), post_user("b", nickName="bulkId:a"))
    assert statuses(results) == ["409", "409"]


async def test_reference_to_nobody(api: Api) -> None:
    """A bulkId that no operation has is told, and its operation makes nothing."""
    (refused,) = await send(api, post_group("g", "bulkId:nobody"))
    assert (refused["status"], refused["response"]["scimType"]) == ("400", "invalidValue")
    assert "location" not in refused


async def test_reference_to_what_failed(api: Api) -> None:
    """What names a resource that was not made is a conflict."""
    await api.create_user("u@contoso.example")
    results = await send(api, post_user("u"), post_group("g", "bulkId:u"))
    assert statuses(results) == ["409", "409"]


@pytest.mark.requirement("7644-3.7-03")
async def test_goes_on_after_errors(api: Api) -> None:
    """An error is told in its result, and the other operations are done."""
    await api.create_user("taken@contoso.example")
    results = await send(api, post_user("a", "taken"), post_user("b"), {"method": "PATCH", "path": "/Users/x"})
    assert statuses(results) == ["409", "201", "400"]
    assert results[0]["response"]["scimType"] == "uniqueness"


@pytest.mark.requirement("7644-3.7-04")
async def test_stops_after_too_many_errors(api: Api) -> None:
    """After failOnErrors errors the rest is neither done nor told."""
    await api.create_user("taken@contoso.example")
    results = await send(api, post_user("a", "taken"), post_user("b"), failOnErrors=1)
    assert statuses(results) == ["409"]
    assert (await api.call("GET", "/Users")).json["totalResults"] == 1


@pytest.mark.requirement("7644-3.7-07")
async def test_version_is_a_condition(api: Api) -> None:
    """The version of an operation is its If-Match: another one is 412, the current one goes through."""
    user = await api.create_user()
    change = {"method": "PATCH", "path": f"/Users/{user['id']}", "data": replacement("title", "T")}
    stale, current = await send(api, {**change, "version": 'W/"0000"'}, {**change, "version": user["meta"]["version"]})
    assert (stale["status"], current["status"]) == ("412", "200")


async def test_changes_of_one_resource_are_one_write(api: Api) -> None:
    """Members added one by one to one group are written in one transaction, and each has its result."""
    group = await api.create_group("Finance")
    users = [(await api.create_user(f"u{each}@contoso.example"))["id"] for each in range(5)]
    path, before = f"/Groups/{group['id']}", len(api.directory.changes("acme"))
    results = await send(
        api,
        *(
            {
                "method": "PATCH",
                "path": path,
                "data": patch_body({"op": "add", "path": "members", "value": [{"value": each}]}),
            }
            for each in users
        ),
    )
    assert statuses(results) == ["204"] * 5
    assert len(api.directory.changes("acme")) == before + 1


@pytest.mark.requirement("7644-3.7-06")
async def test_one_bad_change_does_not_undo_the_others(api: Api) -> None:
    """Changes of one resource stay operations of their own: the bad one fails alone."""
    user = await api.create_user()
    path = f"/Users/{user['id']}"
    bodies = [replacement("title", "T"), replacement("userName", ""), replacement("nickName", "N")]
    results = await send(api, *({"method": "PATCH", "path": path, "data": each} for each in bodies))
    assert statuses(results) == ["200", "400", "200"]
    assert (await api.call("GET", path)).json["nickName"] == "N"


@pytest.mark.parametrize(
    ("operation", "status", "scim_type"),
    [
        ({"method": "POST", "path": "/Users", "data": user_body("x@contoso.example")}, "400", "invalidSyntax"),
        ({"method": "GET", "path": "/Users/1"}, "405", None),
        ({"path": "/Users/1"}, "405", None),
        ({"method": "POST", "path": "/Nothing", "bulkId": "a", "data": {}}, "404", None),
        ({"method": "POST", "path": "/Bulk", "bulkId": "a", "data": bulk()}, "404", None),
        ({"method": "POST", "path": "/Users/.search", "bulkId": "a", "data": {}}, "405", None),
        ({"method": "POST", "bulkId": "a", "data": user_body("x@contoso.example")}, "404", None),
        ({"method": "POST", "path": "/Users", "bulkId": "a"}, "400", "invalidSyntax"),
        ({"method": "POST", "path": "/Users", "bulkId": "a", "data": "text"}, "400", "invalidSyntax"),
        ({"method": "DELETE", "path": "/Users/%20"}, "404", None),
        ({"method": "PATCH", "path": "/Users/1", "data": []}, "400", "invalidSyntax"),
    ],
)
async def test_operation_that_makes_no_sense(
    api: Api, operation: dict[str, Any], status: str, scim_type: str | None
) -> None:
    """What is wrong with one operation is told in its result."""
    (result,) = await send(api, operation)
    assert (result["status"], result["response"].get("scimType")) == (status, scim_type)


@pytest.mark.requirement("7644-3.7-08")
@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]},
        bulk(),
        bulk("text"),  # type: ignore[arg-type]
        bulk({"method": 5}),
        bulk(post_user("a"), failOnErrors=0),
        bulk(post_user("a"), failOnErrors="1"),
        {**bulk(post_user("a")), "schemas": []},
    ],
)
async def test_no_bulk_request(api: Api, body: Any) -> None:
    """A body that is no BulkRequest is refused as a whole."""
    answer = await api.call("POST", "/Bulk", body)
    assert (answer.status, answer.scim_type) == (400, "invalidSyntax")


@pytest.mark.requirement("7644-3.7.4-01")
async def test_more_operations_than_allowed(api: Api) -> None:
    """More than maxOperations are refused with 413, and the answer names the limit (RFC 7644 §3.7.4)."""
    answer = await api.call(
        "POST", "/Bulk", bulk(*[{"method": "DELETE", "path": "/Users/1"}] * (Limits().bulk_operations + 1))
    )
    assert (answer.status, str(Limits().bulk_operations) in answer.json["detail"]) == (413, True)


@pytest.mark.requirement("7644-2-02")
async def test_permission_of_each_operation(api: Api) -> None:
    """A token that may not change groups changes none by bulk."""
    token = await api.issue(permissions=PROVISION - {"core_usergroup_manage"})
    answer = await api.call("POST", "/Bulk", bulk(post_user("u"), post_group("g")), token=token)
    assert statuses(answer.json["Operations"]) == ["201", "403"]
