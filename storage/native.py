"""The directory in Table Storage as administrators look at it."""

from datetime import datetime

from storage import totals
from storage.client import Table


class TableNative:
    """Fulfils `domain.native_ports.NativeStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def last_provisioned(self, account: str) -> datetime | None:
        return await totals.last_provisioned(self._table, account)
