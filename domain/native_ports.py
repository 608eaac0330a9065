"""What the native side needs of the storage beside the directory itself."""

from datetime import datetime
from typing import Protocol


class NativeStore(Protocol):
    """The directory as administrators look at it; each call concerns one account and cannot see another."""

    async def last_provisioned(self, account: str) -> datetime | None:
        """When a change last came in through SCIM; None where none ever did."""
