"""A table whose every call names the account: the client of Azure Table Storage behind repetitions and our errors."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self

from azure.core import MatchConditions
from azure.core.async_paging import AsyncItemPaged
from azure.core.credentials_async import AsyncTokenCredential
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from domain.isolation import PART
from domain.ports import RecordNotFound, StoreUnavailable
from domain.telemetry import STORAGE_REPEATS, STORAGE_TRIPS, count
from storage import limits
from storage.errors import BY_STATUS, AlreadyThere, Refused, table_errors
from storage.keys import after_prefix

type Entity = dict[str, Any]
"""A row: its RowKey and properties; PartitionKey, the account, is put in by the table."""
type Verb = Literal["create", "replace", "merge", "upsert", "delete"]
type Sleep = Callable[[float], Awaitable[None]]

PAGE_SIZE = 1000
"""Rows of one answer, the most that the service gives."""
WAITS = (0.05, 0.2, 0.6)
"""Seconds before each repetition of a call that failed in transport, on average."""

_TUNING: Mapping[str, Any] = {
    "retry_total": 0,  # repeating is ours: the library would not repeat a transaction whose connection broke
    "connection_timeout": 3,
    "read_timeout": 10,
    "use_env_settings": False,  # reading the proxy settings for each request was a quarter of its cost
}

logging.getLogger("azure").setLevel(logging.WARNING)  # the library logs each request at INFO


@dataclass(frozen=True, slots=True)
class Operation:
    """One write.  *etag* is what the stored row must still have; None asks nothing of it.

    ``create`` fails where the row exists, ``replace``, ``merge`` and ``delete`` where it does not.
    """

    verb: Verb
    entity: Entity
    etag: str | None = None

    @property
    def row_key(self) -> str:
        return str(self.entity["RowKey"])


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on properties, its values apart: they are never written into the text.

    Spaces stand round every bracket and every ``@name``: the library finds its parameters by them.
    """

    text: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


EVERYTHING = Where()


class Table:
    """One table.  Every call concerns one account, whose id is the partition key: there is none without it.

    Any call raises StoreUnavailable when the service does not answer, also after repetitions.
    """

    def __init__(self, client: TableClient, *, sleep: Sleep = asyncio.sleep, page_size: int = PAGE_SIZE) -> None:
        limits.check_table_name(client.table_name)
        self._client = client
        self._sleep = sleep
        self._page_size = page_size

    async def get(self, account: str, row_key: str, select: list[str] | None = None) -> Entity:
        """Raises: RecordNotFound."""
        limits.check_partition(account)
        limits.check_key(row_key)
        return await self._attempt(lambda: self._client.get_entity(account, row_key, select=select))

    async def find(self, account: str, row_key: str, select: list[str] | None = None) -> Entity | None:
        """The row, or None where there is none."""
        try:
            return await self.get(account, row_key, select)
        except RecordNotFound:
            return None

    async def page(
        self,
        account: str,
        low: str,
        high: str,
        *,
        where: Where = EVERYTHING,
        select: list[str] | None = None,
        page_size: int = PAGE_SIZE,
        token: Any = None,
    ) -> tuple[list[Entity], Any]:
        """Some rows from *low* to before *high* in the order of their keys, and the token of the next page or None.

        No rows only where there are none: the service's empty pages that have a next one are passed over.
        """
        limits.check_partition(account)
        text = "PartitionKey eq @account and RowKey ge @low and RowKey lt @high"
        if where.text:
            text = f"{text} and ( {where.text} )"
        parameters = {"account": account, "low": low, "high": high, **where.parameters}
        return await self._page(text, parameters, select, page_size, token)

    async def _page(
        self, text: str, parameters: dict[str, Any], select: list[str] | None, page_size: int, token: Any
    ) -> tuple[list[Entity], Any]:
        size = max(1, min(page_size, self._page_size))
        pager = self._client.query_entities(text, parameters=parameters, select=select, results_per_page=size)
        while True:
            rows, token = await self._attempt(partial(_one_page, pager, token))
            if rows or not token:
                return rows, token

    async def parts(self, account: str, *, select: list[str] | None = None) -> AsyncIterator[list[Entity]]:
        """The rows of an account's further partitions, ``{account}:…``, in the order of their keys, page by page."""
        limits.check_partition(account)
        text, token = "PartitionKey ge @low and PartitionKey lt @high", None
        bounds = {"low": f"{account}{PART}", "high": f"{account}{chr(ord(PART) + 1)}"}
        while True:
            rows, token = await self._page(text, bounds, select, PAGE_SIZE, token)
            yield rows
            if not token:
                return

    async def pages(
        self,
        account: str,
        low: str,
        high: str,
        *,
        where: Where = EVERYTHING,
        select: list[str] | None = None,
        page_size: int = PAGE_SIZE,
    ) -> AsyncIterator[list[Entity]]:
        """The rows from *low* to before *high* in the order of their keys, page by page."""
        token: Any = None
        while True:
            rows, token = await self.page(
                account, low, high, where=where, select=select, page_size=page_size, token=token
            )
            yield rows
            if not token:
                return

    async def rows(self, account: str, prefix: str, *, select: list[str] | None = None) -> list[Entity]:
        """All rows whose key begins with *prefix*, which ends with ``:``."""
        found: list[Entity] = []
        async for page in self.pages(account, prefix, after_prefix(prefix), select=select):
            found += page
        return found

    async def submit(self, account: str, operations: Sequence[Operation]) -> list[str]:
        """Do all *operations*, at most 100 on different rows, or none; the answer is each row's new ETag.

        Raises:
            Refused: A row was there that must not be, or was not, or had another ETag.
            RecordTooLarge: More than the service takes; nothing was sent.
        """
        limits.check_partition(account)
        for operation in operations:
            limits.check_entity(operation.entity)
        limits.check_transaction([operation.entity for operation in operations])
        sent = [_as_sent(account, operation) for operation in operations]
        answers = await self._attempt(lambda: self._client.submit_transaction(sent))
        return [str(answer.get("etag") or "") for answer in answers]

    async def write(self, account: str, operation: Operation) -> str:
        """Do one operation; the answer is the row's new ETag.

        Raises:
            AlreadyThere, RecordNotFound, VersionConflict: What the verb of the operation asks for was not so.
            RecordTooLarge: More than the service takes; nothing was sent.
        """
        try:
            return (await self.submit(account, [operation]))[0]
        except Refused as refused:
            raise BY_STATUS[refused.status]() from refused

    async def close(self) -> None:
        await self._client.close()

    async def create_if_missing(self) -> None:
        """Make the table itself; for local use, deployments bring their tables along."""
        try:
            await self._attempt(self._client.create_table)
        except AlreadyThere:
            return

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _attempt[T](self, call: Callable[[], Awaitable[T]]) -> T:
        """What *call* gives, repeated after waits while the service does not answer."""
        for wait in WAITS:
            try:
                with table_errors():
                    count(STORAGE_TRIPS)
                    return await call()
            except StoreUnavailable:
                count(STORAGE_REPEATS)
                await self._sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311  spreads repetitions, hides nothing
        with table_errors():
            count(STORAGE_TRIPS)
            return await call()


async def _one_page(pager: AsyncItemPaged[TableEntity], token: Any) -> tuple[list[Entity], Any]:
    pages: Any = pager.by_page(continuation_token=token)
    page = await anext(pages)
    return [entity async for entity in page], pages.continuation_token


def _as_sent(account: str, operation: Operation) -> tuple[str, Entity, dict[str, Any]]:
    """The operation as the library takes it: verb, entity, options."""
    verb, options = _SENT[operation.verb]
    if operation.etag is not None:
        options = {**options, "etag": operation.etag, "match_condition": MatchConditions.IfNotModified}
    return verb, {"PartitionKey": account, **operation.entity}, dict(options)


_SENT: Mapping[Verb, tuple[str, Mapping[str, Any]]] = {
    "create": ("create", {}),
    "replace": ("update", {"mode": UpdateMode.REPLACE}),
    "merge": ("update", {"mode": UpdateMode.MERGE}),
    "upsert": ("upsert", {"mode": UpdateMode.REPLACE}),
    "delete": ("delete", {}),
}


def etag_of(row: Entity) -> str:
    """The ETag of a row that was read whole."""
    return str(row.metadata["etag"])  # type: ignore[attr-defined]  # rows that were read are TableEntity


def create(entity: Entity) -> Operation:
    return Operation("create", entity)


def replace(entity: Entity, etag: str) -> Operation:
    return Operation("replace", entity, etag)


def merge(entity: Entity, etag: str | None = None) -> Operation:
    return Operation("merge", entity, etag)


def upsert(entity: Entity) -> Operation:
    return Operation("upsert", entity)


def delete(row_key: str, etag: str | None = None) -> Operation:
    return Operation("delete", {"RowKey": row_key}, etag)


# The tables of the service


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one storage account; close them before the process ends."""

    directory: Table
    accounts: Table
    log: Table

    async def close(self) -> None:
        await asyncio.gather(*(table.close() for table in self._all()))

    async def reach(self) -> None:
        """Return if the storage answers for each table.  Raises: StoreUnavailable."""
        await asyncio.gather(*(table.find("-", "nothing", ["RowKey"]) for table in self._all()))

    async def create_if_missing(self) -> None:
        """Make the tables that do not exist yet; for local use."""
        await asyncio.gather(*(table.create_if_missing() for table in self._all()))

    def _all(self) -> tuple[Table, ...]:
        return self.directory, self.accounts, self.log


def make_tables(
    *,
    connection_string: str | None = None,
    table_service_uri: str | None = None,
    credential: AsyncTokenCredential | None = None,
    **options: Any,
) -> Tables:
    """The tables behind a connection string, or at a URI where *credential* opens them; *options* as of `make_table`.

    Raises:
        ValueError: Neither or both of connection string and URI, or a URI without a credential.
    """
    if (connection_string is None) == (table_service_uri is None) or (table_service_uri and credential is None):
        raise ValueError("give a connection string, or a table service URI and a credential")
    place = partial(
        make_table,
        connection_string=connection_string,
        table_service_uri=table_service_uri,
        credential=credential,
        **options,
    )
    return Tables(directory=place(name="directory"), accounts=place(name="accounts"), log=place(name="log"))


def make_table(
    name: str,
    *,
    connection_string: str | None = None,
    table_service_uri: str | None = None,
    credential: AsyncTokenCredential | None = None,
    sleep: Sleep = asyncio.sleep,
    policies: Sequence[Any] = (),
    page_size: int = PAGE_SIZE,
) -> Table:
    """One table, which need not exist yet; nothing is sent.

    *policies* stand before all others in the client's pipeline; *sleep* waits before a call is repeated; no page has
    more rows than *page_size*.
    """
    options: dict[str, Any] = {**_TUNING, "per_call_policies": list(policies)}
    if connection_string is not None:
        client = TableClient.from_connection_string(connection_string, name, **options)
    else:
        client = TableClient(str(table_service_uri), name, credential=credential, **options)
    return Table(client, sleep=sleep, page_size=page_size)
