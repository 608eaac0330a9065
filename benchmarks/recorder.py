"""Records what an operation asks of the storage client, and asks a bare client the same, to know its share of CPU."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from typing import Any, cast

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from benchmarks.rounds import Span, levels

type Row = Mapping[str, Any]
type Write = tuple[str, Row, Mapping[str, Any]]

_MEMBERSHIPS = ("m:", "um:")


@dataclass(frozen=True, slots=True)
class PointRead:
    """``get_entity``; *found* is None where there was no row."""

    span: Span
    row_key: str
    options: Mapping[str, Any]
    found: Row | None


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page of ``query_entities``, read whole."""

    span: Span
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]
    token: Any
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Transaction:
    """``submit_transaction``."""

    span: Span
    writes: Sequence[Write]


type Recorded = PointRead | PageRead | Transaction


class Recorder:
    """Stands where a `TableClient` stands, and notes its calls from `start` to `stop`.

    What it does not know it hands through unrecorded; `requests` tells the difference to what was sent.
    """

    def __init__(self, client: TableClient) -> None:
        self._client = client
        self._calls: list[Recorded] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def as_client(self) -> TableClient:
        return cast("TableClient", self)

    def start(self) -> None:
        self._calls = []

    def stop(self) -> list[Recorded]:
        """The calls since `start`, in the order of their beginnings."""
        taken, self._calls = self._calls or [], None
        return sorted(taken, key=lambda each: each.span.begin)

    async def get_entity(self, partition_key: str, row_key: str, **options: Any) -> Any:
        begin = time.perf_counter()
        found = None
        try:
            found = await self._client.get_entity(partition_key, row_key, **options)
            return found
        finally:
            self._note(lambda span: PointRead(span, row_key, options, found), begin)

    async def submit_transaction(self, operations: Any, **options: Any) -> Any:
        writes = list(operations) if self._calls is not None else operations
        begin = time.perf_counter()
        try:
            return await self._client.submit_transaction(writes, **options)
        finally:
            self._note(lambda span: Transaction(span, writes), begin)

    def query_entities(self, *arguments: Any, **options: Any) -> Any:
        pager = self._client.query_entities(*arguments, **options)
        return pager if self._calls is None else _Pager(self, pager, arguments, options)

    def _note(self, make: Callable[[Span], Recorded], begin: float) -> None:
        if self._calls is not None:
            self._calls.append(make(Span(begin, time.perf_counter())))


@dataclass(slots=True)
class _Pager:
    """What ``query_entities`` gives, while calls are noted."""

    recorder: Recorder
    pager: Any
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]

    def by_page(self, continuation_token: Any = None) -> "_Pages":
        return _Pages(self, self.pager.by_page(continuation_token=continuation_token), continuation_token)


@dataclass(slots=True)
class _Pages:
    """The pages of a query, each read whole as it comes."""

    pager: _Pager
    pages: Any
    token: Any

    @property
    def continuation_token(self) -> Any:
        return self.pages.continuation_token

    def __aiter__(self) -> "_Pages":
        return self

    async def __anext__(self) -> AsyncIterator[Row]:
        begin, token = time.perf_counter(), self.token
        rows = [row async for row in await anext(self.pages)]
        self.token = self.pages.continuation_token
        asked = self.pager
        asked.recorder._note(lambda span: PageRead(span, asked.arguments, asked.options, token, rows), begin)
        return _each(rows)


async def _each(rows: Sequence[Row]) -> AsyncIterator[Row]:
    for row in rows:
        yield row


def rows_read(recorded: Sequence[Recorded]) -> int:
    return len(_read(recorded))


def memberships_read(recorded: Sequence[Recorded]) -> int:
    """How many rows of memberships came back."""
    return sum(str(row.get("RowKey", "")).startswith(_MEMBERSHIPS) for row in _read(recorded))


def rows_written(recorded: Sequence[Recorded]) -> int:
    return sum(len(call.writes) for call in recorded if isinstance(call, Transaction))


def _read(recorded: Sequence[Recorded]) -> list[Row]:
    found: list[Row] = []
    for call in recorded:
        if isinstance(call, PointRead) and call.found is not None:
            found.append(call.found)
        if isinstance(call, PageRead):
            found += call.rows
    return found


class Replay:
    """The calls of one operation, to be asked of a bare client again and again; the directory stays as it is.

    Pages are read where they were.  Point reads and transactions go to a new partition each time, into which
    `prepare` puts what they need to find, so that the service answers as it did: a missing row is missing again, and
    one that was deleted can be.  A transaction's ``create`` and ``update`` become ``upsert`` there.
    """

    _partitions = count(1)

    def __init__(self, client: TableClient, recorded: Sequence[Recorded]) -> None:
        self._client = client
        self._partition = ""
        numbered = zip(levels([each.span for each in recorded]), recorded, strict=True)
        in_order = sorted(numbered, key=lambda each: each[0])
        self._rounds = [[call for _, call in group] for _, group in groupby(in_order, key=lambda each: each[0])]

    async def prepare(self) -> None:
        """Make a new partition with the rows that `run` is to find."""
        self._partition = f"replay{next(self._partitions)}"
        calls = [call for each in self._rounds for call in each]
        for key, row in (_deleted(calls) | _found(calls)).items():
            await self._client.upsert_entity({**row, "PartitionKey": self._partition, "RowKey": key})

    async def run(self) -> None:
        """Ask the same in the same order, side by side what was side by side."""
        for calls in self._rounds:
            if len(calls) == 1:
                await self._ask(calls[0])
            else:
                await asyncio.gather(*map(self._ask, calls))

    def _ask(self, call: Recorded) -> Awaitable[None]:
        match call:
            case PointRead():
                return self._point_read(call)
            case PageRead():
                return self._page_read(call)
            case Transaction():
                return self._transaction(call)

    async def _point_read(self, call: PointRead) -> None:
        try:
            await self._client.get_entity(self._partition, call.row_key, **call.options)
        except ResourceNotFoundError:
            if call.found is not None:
                raise

    async def _page_read(self, call: PageRead) -> None:
        pages: Any = self._client.query_entities(*call.arguments, **call.options).by_page(continuation_token=call.token)
        async for _ in await anext(pages):
            pass

    async def _transaction(self, call: Transaction) -> None:
        try:
            await self._client.submit_transaction([_as_replayed(write, self._partition) for write in call.writes])
        except HttpResponseError as error:
            raise RuntimeError("a transaction cannot be replayed") from error


def _found(calls: Sequence[Recorded]) -> dict[str, Row]:
    """The rows that point reads found."""
    return {call.row_key: call.found for call in calls if isinstance(call, PointRead) and call.found is not None}


def _deleted(calls: Sequence[Recorded]) -> dict[str, Row]:
    """The rows that transactions delete, by their keys alone."""
    writes = [write for call in calls if isinstance(call, Transaction) for write in call.writes]
    return {entity["RowKey"]: {} for verb, entity, _ in writes if verb == "delete"}


def _as_replayed(write: Write, partition: str) -> Any:
    verb, entity, _ = write
    moved = {**entity, "PartitionKey": partition}
    return ("delete", moved) if verb == "delete" else ("upsert", moved, {"mode": UpdateMode.REPLACE})
