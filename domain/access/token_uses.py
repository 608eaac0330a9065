"""When tokens were used last: written down behind the request, at most once an hour for each token."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.access.principals import Token
from domain.ports import Clock

_log = logging.getLogger(__name__)

NOTED_AFTER = timedelta(hours=1)
_TRIED_AGAIN_AFTER = timedelta(minutes=1)
_TOKENS = 10_000


class UseStore(Protocol):
    """Where uses are written down."""

    async def touch_token(self, account_id: str, token_id: str, at: datetime) -> None:
        """Write down when a token was used last.  Raises: RecordNotFound, StoreUnavailable."""


@dataclass(slots=True)
class TokenUses:
    """Writes uses down; one in a process."""

    store: UseStore
    clock: Clock
    _noted: OrderedDict[str, datetime] = field(default_factory=OrderedDict)
    _writing: set[asyncio.Task[None]] = field(default_factory=set)

    def note(self, token: Token) -> None:
        """Have it written down that *token* is used now, if that was not done within the hour; nobody waits for it."""
        now = self.clock.now()
        last = max(filter(None, (self._noted.get(token.id), token.last_used)), default=None)
        if last is not None and now - last < NOTED_AFTER:
            return
        self._noted[token.id] = now
        if len(self._noted) > _TOKENS:
            self._noted.popitem(last=False)
        task = asyncio.create_task(self._write(token, now))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def settle(self) -> None:
        """Wait until all is written."""
        await asyncio.gather(*self._writing)

    async def _write(self, token: Token, now: datetime) -> None:
        try:
            await self.store.touch_token(token.account, token.id, now)
        except Exception:  # a request must not fail for it
            _log.warning("the use of token %s could not be noted", token.id, exc_info=True)
            self._noted[token.id] = now - NOTED_AFTER + _TRIED_AGAIN_AFTER
