"""The channels of accounts in Table Storage: rows beside the account's own."""

from pydantic import TypeAdapter

from domain.notifying.channels import Channel
from storage.client import Entity, Operation, Table, create, delete

_CHANNEL = TypeAdapter(Channel)
CHANNEL = "channel:"
"""What the row keys of channels begin with."""


class TableChannels:
    """Fulfils `domain.notifying.channels.ChannelStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def create_channel(self, account: str, channel: Channel) -> None:
        await self._table.write(account, create(_entity(channel)))

    async def get_channel(self, account: str, channel_id: str) -> Channel:
        return _channel(await self._table.get(account, f"{CHANNEL}{channel_id}"))

    async def list_channels(self, account: str) -> tuple[Channel, ...]:
        found = map(_channel, await self._table.rows(account, CHANNEL))
        return tuple(sorted(found, key=lambda each: (each.created, each.id)))

    async def replace_channel(self, account: str, channel: Channel) -> None:
        # whoever saves last wins: administrators change a channel as a whole
        await self._table.write(account, Operation("replace", _entity(channel)))

    async def delete_channel(self, account: str, channel_id: str) -> None:
        await self._table.write(account, delete(f"{CHANNEL}{channel_id}"))


def _entity(channel: Channel) -> Entity:
    return {"RowKey": f"{CHANNEL}{channel.id}", "doc": _CHANNEL.dump_json(channel).decode()}


def _channel(row: Entity) -> Channel:
    return _CHANNEL.validate_json(row["doc"])
