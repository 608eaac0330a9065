"""The checks send the recorded requests of Microsoft's validators, operation for operation."""

import json
from typing import Any

import pytest

from simulator.protocol import ENTERPRISE_URN
from simulator.validation.run import ALL_CHECKS, validate
from simulator.validation.samples import BY_PATH, JOINED
from tests.simulator.fake_service import BASE, TOKEN, FakeService

MANAGER = f"{ENTERPRISE_URN}:manager"


async def operations(service: FakeService, key: str) -> list[Any]:
    """The operations of all PATCHes that one check sends, random words as ``…``."""
    check = next(each for each in ALL_CHECKS if each.key == key)
    await validate(BASE, TOKEN, checks=[check], transport=service.transport)
    sent = [each.body["Operations"] for each in service.sent if each.method == "PATCH"]
    return [_plain(each) for each in sent]


def _plain(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _plain(value) if name not in ("op", "path") else value for name, value in content.items()}
    if isinstance(content, list):
        return [_plain(each) for each in content]
    return "…" if isinstance(content, str) and content and not content.startswith("u-") else content


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("U9", [[{"op": "replace", "value": {"userName": "…"}}]]),
        ("U10", [[{"op": "replace", "path": "active", "value": False}]]),
        ("U11", [[{"op": "add", "path": MANAGER, "value": {"value": "…"}}]]),
        ("U12", [[{"op": "replace", "path": MANAGER, "value": {"value": "…"}}]]),
        ("U13", [[{"op": "replace", "path": MANAGER, "value": {"value": ""}}]]),
        ("G8", [[{"op": "replace", "value": {"externalId": "…"}}]]),
        ("G9", [[{"op": "replace", "value": {"displayName": "…"}}]]),
        ("G10", [[{"op": "replace", "path": "members", "value": [{"value": "u-1"}]}]]),
        (
            "G11",
            [
                [{"op": "replace", "path": "members", "value": [{"value": "u-1"}, {"value": "u-2"}]}],
                [{"op": "remove", "path": 'members[value eq "u-1"]'}],
            ],
        ),
        (
            "P5",
            [
                [
                    {"op": "add", "path": "members", "value": [{"value": "u-1"}]},
                    {"op": "remove", "path": 'members[value eq "u-1"]'},
                ]
            ],
        ),
        (
            "U6",
            [
                [
                    *({"op": "replace", "path": path, "value": path.endswith(".primary") or "…"} for path in BY_PATH),
                    {"op": "replace", "value": {path: path == "active" or "…" for path in JOINED}},
                ]
            ],
        ),
    ],
)
async def test_operations(service: FakeService, key: str, expected: list[Any]) -> None:
    """Lower-case verbs, bracket paths apart, everything else in one operation without path."""
    assert await operations(service, key) == expected


async def test_verbose_patch_has_a_path_for_each_attribute(service: FakeService) -> None:
    """36 operations on a user who had a sign-in name only."""
    (sent,) = await operations(service, "U8")
    assert [each["path"] for each in sent] == [*BY_PATH, *JOINED]
    assert {each["op"] for each in sent} == {"add"}
    assert set(service.bodies("POST")[0]) == {"userName", "schemas"}


async def test_clearing_comes_twice(service: FakeService) -> None:
    """First with empty strings, then with null, without what must not be cleared."""
    first, second = await operations(service, "S2")
    assert {json.dumps(each["value"]) for each in first[:-1]} == {'""'}
    assert set(second[-1]["value"].values()) == {None}
    assert not {"active", "userName"} & first[-1]["value"].keys()
