"""The chores of the timer: small steps for one account, each bounded, and each safe to be cut off or done twice."""

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from domain.changes import change_position, name_of
from domain.history.faults import Fault
from domain.history.ledger import MOST_ROWS, Ledger, fold
from domain.history.log import PageStore
from domain.history.logbook import Logbook
from domain.identifiers import is_resource_id
from domain.maintenance import BEHIND, Chore
from domain.model import Account, Change, Kind, Record
from domain.notifying import notices
from domain.notifying.channels import ChannelStore
from domain.notifying.delivery import Postman
from domain.notifying.events import Herald
from domain.ports import Clock, DirectoryStore, MaintenanceStore, RecordNotFound, VersionConflict

OLD = timedelta(days=1)
"""Entries older than this are compacted."""
_CHANGES_AT_ONCE = 1_000
_CHANGES_PER_RUN = 20_000
_BATCHES_PER_RUN = 20
_CYCLES_PER_RUN = 100


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What the chores work with."""

    directory: DirectoryStore
    maintenance: MaintenanceStore
    logbook: Logbook
    pages: PageStore
    channels: ChannelStore
    postman: Postman
    herald: Herald
    clock: Clock

    def chores(self) -> tuple[Chore, ...]:
        """All chores, in the order in which they feed each other; each may fail without the others."""
        return (
            Chore("finished", self.finish),
            Chore("counted", self.count),
            Chore("read", self.read),
            Chore("told", self.tell),
            Chore("delivered", self.deliver),
            Chore("sent", self.send),
            Chore("compacted", self.compact),
            Chore("dropped", self.drop),
        )

    async def finish(self, account: Account) -> int:
        """Finish the changes that were cut off."""
        return await self.maintenance.roll_forward(account.id)

    async def count(self, account: Account) -> int:
        """Add settled changes to the totals."""
        counted = 0
        while counted < _CHANGES_PER_RUN:
            added = await self.maintenance.checkpoint(account.id, self.clock.now() - BEHIND, _CHANGES_AT_ONCE)
            counted += added
            if added < _CHANGES_AT_ONCE:
                break
        return counted

    async def read(self, account: Account) -> int:
        """Fold settled entries into the ledger, and forget faults of which nothing more is to be known."""
        ledger = await self.logbook.ledger.read_ledger(account.id)
        until, taken = self.clock.now() - BEHIND, 0
        while taken < _CHANGES_PER_RUN:
            page = await self.logbook.log.following(account.id, ledger.position, until, _CHANGES_AT_ONCE)
            more = len(page.changes) == _CHANGES_AT_ONCE
            try:
                ledger = await self._fold(
                    account.id, ledger, page.changes, page.changes[-1].id if more else change_position(until)
                )
            except VersionConflict:
                return taken  # another run reads
            taken += len(page.changes)
            if not more:
                break
        await self._forget(account.id, ledger)
        return taken

    async def tell(self, account: Account) -> int:
        """Open a notice of what is due."""
        channels = [each.id for each in await self.channels.list_channels(account.id) if each.notices]
        if not channels:
            return 0
        try:
            return await notices.tell(
                self.logbook.ledger,
                self.postman.notices,
                account.id,
                channels,
                self.clock.now(),
                names=partial(self._names, account.id),
            )
        except VersionConflict:
            return 0  # another run tells it

    async def deliver(self, account: Account) -> int:
        """Send what waits, and drop what went everywhere."""
        waiting = await self.postman.notices.list_notices(account.id)
        if not waiting:
            return 0
        channels = {each.id: each for each in await self.channels.list_channels(account.id)}
        arrived = await self.postman.deliver(account, channels)
        await self.postman.clear(account.id, (await self.logbook.ledger.read_ledger(account.id)).notice)
        return arrived

    async def send(self, account: Account) -> int:
        """Send change events to those who have not got them yet."""
        return await self.herald.deliver(account, await self.channels.list_channels(account.id))

    async def compact(self, account: Account) -> int:
        """Move old entries into pages."""
        moved = 0
        for _ in range(_BATCHES_PER_RUN):
            step = await self.pages.compact(account.id, self.clock.now() - OLD, _CHANGES_PER_RUN)
            moved += step
            if not step:
                break
        return moved

    async def drop(self, account: Account) -> int:
        """Drop what is past the account's retention."""
        before = self.clock.now() - timedelta(days=account.settings.log_retention_days)
        await self.logbook.ledger.drop_cycles(account.id, before, _CYCLES_PER_RUN)
        return await self.pages.drop(account.id, before)

    async def _fold(self, account: str, ledger: Ledger, changes: Sequence[Change], end: str) -> Ledger:
        """The ledger after *changes*, in as many steps as it takes.  Raises: VersionConflict."""
        rest = list(changes)
        while True:
            after, taken = fold(ledger, rest, end)
            if after != ledger:
                ledger = await self.logbook.ledger.write_ledger(account, ledger, after)
            rest = rest[taken:]
            if not rest:
                return ledger

    async def _forget(self, account: str, ledger: Ledger) -> None:
        """Let go of faults of which nothing more is to be known."""
        now = self.clock.now()
        stale = [key for key, each in ledger.faults.items() if each.is_stale(now)][:MOST_ROWS]
        if not stale or ledger.notice:
            return
        kept = {key: each for key, each in ledger.faults.items() if key not in stale}
        try:
            await self.logbook.ledger.write_ledger(account, ledger, dataclasses.replace(ledger, faults=kept))
        except VersionConflict:
            return  # the next run

    async def _names(self, account: str, faults: Sequence[Fault]) -> Mapping[str, str]:
        found = await asyncio.gather(
            *(self._name(account, each) for each in faults if is_resource_id(each.resource_id))
        )
        return {resource_id: name for resource_id, name in found if name}

    async def _name(self, account: str, fault: Fault) -> tuple[str, str]:
        """The id of a fault's resource, and what it is called; no name where it does not exist."""
        try:
            if fault.kind == Kind.GROUP:
                record: Record = await self.directory.get_group(account, fault.resource_id)
            else:
                record = await self.directory.get_user(account, fault.resource_id)
        except RecordNotFound:
            return fault.resource_id, ""
        return fault.resource_id, name_of(record)
