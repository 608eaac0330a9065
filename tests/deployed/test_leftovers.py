"""What a check of a deployed service leaves behind: nothing."""

import httpx
import pytest

from tests.deployed.leftovers import Leftovers

BASE = "https://a.example/scim/account/x"
_BULK = {
    "Operations": [
        {"method": "POST", "location": f"{BASE}/Users/2", "status": "201"},
        {"method": "DELETE", "location": f"{BASE}/Users/3", "status": "204"},
        {"method": "POST", "status": "400"},
    ]
}


@pytest.mark.parametrize(
    ("method", "path", "answer", "deleted"),
    [
        ("POST", "/Users", httpx.Response(201, headers={"Location": f"{BASE}/Users/1"}), ["/Users/1"]),
        ("POST", "/Bulk", httpx.Response(200, json=_BULK), ["/Users/2"]),
        ("POST", "/.search", httpx.Response(200, json={}), []),
        ("POST", "/Users", httpx.Response(409, json={}), []),
        ("GET", "/Users/1", httpx.Response(200, headers={"Location": f"{BASE}/Users/1"}), []),
    ],
)
async def test_what_was_made_is_deleted(method: str, path: str, answer: httpx.Response, deleted: list[str]) -> None:
    """What was made, alone or by a bulk request, and nothing that was there before."""
    seen: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            seen.append(str(request.url).removeprefix(BASE))
            return httpx.Response(404)
        return answer

    leftovers = Leftovers()
    hooks = {"response": [leftovers.note]}
    async with httpx.AsyncClient(transport=httpx.MockTransport(serve), event_hooks=hooks) as client:
        await client.request(method, BASE + path)
        await leftovers.take_away(client, "t")
    assert seen == deleted
