"""The client's behaviour behind our table: its errors become ours, its pages are walked to the end."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.exceptions import (
    DecodeError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.data.tables import TableErrorCode, TableTransactionError

from domain.ports import RecordNotFound, RecordTooLarge, StoreError, StoreUnavailable, VersionConflict
from storage.client import Table, Tables, Where, create, delete, make_table, make_tables, merge, replace, upsert
from storage.errors import AlreadyThere, Refused, table_errors


def answered(error: HttpResponseError, status: int, code: TableErrorCode | None = None) -> HttpResponseError:
    error.status_code = status
    error.error_code = code  # type: ignore[attr-defined]  # the library sets it so too
    return error


def in_transaction(status: int, index: int, code: TableErrorCode | None = None) -> HttpResponseError:
    return answered(TableTransactionError(message=f"{index}:refused"), status, code)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (answered(ResourceExistsError(), 409), AlreadyThere),
        (answered(ResourceNotFoundError(), 404), RecordNotFound),
        (answered(ResourceModifiedError(), 412), VersionConflict),
        (answered(ResourceNotFoundError(), 404, TableErrorCode.TABLE_NOT_FOUND), StoreUnavailable),
        (in_transaction(409, 2), Refused),
        (in_transaction(404, 0), Refused),
        (in_transaction(404, 0, TableErrorCode.TABLE_NOT_FOUND), StoreUnavailable),
        (in_transaction(413, 0), RecordTooLarge),
        (in_transaction(400, 1, TableErrorCode.ENTITY_TOO_LARGE), RecordTooLarge),
        (in_transaction(503, 0), StoreUnavailable),
        (answered(HttpResponseError(), 400, TableErrorCode.PROPERTY_VALUE_TOO_LARGE), RecordTooLarge),
        (answered(HttpResponseError(), 400), StoreError),
        (answered(HttpResponseError(), 403), StoreError),
        *((answered(HttpResponseError(), status), StoreUnavailable) for status in (408, 429, 500, 502, 503, 504)),
        (DecodeError(), StoreUnavailable),
        (ServiceRequestError("refused"), StoreUnavailable),
        (ServiceResponseError("reset"), StoreUnavailable),
        (ConnectionResetError(), StoreUnavailable),
        (TimeoutError(), StoreUnavailable),
    ],
)
def test_errors_become_ours(theirs: Exception, ours: type[StoreError]) -> None:
    """By the class of the port that says what the caller can do about it."""
    with pytest.raises(StoreError) as caught, table_errors():
        raise theirs
    assert type(caught.value) is ours


def test_refusal_tells_the_operation() -> None:
    """Its index in the transaction."""
    with pytest.raises(Refused) as caught, table_errors():
        raise in_transaction(409, 2)
    assert (caught.value.index, caught.value.status) == (2, 409)


class Pages:
    """A client whose answers are given: pages of rows, each with the token of the next."""

    table_name = "directory"

    def __init__(self, *pages: list[dict[str, str]]) -> None:
        self.pages = pages
        self.asked: list[dict[str, Any]] = []

    def query_entities(self, text: str, **options: Any) -> "Pages":
        self.asked.append({"text": text, **options})
        return self

    def by_page(self, continuation_token: int | None) -> "_Iterator":
        return _Iterator(self, continuation_token or 0)


class _Iterator:
    def __init__(self, pages: Pages, number: int) -> None:
        self.pages, self.number = pages, number
        self.continuation_token: int | None = None

    async def __anext__(self) -> AsyncIterator[dict[str, str]]:
        following = self.number + 1
        self.continuation_token = following if following < len(self.pages.pages) else None
        return _each(self.pages.pages[self.number])


async def _each(rows: list[dict[str, str]]) -> AsyncIterator[dict[str, str]]:
    for row in rows:
        yield row


def table_of(pages: Pages, **options: Any) -> Table:
    return Table(pages, **options)  # type: ignore[arg-type]  # as much of a client as a query needs


async def test_empty_pages_are_passed_over() -> None:
    """The service may answer no rows and a continuation token; the rows behind it are found."""
    pages = Pages([], [], [{"RowKey": "u:1"}], [], [{"RowKey": "u:2"}], [])
    assert [row["RowKey"] for row in await table_of(pages).rows("acme", "u:")] == ["u:1", "u:2"]


async def test_page_without_rows_is_the_end() -> None:
    """So a caller may take the last row of a page that has a next one."""
    rows, token = await table_of(Pages([], [], [])).page("acme", "u:", "u;")
    assert (rows, token) == ([], None)


@pytest.mark.parametrize(("asked", "sent"), [(0, 1), (-5, 1), (7, 7), (5_000, 1_000)])
async def test_page_size_is_guarded(asked: int, sent: int) -> None:
    """At 0 the library would ask for ever, beyond 1,000 the service refuses."""
    pages = Pages([])
    await table_of(pages).page("acme", "u:", "u;", page_size=asked)
    assert pages.asked[0]["results_per_page"] == sent


async def test_every_query_names_its_account() -> None:
    """As a value, beside the range of row keys."""
    pages = Pages([])
    await table_of(pages).page("acme", "u:", "u;", where=Where("email eq @v0", {"v0": "b"}))
    assert pages.asked[0]["text"].startswith("PartitionKey eq @account and RowKey ge @low and RowKey lt @high and (")
    assert pages.asked[0]["parameters"] == {"account": "acme", "low": "u:", "high": "u;", "v0": "b"}


@pytest.mark.parametrize("account", ["a/b", "a\x00", "x" * 600])
async def test_impossible_accounts_are_refused(tables: Tables, account: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match="key"):
        await tables.directory.get(account, "u:1")
    with pytest.raises(ValueError, match="key"):
        await tables.directory.submit(account, [delete("u:1")])


async def test_hostile_values_stay_values(tables: Tables, account: str) -> None:
    """A quote in a value ends no literal."""
    await tables.directory.write(account, create({"RowKey": "u:1", "name": "o'brien"}))
    for value, found in (("o'brien", 1), ("x' or 'a' eq 'a", 0), ("@low", 0)):
        rows, _ = await tables.directory.page(account, "u:", "u;", where=Where("name eq @v0", {"v0": value}))
        assert len(rows) == found


async def test_single_writes(tables: Tables, account: str) -> None:
    """Each verb asks of the stored row what it says."""
    table = tables.directory
    etag = await table.write(account, create({"RowKey": "r", "one": 1}))
    with pytest.raises(AlreadyThere):
        await table.write(account, create({"RowKey": "r"}))
    await table.write(account, merge({"RowKey": "r", "two": 2}))
    with pytest.raises(VersionConflict):
        await table.write(account, replace({"RowKey": "r"}, etag))
    assert {**await table.get(account, "r")} == {"PartitionKey": account, "RowKey": "r", "one": 1, "two": 2}
    await table.write(account, upsert({"RowKey": "r", "three": 3}))
    assert "one" not in await table.get(account, "r")
    await table.write(account, delete("r"))
    for operation in (delete("r"), merge({"RowKey": "r"})):
        with pytest.raises(RecordNotFound):
            await table.write(account, operation)
    assert await table.find(account, "r") is None


async def test_missing_tables_are_told(connection: str) -> None:
    """Not as a record that is missing."""
    async with make_table("nosuchtable", connection_string=connection) as table:
        with pytest.raises(StoreUnavailable, match="table does not exist"):
            await table.find("acme", "r")


async def test_unreachable_service_is_unavailable(connection: str) -> None:
    """After bounded repetitions, with waits between them that grow."""
    nobody = re.sub(r":\d+/", ":9/", connection)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with make_table("directory", connection_string=nobody, sleep=sleep) as table:
        with pytest.raises(StoreUnavailable):
            await table.find("acme", "r")
    assert len(waits) == 3
    assert waits[0] < 0.1 < waits[2] < 1


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"connection_string": "UseDevelopmentStorage=true", "table_service_uri": "https://x.table.core.windows.net"},
        {"table_service_uri": "https://x.table.core.windows.net"},
    ],
)
def test_ambiguous_places_are_refused(place: dict[str, Any]) -> None:
    """Neither, both, or a URI that nothing opens."""
    with pytest.raises(ValueError, match="connection string"):
        make_tables(**place)
