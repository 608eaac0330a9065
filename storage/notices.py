"""Notices and their deliveries in Table Storage, beside the ledger, with which they are written in one transaction."""

import zlib
from collections.abc import Sequence
from itertools import batched, takewhile

from pydantic import TypeAdapter

from domain.history.ledger import Ledger
from domain.notifying.notices import Delivery, Notice
from domain.ports import RecordNotFound
from storage import keys, ledger
from storage.client import Entity, Table, create, delete, etag_of, replace
from storage.entities import moment

_NOTICE = TypeAdapter(Notice)
_PART = 60_000
_PARTS = tuple(f"p{number}" for number in range(8))


class TableNotices:
    """Fulfils `domain.notifying.notices.NoticeStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def open_notice(self, account: str, ledger_: Ledger, notice: Notice, channels: Sequence[str]) -> Ledger:
        deliveries = (Delivery(notice.id, each, notice.time) for each in channels)
        rows = [create(_from_notice(notice)), *(create(_from_delivery(each)) for each in deliveries)]
        after = Ledger(ledger_.position, ledger_.faults, ledger_.cycles, ledger_.known, notice.id, ledger_.version)
        return await ledger.write(self._table, account, ledger_, after, tuple(rows))

    async def get_notice(self, account: str, notice_id: str) -> Notice:
        row = await self._table.get(account, f"{keys.NOTICE}{notice_id}")
        packed = b"".join(row[name] for name in takewhile(row.__contains__, _PARTS))
        return _NOTICE.validate_json(zlib.decompress(packed))

    async def list_notices(self, account: str) -> tuple[str, ...]:
        rows = await self._table.rows(account, keys.NOTICE, select=["RowKey"])
        return tuple(keys.last_part(row["RowKey"]) for row in rows)

    async def list_deliveries(self, account: str) -> tuple[Delivery, ...]:
        return tuple(map(_to_delivery, await self._table.rows(account, keys.DELIVERY)))

    async def replace_delivery(self, account: str, delivery: Delivery) -> Delivery:
        etag = await self._table.write(account, replace(_from_delivery(delivery), delivery.version))
        return _with_version(delivery, etag)

    async def remove_delivery(self, account: str, delivery: Delivery) -> None:
        await self._remove(account, _delivery_key(delivery))

    async def drop_notice(self, account: str, notice_id: str) -> None:
        await self._remove(account, f"{keys.NOTICE}{notice_id}")

    async def _remove(self, account: str, row_key: str) -> None:
        try:
            await self._table.write(account, delete(row_key))
        except RecordNotFound:
            return


def _from_notice(notice: Notice) -> Entity:
    packed = zlib.compress(_NOTICE.dump_json(notice))
    parts = (bytes(part) for part in batched(packed, _PART, strict=False))
    return {"RowKey": f"{keys.NOTICE}{notice.id}", **dict(zip(_PARTS, parts, strict=False))}


def _delivery_key(delivery: Delivery) -> str:
    return f"{keys.DELIVERY}{delivery.notice}:{delivery.channel}"


def _from_delivery(delivery: Delivery) -> Entity:
    entity: Entity = {"RowKey": _delivery_key(delivery), "due": delivery.due, "attempts": delivery.attempts}
    return entity if delivery.claimed is None else {**entity, "claimed": delivery.claimed}


def _to_delivery(row: Entity) -> Delivery:
    notice, channel = row["RowKey"].removeprefix(keys.DELIVERY).split(":")
    claimed = moment(row["claimed"]) if "claimed" in row else None
    return Delivery(notice, channel, moment(row["due"]), row["attempts"], claimed, etag_of(row))


def _with_version(delivery: Delivery, etag: str) -> Delivery:
    return Delivery(delivery.notice, delivery.channel, delivery.due, delivery.attempts, delivery.claimed, etag)
