"""How far receivers of change events are, and what they did not take, in Table Storage."""

import asyncio
from collections.abc import Sequence
from itertools import batched

from pydantic import TypeAdapter

from domain.notifying.events import DeadLetter, EventState
from domain.ports import RecordNotFound, VersionConflict
from storage import keys
from storage.client import Table, create, delete, etag_of, replace, upsert
from storage.entities import change_entity, to_change
from storage.errors import AlreadyThere
from storage.limits import MAX_OPERATIONS

_STATE = TypeAdapter(EventState)


class TableEvents:
    """Fulfils `domain.notifying.events.EventStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get_state(self, account: str, channel_id: str) -> EventState | None:
        row = await self._table.find(account, f"{keys.EVENTS}{channel_id}")
        return None if row is None else _with_version(_STATE.validate_json(row["doc"]), etag_of(row))

    async def write_state(self, account: str, channel_id: str, state: EventState) -> EventState:
        doc = _STATE.dump_json(_with_version(state, "")).decode()
        entity = {"RowKey": f"{keys.EVENTS}{channel_id}", "doc": doc}
        try:
            etag = await self._table.write(account, replace(entity, state.version) if state.version else create(entity))
        except (AlreadyThere, RecordNotFound):
            raise VersionConflict from None
        return _with_version(state, etag)

    async def bury(self, account: str, channel_id: str, letters: Sequence[DeadLetter]) -> None:
        rows = [
            upsert({**change_entity(each.change), "RowKey": _dead(channel_id, each.change.id), "refusal": each.reason})
            for each in letters
        ]
        for batch in batched(rows, MAX_OPERATIONS, strict=False):
            await self._table.submit(account, batch)

    async def list_dead(self, account: str, channel_id: str) -> tuple[DeadLetter, ...]:
        prefix = _dead(channel_id, "")
        rows = await self._table.rows(account, prefix)
        return tuple(
            DeadLetter(to_change({**row, "RowKey": row["RowKey"].removeprefix(prefix)}), row["refusal"]) for row in rows
        )

    async def revive(self, account: str, channel_id: str, change_id: str) -> None:
        await self._remove(account, _dead(channel_id, change_id))

    async def forget(self, account: str, channel_id: str) -> None:
        rows = await self._table.rows(account, _dead(channel_id, ""), select=["RowKey"])
        gone = [f"{keys.EVENTS}{channel_id}", *(row["RowKey"] for row in rows)]
        await asyncio.gather(*(self._remove(account, each) for each in gone))

    async def _remove(self, account: str, row_key: str) -> None:
        try:
            await self._table.write(account, delete(row_key))
        except RecordNotFound:
            return


def _dead(channel_id: str, change_id: str) -> str:
    return f"{keys.DEAD}{channel_id}:{change_id}"


def _with_version(state: EventState, version: str) -> EventState:
    return EventState(state.position, state.attempts, state.due, state.claimed, state.paused, state.acked, version)
