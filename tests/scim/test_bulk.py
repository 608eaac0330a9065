"""The order of bulk operations, their references, and what is merged."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import InvalidSyntaxException

from scim.bulk import (
    BulkOperation,
    Turn,
    arranged,
    merged_patch,
    parse_bulk,
    references_as_patch,
    without_references,
)
from tests.scim.builders import ENTERPRISE, add, message
from tests.scim.strategies import PROPERTY


def operation(bulk_id: str, *needs: str, method: str = "POST", waits: bool = True) -> BulkOperation:
    """An operation that names others: as members, which can wait, or in a text, which cannot."""
    references = [f"bulkId:{each}" for each in needs]
    data: Any = {"members": [{"value": each} for each in references]} if waits else {"title": references}
    return BulkOperation(method, "/Groups", bulk_id, None, data)


@pytest.mark.parametrize(
    ("data", "path", "named"),
    [
        ({"members": [{"value": "bulkId:a"}, {"value": "1"}]}, "/Groups", {"a"}),
        ({"deep": [{"er": {"value": "bulkId:a"}}], "other": "bulkId:b"}, "/Groups", {"a", "b"}),
        ({}, "/Users/bulkId:a", {"a"}),
        ({"displayName": "about bulkId:a"}, "/Groups", set()),
        ({"displayName": "bulkId:"}, "/Groups", set()),
        (None, "", set()),
    ],
)
def test_references(data: Any, path: str, named: set[str]) -> None:
    """A reference is a whole value, or a segment of the path (RFC 7644 §3.7.2)."""
    assert BulkOperation("POST", path, "", None, data).references == named


def test_resolved_references() -> None:
    """References that are known become ids, wherever they stand; the others stay."""
    before = BulkOperation("PATCH", "/Users/bulkId:a", "", None, {"x": [{"value": "bulkId:a"}, "bulkId:b"]})
    after = before.resolved({"a": "1"})
    assert (after.path, after.data) == ("/Users/1", {"x": [{"value": "1"}, "bulkId:b"]})


@pytest.mark.requirement("7644-3.7-06")
def test_order_stays_where_nothing_waits() -> None:
    """Operations that name nobody keep their order (RFC 7644 §3.7)."""
    assert arranged([operation("b"), operation("a"), operation("c")]) == [(index, Turn.WHOLE) for index in range(3)]


def test_chain_backwards() -> None:
    """Each waits for the one that it names, however far behind that stands."""
    turns = arranged([operation("a", "b"), operation("b", "c"), operation("c")])
    assert turns == [(2, Turn.WHOLE), (1, Turn.WHOLE), (0, Turn.WHOLE)]


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([operation("a", "b"), operation("b", "a")], [(0, Turn.WITHOUT_CIRCLE), (1, Turn.WHOLE)]),
        ([operation("a", "b", waits=False), operation("b", "a")], [(1, Turn.WITHOUT_CIRCLE), (0, Turn.WHOLE)]),
        ([operation("a", "b", waits=False), operation("b", "a", waits=False)], [(0, Turn.STUCK), (1, Turn.WHOLE)]),
        ([operation("a", "a")], [(0, Turn.WITHOUT_CIRCLE)]),
    ],
)
def test_circles(operations: list[BulkOperation], expected: list[tuple[int, Turn]]) -> None:
    """The first that can do without its references for a while opens a circle (RFC 7644 §3.7.1)."""
    assert arranged(operations) == expected


NAMES = st.sampled_from("abcdef")


@given(st.lists(st.builds(operation, NAMES, NAMES, NAMES, method=st.sampled_from(["POST", "PUT"])), max_size=12))
@PROPERTY
def test_each_operation_has_one_turn(operations: list[BulkOperation]) -> None:
    """Every operation has its turn once, and a whole one comes after all that make what it names, but in circles."""
    turns = arranged(operations)
    assert sorted(index for index, _ in turns) == list(range(len(operations)))
    makers: dict[str, int] = {}
    for index, each in enumerate(operations):
        if each.method == "POST":
            makers.setdefault(each.bulk_id, index)
    done: set[int] = set()
    for index, turn in turns:
        if turn is Turn.WHOLE:
            assert {makers[name] for name in operations[index].references if name in makers} <= done
        done.add(index)


def test_made_without_references_and_given_them_later() -> None:
    """What a resource is made without is just what it gets afterwards."""
    data = {
        "members": [{"value": "bulkId:a"}, {"value": "1"}],
        ENTERPRISE: {"manager": {"value": "bulkId:b"}, "department": "D"},
    }
    made = BulkOperation("POST", "/Users", "x", None, data)
    assert without_references(made).data == {
        "members": [{"value": "1"}],
        ENTERPRISE: {"manager": None, "department": "D"},
    }
    assert references_as_patch(made)["Operations"] == [
        {"op": "add", "path": "members", "value": [{"value": "bulkId:a"}]},
        {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": "bulkId:b"}},
    ]


def test_merged_patches() -> None:
    """The operations of several messages become those of one, in their order."""
    bodies = [message(add("title", "1")), message(add("title", "2"), add("nickName", "3"))]
    merged = merged_patch([BulkOperation("PATCH", "/Users/1", "", None, each) for each in bodies])
    assert merged == message(add("title", "1"), add("title", "2"), add("nickName", "3"))


@pytest.mark.parametrize("odd", [None, [], "text", {}, {"Operations": []}, {"Operations": [add("title", "1")]}])
def test_odd_message_is_not_merged(odd: Any) -> None:
    """What is no PATCH message is left to be refused by itself."""
    assert merged_patch([BulkOperation("PATCH", "/Users/1", "", None, odd)]) is None


def test_names_of_members_in_any_case() -> None:
    """Members of the message and of its operations are found in any letter case."""
    body = {
        "SCHEMAS": ["URN:IETF:PARAMS:SCIM:API:MESSAGES:2.0:BULKREQUEST"],
        "operations": [{"METHOD": "post", "PATH": "/Users", "BULKID": "a", "Data": {}}],
        "FAILONERRORS": 2,
    }
    asked = parse_bulk(body)
    assert asked.operations == (BulkOperation("POST", "/Users", "a", None, {}),)
    assert asked.fail_on_errors == 2


def test_bulk_id_of_two_is_refused() -> None:
    """A reference to it could mean either (RFC 7644 §3.7); what makes nothing may repeat it."""
    made: dict[str, Any] = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {}}
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [made, made]}
    with pytest.raises(InvalidSyntaxException, match="operation 1: operation 0 has the same bulkId"):
        parse_bulk(body)
    body["Operations"] = [made, {"method": "DELETE", "path": "/Users/1", "bulkId": "a"}]
    assert len(parse_bulk(body).operations) == 2
