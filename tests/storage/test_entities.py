"""Records and their rows."""

import dataclasses
from typing import Any

import pytest

from domain.model import GroupRecord, Origin, Outcome, Record, ValueChange
from domain.ports import RecordTooLarge
from storage.client import Tables, create
from storage.directory import TableDirectory
from storage.entities import change_entity, index_rows, split_version, to_change, to_entity, version
from storage.limits import MAX_STRING, check_entity
from tests.storage.build import NOW, creation, make_group, make_user


def user(**document: Any) -> Record:
    return dataclasses.replace(make_user("Ann@Example.com", **document), id="1")


@pytest.mark.parametrize(
    ("record", "rows"),
    [
        (user(), {"un:ann@example.com": "userName"}),
        (user(externalId="E:1"), {"un:ann@example.com": "userName", "ux:E!003a1:1": ""}),
        (
            user(emails=[{"value": "A@b"}, {"value": "a@B"}, {"value": "c@d", "primary": True}, {"type": "work"}]),
            {"un:ann@example.com": "userName", "ue:c@d:1": "", "ue:a@b:1": ""},
        ),
        (dataclasses.replace(make_group("Team", externalId="T"), id="2"), {"gn:team": "displayName", "gx:T:2": ""}),
        (dataclasses.replace(make_group("Team", origin=Origin.NATIVE), id="2"), {}),
    ],
)
def test_rows_that_lead_to_a_record(record: Record, rows: dict[str, str]) -> None:
    """One for each value that records are looked up by; equal values share one."""
    assert index_rows(record) == rows


def test_more_addresses_than_can_be_looked_up_are_refused() -> None:
    """A change of all of them would not fit into one transaction."""
    with pytest.raises(RecordTooLarge):
        index_rows(user(emails=[{"value": f"{number}@b"} for number in range(41)]))


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "\U0001f600" * 30_000, "a" + "\U0001f600" * 30_000, "é" * 70_000, '"\\' * 30_000]
)
def test_long_documents_are_split(text: str) -> None:
    """No part is longer than a property may be, and none begins or ends within a character."""
    entity = to_entity(user(title=text), "c1")
    parts = [value for name, value in entity.items() if name.startswith("doc")]
    assert len(parts) > 1
    assert all(len(part.encode("utf-16-le")) // 2 <= MAX_STRING for part in parts)
    check_entity({"PartitionKey": "a", **entity})


@pytest.mark.parametrize(
    "document", [{"title": "\ud800"}, {"number": 2**70}, {"title": "\x00\x7f"}, {"a": {"b": [None]}}]
)
async def test_any_json_comes_back(tables: Tables, account: str, document: dict[str, Any]) -> None:
    """Also half a surrogate pair, and numbers beyond 64 bits."""
    store, record = TableDirectory(tables.directory), make_user(displayName="\ud800\x00", **document)
    await store.create_user(account, record, creation(record))
    assert (await store.get_user(account, record.id)).document == record.document


async def test_unfinished_change_is_part_of_the_version(tables: Tables, account: str) -> None:
    """So a writer learns of it from what it read."""
    group = make_group()
    await tables.directory.write(account, create(to_entity(group, "c1", pending="c1")))
    read = await TableDirectory(tables.directory).get_group(account, group.id)
    assert isinstance(read, GroupRecord)
    assert split_version(read.version)[1] == "c1"
    assert (split_version(version("e", "")), split_version(version("e", "c"))) == (("e", ""), ("e", "c"))


def test_moments_are_kept_whole() -> None:
    """To the microsecond."""
    assert to_entity(user(), "c1")["created"] == NOW


async def test_change_comes_back_as_it_was_written(tables: Tables, account: str) -> None:
    """Also what it says of a refusal."""
    user = make_user()
    refusal = dataclasses.replace(
        creation(user), users=0, outcome=Outcome.FAILURE, status=409, scim_type="uniqueness", reason="taken", count=3
    )
    values = (ValueChange("title", None, "\ud800\x00"), ValueChange("urn:x:a", {"b": [1]}, None))
    telling = dataclasses.replace(creation(make_user()), resource_name="Ann", values=values)
    store = TableDirectory(tables.directory)
    await store.record(account, telling, refusal)
    for each in (telling, refusal):
        assert to_change(await tables.directory.get(account, f"c:{each.id}")) == each


async def test_more_changes_than_a_transaction_are_recorded(tables: Tables, account: str) -> None:
    """As many as a request skipped members."""
    skipped = [creation(make_user()) for _ in range(101)]
    await TableDirectory(tables.directory).record(account, *skipped)
    assert len(await tables.directory.rows(account, "c:", select=["RowKey"])) == 101


async def test_change_is_stored_whatever_the_client_sent() -> None:
    """What no row can hold is left out of names and reasons, and values that do not fit are left out."""
    odd = dataclasses.replace(
        creation(make_user()),
        resource_name="a\x00\ud800",
        reason="x" * 2_000,
        values=tuple(ValueChange(str(number), "x" * 20_000, None) for number in range(3)),
    )
    stored = change_entity(odd)
    assert (stored["name"], len(stored["reason"])) == ("a\x01\ufffd", 1_000)
    assert [each.attribute for each in to_change({**stored, "time": NOW}).values] == ["0"]
