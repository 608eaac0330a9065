"""What one request may ask for at most, each limit chosen by whoever runs the service."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from scim2_models import SCIMException

from routes.bodies import read_json
from scim.bulk import REQUEST_SCHEMA, parse_bulk
from scim.discovery import service_provider_config
from scim.filters import parse
from scim.limits import Limits, limits, set_limits
from scim.membership import split_members
from scim.messages import list_request
from scim.operations import parse_patch
from scim.resources import read_resource

_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture
def few() -> Iterator[Limits]:
    """Small limits, for one test."""
    set_limits(
        Limits(
            body_bytes=100,
            depth=3,
            bulk_operations=2,
            patch_operations=2,
            filter_length=40,
            filter_terms=2,
            members=3,
            page_size=5,
        )
    )
    yield limits()
    set_limits(Limits())


def add(*ids: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": each} for each in ids]}


def patch(*operations: dict[str, Any]) -> Any:
    return split_members(parse_patch({"schemas": [_PATCH], "Operations": list(operations)}, "Group").operations)


def bulk(count: int) -> Any:
    return parse_bulk({"schemas": [REQUEST_SCHEMA], "Operations": [{"method": "DELETE", "path": "/Users/1"}] * count})


def group(*ids: str) -> Any:
    members = [{"value": each} for each in ids]
    return read_resource({"schemas": [_GROUP], "displayName": "x", "members": members}, "Group")


@pytest.mark.parametrize(
    ("fits", "too_much", "status"),
    [
        (lambda: read_json(b'"' + b"x" * 98 + b'"', {}), lambda: read_json(b'"' + b"x" * 99 + b'"', {}), 413),
        (lambda: read_json(b"[[[]]]", {}), lambda: read_json(b"[[[[]]]]", {}), 400),
        (lambda: bulk(2), lambda: bulk(3), 413),
        (lambda: patch(add("1"), add("2")), lambda: patch(add("1"), add("2"), add("3")), 400),
        (
            lambda: parse(f'title eq "{"x" * 29}"', "User"),
            lambda: parse(f'title eq "{"x" * 30}"', "User"),
            400,
        ),
        (lambda: parse("title pr or title pr", "User"), lambda: parse("title pr or " * 2 + "title pr", "User"), 400),
        (lambda: group("1", "2", "3"), lambda: group("1", "2", "3", "4"), 413),
        (lambda: patch(add("1", "2", "3")), lambda: patch(add("1", "2", "3", "4")), 413),
        (lambda: patch(add("1"), add("2", "3")), lambda: patch(add("1", "2"), add("3", "4")), 413),
    ],
    ids=["body", "depth", "bulk", "patch", "filter", "terms", "members", "added", "added in all"],
)
def test_limit_holds(few: Limits, fits: Callable[[], Any], too_much: Callable[[], Any], status: int) -> None:  # noqa: ARG001  they hold while the test runs
    """As much as allowed passes, and the next is refused with a reason."""
    assert fits() is not None
    with pytest.raises(SCIMException) as raised:
        too_much()
    assert (raised.value.status, bool(raised.value.detail)) == (status, True)


def test_pages_are_cut(few: Limits) -> None:
    """A page of more than allowed is not refused, but shorter (RFC 7644 §3.4.2.4)."""
    assert list_request({"count": "99"}, "User").count == few.page_size
    assert list_request({}, "User").count == few.page_size


def test_discovery_tells_the_limits(few: Limits) -> None:
    """So that clients keep them."""
    config: Any = service_provider_config("")
    assert config["bulk"] == {"supported": True, "maxOperations": few.bulk_operations, "maxPayloadSize": few.body_bytes}
    assert config["filter"]["maxResults"] == config["pagination"]["maxPageSize"] == few.page_size
    assert config["pagination"]["defaultPageSize"] == few.page_size
