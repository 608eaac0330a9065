"""A real SMTP server and a real HTTP receiver on this machine; they keep what they get, and can misbehave."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

from devstack.azurite import free_port


@dataclass
class Mailbox:
    """What an SMTP server took; ``answer`` other than None is what it answers to each recipient or message."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    refuses: str | None = None
    fails: str | None = None

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: ARG002, N802  as aiosmtpd calls it
        if self.refuses is not None:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802  as aiosmtpd calls it
        if self.fails is not None:
            return self.fails
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=default))
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


@asynccontextmanager
async def smtp_server(**options: Any) -> AsyncIterator[Mailbox]:
    """A running SMTP server; *options* as of aiosmtpd's controller."""
    mailbox = Mailbox(free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@dataclass
class Receiver:
    """What an HTTP server took; ``status`` is what it answers."""

    url: str = ""
    status: int = 200
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    refused: set[bytes] = field(default_factory=set)

    async def take(self, request: web.Request) -> web.Response:
        content = await request.read()
        if any(each in content for each in self.refused):
            return web.Response(status=500)
        if self.status < 300:
            self.requests.append(({name.lower(): value for name, value in request.headers.items()}, content))
        headers = {"Location": "https://example.com/"} if 300 <= self.status < 400 else {}
        return web.Response(status=self.status, headers=headers)


@asynccontextmanager
async def http_receiver() -> AsyncIterator[Receiver]:
    """A running HTTP server."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.url = f"http://127.0.0.1:{port}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
