"""The native side of the directory in memory."""

from datetime import datetime

from domain.model import Source
from tests.memory import MemoryDirectory


class MemoryNative:
    """Fulfils `domain.native_ports.NativeStore` over what a directory in memory holds."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory

    async def last_provisioned(self, account: str) -> datetime | None:
        moments = [each.time for each in self._directory.changes(account) if each.source is Source.SCIM]
        return max(moments, default=None)
