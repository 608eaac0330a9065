"""The timer over real tables, a real SMTP server and a real HTTP receiver: killed anywhere, and twice at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import uuid4

import pytest

from devstack.azurite import Azurite
from domain.chores import Upkeep
from domain.history.log import LogQuery
from domain.history.logbook import Logbook
from domain.maintenance import Report, run_maintenance
from domain.model import Account
from domain.notifying.channels import ChannelKind, new_channel
from domain.notifying.delivery import CLAIMED_FOR, Postman
from domain.notifying.events import Herald
from outbound.mail import SmtpTransport
from outbound.posts import Posts
from outbound.senders import Senders
from outbound.settings import OutboundSettings
from storage import compaction
from storage.accounts import TableAccounts
from storage.channels import TableChannels
from storage.client import Tables, make_table
from storage.directory import TableDirectory
from storage.events import TableEvents
from storage.ledger import TableLedger
from storage.log import TableLog
from storage.notices import TableNotices
from tests.domain.builders import StoppedClock, make_account
from tests.domain.log_builders import entry, failure
from tests.memory import MemoryAccounts
from tests.outbound.receivers import Mailbox, Receiver, http_receiver, smtp_server
from tests.storage.conftest import no_wait
from tests.storage.pipeline import Fault, FaultyService


@dataclass
class Place:
    """An account in tables whose service can fail, with a mail and a webhook channel."""

    service: FaultyService
    tables: Tables
    mailbox: Mailbox
    receiver: Receiver
    account: Account
    clock: StoppedClock

    async def open(self) -> None:
        """A new account with both channels, and a log with failures and a success."""
        self.account, self.clock = make_account(uuid4().hex), StoppedClock()
        self.mailbox.mails.clear()
        self.receiver.requests.clear()
        await TableAccounts(self.tables.accounts).create_account(self.account)
        channels = TableChannels(self.tables.accounts)
        now = self.clock.now()
        for channel in (
            new_channel(ChannelKind.MAIL, "ops@example.com", now),
            new_channel(ChannelKind.WEBHOOK, self.receiver.url, now),
        ):
            await channels.create_channel(self.account.id, channel)
        changes = [failure(0, "ann"), failure(1, "bob"), entry(2, "carol"), failure(3, "ann")]
        await TableDirectory(self.tables.directory).record(self.account.id, *changes)
        self.clock.move(minutes=10)

    def upkeep(self) -> Upkeep:
        """The chores of one process."""
        directory = TableDirectory(self.tables.directory)
        log, ledger = TableLog(self.tables.directory, self.tables.log), TableLedger(self.tables.directory)
        settings = OutboundSettings(
            mail_sender="rollcall@mail.example", smtp_host="127.0.0.1", smtp_port=self.mailbox.port, smtp_starttls=False
        )
        sender = Senders(
            "https://rollcall.example", self.clock, Posts(True), SmtpTransport(settings), settings.mail_sender
        )
        postman = Postman(TableNotices(self.tables.directory), sender, directory, self.clock)
        channels = TableChannels(self.tables.accounts)
        herald = Herald(log, TableEvents(self.tables.directory), sender, self.clock)
        return Upkeep(directory, directory, Logbook(log, ledger), log, channels, postman, herald, self.clock)

    async def run(self) -> Report:
        """One run, for this account alone."""
        accounts = MemoryAccounts()
        await accounts.create_account(self.account)
        return await run_maintenance(accounts, self.upkeep().chores(), self.clock)

    async def settle(self) -> None:
        """As many runs as it takes for claims of killed ones to end."""
        for _ in range(3):
            await self.run()
            self.clock.moment += CLAIMED_FOR

    def arrived(self) -> tuple[set[str], set[str]]:
        """The ids of the mails, and those of the webhooks."""
        mails = {str(each["Message-ID"]) for each in self.mailbox.mails}
        return mails, {headers["webhook-id"] for headers, _ in self.receiver.requests}

    def arrivals(self) -> tuple[int, int]:
        return len(self.mailbox.mails), len(self.receiver.requests)


@pytest.fixture
async def place(azurite: Azurite) -> AsyncIterator[Place]:
    service = FaultyService()
    async with AsyncExitStack() as stack:
        made = [
            await stack.enter_async_context(
                make_table(
                    f"t{uuid4().hex}",
                    connection_string=azurite.connection_string,
                    policies=[service],
                    sleep=no_wait,
                )
            )
            for _ in range(3)
        ]
        tables = Tables(*made)
        await tables.create_if_missing()
        mailbox = await stack.enter_async_context(smtp_server())
        receiver = await stack.enter_async_context(http_receiver())
        place = Place(service, tables, mailbox, receiver, make_account(), StoppedClock())
        await place.open()
        yield place


async def test_undisturbed_run(place: Place) -> None:
    """One mail and one call, with everything in them; the next run adds nothing."""
    report = await place.run()
    assert (report.failed, report.done["read"], report.done["told"], report.done["delivered"]) == ({}, 4, 2, 2)
    await place.settle()
    assert place.arrivals() == (1, 1)
    text = place.mailbox.mails[0].get_body(("plain",))
    assert text is not None
    assert "ann (user) could not be updated" in text.get_content()


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.ANSWER_LOST])
async def test_killed_at_any_write(place: Place, fault: Fault) -> None:
    """Whatever is the last that is written, nothing is lost and nothing comes under a second id."""
    with place.service.failing(None):
        await place.run()
        writes = place.service.seen
    assert writes > 8
    for number in range(writes):
        await place.open()
        with place.service.failing(fault, number, times=10_000):
            await place.run()
        await place.settle()
        mails, calls = place.arrived()
        assert (len(mails), len(calls)) == (1, 1), number
        ledger = await TableLedger(place.tables.directory).read_ledger(place.account.id)
        assert sorted((each.resource_name, each.count, each.told) for each in ledger.faults.values()) == [
            ("ann", 2, 1),
            ("bob", 1, 1),
        ]


async def test_passing_fault_doubles_nothing(place: Place) -> None:
    """An answer that is lost once is overcome, and nobody hears twice: arrivals are counted, not ids."""
    with place.service.failing(None):
        await place.run()
        writes = place.service.seen
    for number in range(writes):
        await place.open()
        with place.service.failing(Fault.ANSWER_LOST, number):
            await place.run()
        await place.settle()
        assert place.arrivals() == (1, 1), number


async def test_several_runs_at_once(place: Place) -> None:
    """Do what one does: arrivals are counted, not ids."""
    for _ in range(3):
        await place.open()
        await asyncio.gather(*(place.run() for _ in range(3)))
        await place.settle()
        assert place.arrivals() == (1, 1)


async def test_broken_channel_holds_nothing_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other channel and compaction go on; once it works again, it gets what it missed."""
    monkeypatch.setattr(compaction, "ENOUGH", 1)
    place.mailbox.fails = "451 later"
    report = await place.run()
    assert (place.arrivals(), report.failed) == ((0, 1), {})
    place.clock.move(days=1, minutes=1)
    await TableDirectory(place.tables.directory).record(place.account.id, entry(60 * 24, "carol"))
    assert (await place.run()).done["compacted"] == 4
    place.mailbox.fails = None
    place.clock.move(hours=12)
    await place.settle()
    assert place.arrivals() == (1, 1)
    log = TableLog(place.tables.directory, place.tables.log)
    assert len((await log.newest(place.account.id, LogQuery())).changes) == 5
