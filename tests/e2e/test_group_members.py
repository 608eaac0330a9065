"""A group read in pages, and memberships as a client sees them that knows us by discovery alone."""

from typing import Any

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import SearchRequest

from tests.stack import Served, Service, Tenant

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

SIZE, PAGE = 250, 100


async def test_group_is_read_in_pages(service: Service, tenant: Tenant) -> None:
    """Every page is one round trip, all members come once, and the group's own answer names the same."""
    members = await _people(tenant, SIZE)
    values = [{"value": each} for each in members]
    group = await tenant.create("Group", schemas=[GROUP], displayName="All", members=values)
    query = {"filter": f'group.value eq "{group["id"]}"', "count": str(PAGE), "cursor": ""}
    found: list[str] = []
    while True:
        with service.trips.counted():
            page = (await tenant.client.get("/GroupMembers", params=query)).json()
        assert service.trips.rounds == 1
        found += [each["member"]["value"] for each in page["Resources"]]
        if "nextCursor" not in page:
            break
        query["cursor"] = page["nextCursor"]
    assert found == sorted(members)
    by_index = await tenant.client.get("/GroupMembers", params={"filter": query["filter"], "count": "0"})
    assert by_index.json()["totalResults"] == SIZE


async def _people(tenant: Tenant, number: int) -> list[str]:
    """The ids of new users."""
    posts = [
        {
            "method": "POST",
            "path": "/Users",
            "bulkId": f"{each}",
            "data": {"schemas": [USER], "userName": f"user-{each}"},
        }
        for each in range(number)
    ]
    answer = await tenant.client.post("/Bulk", json={"schemas": [BULK], "Operations": posts})
    return [each["location"].rpartition("/")[2] for each in answer.json()["Operations"]]


def test_client_that_knows_discovery(served: Served) -> None:
    """The schema says what is needed, and the answers are what it says."""
    headers = {"Authorization": f"Bearer {served.token}"}
    with Client(base_url=served.url, headers=headers, timeout=30) as connection:
        client = SyncSCIMClient(connection)
        client.discover()
        user_model, group_model, model = (_model(client, each) for each in ("User", "Group", "GroupMember"))
        user = client.create(user_model(user_name="member"))
        group = client.create(group_model(display_name="Of members"))
        sides = {"group": {"value": group.id}, "member": {"value": user.id}}
        made = client.create(model.model_validate(sides))
        assert made.member.type == "User"
        listed = client.query(model, query_parameters=SearchRequest(filter=f'member.value eq "{user.id}"'))
        assert listed.resources == [made]
        assert client.query(model, made.id) == made
        client.delete(model, made.id)
        assert (
            client.query(model, query_parameters=SearchRequest(filter=f'group.value eq "{group.id}"')).total_results
            == 0
        )
        client.delete(group_model, group.id)
        client.delete(user_model, user.id)


def _model(client: SyncSCIMClient, name: str) -> Any:
    """The model that the client made of what discovery tells."""
    return client.get_resource_model(name)
