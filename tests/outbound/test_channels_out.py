"""What leaves by each kind of channel, received by real servers on this machine."""

import base64
import hashlib
import hmac
import json
import logging
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import AuthResult
from azure.core.credentials import AzureKeyCredential

from domain.notifying.channels import Channel, ChannelKind, new_channel
from domain.notifying.delivery import DeliveryFailed
from outbound.mail import AcsTransport, MailTransport, SmtpTransport
from outbound.posts import Posts
from outbound.senders import Senders, make_senders
from outbound.settings import OutboundSettings
from tests.domain.builders import NOW, StoppedClock, make_account
from tests.outbound.receivers import http_receiver, smtp_server
from tests.outbound.test_letters import make_notice

_URL = "https://rollcall.example"
_SENDER = "rollcall@mail.example"


def make(mail: MailTransport | None = None, *, allow_private: bool = True) -> Senders:
    return Senders(_URL, StoppedClock(), Posts(allow_private), mail, _SENDER)


def mail_channel(target: str = "ops@example.com, second@example.com") -> Channel:
    return new_channel(ChannelKind.MAIL, target, NOW)


def plain(port: int, **options: Any) -> SmtpTransport:
    settings = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_starttls": False, "mail_sender": _SENDER}
    return SmtpTransport(OutboundSettings(**{**settings, **options}))


async def test_mail_by_smtp() -> None:
    """One mail to all addresses of the channel, with both texts, and the same Message-ID each time."""
    async with smtp_server() as mailbox:
        for _ in range(2):
            await make(plain(mailbox.port)).send_notice(make_account(), mail_channel(), make_notice(), "n1.c1")
    mail, again = mailbox.mails
    assert mailbox.recipients[0] == ["ops@example.com", "second@example.com"]
    assert (mail["From"], mail["Auto-Submitted"]) == (_SENDER, "auto-generated")
    assert mail["Message-ID"] == again["Message-ID"] == "<n1.c1@mail.example>"
    assert mail["Subject"] == "Acme: 3 objects cannot be provisioned, 1 has recovered"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "ann@contoso.example" in text.get_content()
    assert "Bob &lt;b&gt;" in html.get_content()


async def test_mail_by_smtp_with_tls_and_password(tmp_path: Path) -> None:
    """STARTTLS first, then the password; a server without either gets nothing."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    _make_certificate(key, certificate)
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(certificate, key)
    trusted = ssl.create_default_context(cafile=str(certificate))
    seen: list[tuple[bytes, bytes]] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:  # noqa: ARG001  as aiosmtpd calls it
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"secret")

    secured = {"smtp_starttls": True, "smtp_user": "rollcall", "smtp_password": "secret"}
    async with smtp_server(tls_context=own, authenticator=authenticate, auth_required=True) as mailbox:
        transport = SmtpTransport(plain(mailbox.port, **secured).settings, trusted)
        await make(transport).send_notice(make_account(), mail_channel(), make_notice(), "n1.c1")
        wrong = SmtpTransport(plain(mailbox.port, **secured | {"smtp_password": "x"}).settings, trusted)
        with pytest.raises(DeliveryFailed, match=r"answered 535|SMTPServerDisconnected"):
            await make(wrong).send_notice(make_account(), mail_channel(), make_notice(), "n1.c1")
        with pytest.raises(DeliveryFailed, match="SSLCertVerificationError"):
            await make(SmtpTransport(transport.settings)).send_notice(
                make_account(), mail_channel(), make_notice(), "n1.c1"
            )
    assert (len(mailbox.mails), seen[0]) == (1, (b"rollcall", b"secret"))
    async with smtp_server() as mailbox:
        bare = SmtpTransport(plain(mailbox.port, **secured).settings)
        with pytest.raises(DeliveryFailed, match="SMTPNotSupportedError"):
            await make(bare).send_notice(make_account(), mail_channel(), make_notice(), "n1.c1")
    assert mailbox.mails == []


def _make_certificate(key: Path, certificate: Path) -> None:
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own words


@pytest.mark.parametrize(
    ("refuses", "fails", "reason", "final"),
    [
        ("550 no such user", None, "refuses the addresses", True),
        ("451 come back later", None, "refuses the addresses", False),
        (None, "554 spam", "answered 554", False),
    ],
)
async def test_mail_that_the_server_refuses(refuses: str | None, fails: str | None, reason: str, final: bool) -> None:
    """Addresses that do not exist are not tried again."""
    async with smtp_server() as mailbox:
        mailbox.refuses, mailbox.fails = refuses, fails
        with pytest.raises(DeliveryFailed, match=reason) as caught:
            await make(plain(mailbox.port)).send_notice(make_account(), mail_channel(), make_notice(), "n1.c1")
    assert caught.value.final is final


async def test_mail_server_that_is_away() -> None:
    """Is a failure like any other."""
    with pytest.raises(DeliveryFailed, match="cannot be used"):
        await make(plain(1)).send_notice(make_account(), mail_channel(), make_notice(), "n1.c1")


async def test_service_without_mail_says_so() -> None:
    """To whoever set up the channel."""
    with pytest.raises(DeliveryFailed, match="MAIL_ACS_ENDPOINT or SMTP_HOST"):
        await make().send_notice(make_account(), mail_channel(), make_notice(), "n1.c1")


async def test_mail_by_azure_communication_services() -> None:
    """The service is told the same operation for the same message, so a repetition is not a second mail."""
    seen: list[tuple[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.headers["Operation-Id"], await request.json()))
        location = f"http://{request.host}/emails/operations/1"
        return web.json_response({"id": "1", "status": "Running"}, status=202, headers={"Operation-Location": location})

    async with _acs(take) as endpoint:
        transport = _acs_transport(endpoint)
        for delivery in ("n1.c1", "n1.c1", "n2.c1"):
            await make(transport).send_notice(make_account(), mail_channel(), make_notice(), delivery)
    operations = [operation for operation, _ in seen]
    assert (operations[0] == operations[1], operations[1] == operations[2]) == (True, False)
    told = seen[0][1]
    assert told["senderAddress"] == _SENDER
    assert [each["address"] for each in told["recipients"]["to"]] == ["ops@example.com", "second@example.com"]
    assert "ann@contoso.example" in told["content"]["plainText"]
    assert told["content"]["html"].startswith("<!DOCTYPE html>")


async def test_mail_service_that_refuses() -> None:
    """Is repeated by the timer, not while it runs."""

    async def refuse(request: web.Request) -> web.Response:  # noqa: ARG001  as aiohttp calls it
        return web.json_response({"error": {"code": "TooManyRequests"}}, status=403)

    async with _acs(refuse) as endpoint:
        with pytest.raises(DeliveryFailed, match="answered 403"):
            await make(_acs_transport(endpoint)).send_notice(make_account(), mail_channel(), make_notice(), "n1.c1")


def _acs(handler: Any) -> Any:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def running() -> Any:
        app = web.Application()
        app.router.add_post("/emails:send", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    return running()


def _acs_transport(endpoint: str) -> AcsTransport:
    key: Any = AzureKeyCredential(base64.b64encode(b"key").decode())
    settings = OutboundSettings(acs_endpoint=endpoint, mail_sender=_SENDER)
    return AcsTransport(settings, lambda: key, {"retry_total": 0})


async def test_webhook_is_signed() -> None:
    """As Standard Webhooks says, with the channel's secret over id, time and body."""
    async with http_receiver() as receiver:
        channel = new_channel(ChannelKind.WEBHOOK, receiver.url, NOW)
        await make().send_notice(make_account(), channel, make_notice(), "n1.c1")
    ((headers, content),) = receiver.requests
    signed = f"n1.c1.{headers['webhook-timestamp']}.".encode() + content
    expected = base64.b64encode(hmac.new(channel.key, signed, hashlib.sha256).digest()).decode()
    assert (headers["webhook-id"], headers["webhook-signature"]) == ("n1.c1", f"v1,{expected}")
    assert (headers["content-type"], headers["webhook-timestamp"]) == ("application/json", str(int(NOW.timestamp())))
    body = json.loads(content)
    assert (body["type"], body["data"]["account"]) == ("provisioning.notice", "acme")
    assert body["data"]["failures"][0]["name"] == "ann@contoso.example"
    assert body["data"]["recoveries"][0]["name"] == "carol@contoso.example"


async def test_teams_card() -> None:
    """An adaptive card; names are no Markdown to it."""
    async with http_receiver() as receiver:
        channel = new_channel(ChannelKind.TEAMS, receiver.url, NOW)
        await make().send_notice(make_account(), channel, make_notice(), "n1.c1")
    ((_, content),) = receiver.requests
    card = json.loads(content)["attachments"][0]["content"]
    texts = [each["text"] for each in card["body"]]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert "Acme: 3 objects cannot be provisioned, 1 has recovered" in texts[0]
    assert any("has recovered" not in each and "Recovered: carol@contoso.example" in each for each in texts)
    assert card["actions"][0]["url"].startswith(f"{_URL}/manager/account/acme/log")


@pytest.mark.parametrize(("status", "final"), [(500, False), (404, False), (410, True), (302, False)])
async def test_receiver_that_refuses(status: int, final: bool) -> None:
    """Redirects are not followed: they could lead anywhere."""
    async with http_receiver() as receiver:
        receiver.status = status
        channel = new_channel(ChannelKind.WEBHOOK, receiver.url, NOW)
        with pytest.raises(DeliveryFailed, match=f"answered {status}") as caught:
            await make().send_notice(make_account(), channel, make_notice(), "n1.c1")
    assert caught.value.final is final


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/hook", "http://localhost:9/hook", "http://[::1]:9/hook"])
async def test_private_networks_are_not_reached(url: str) -> None:
    """Neither by address nor by name; it is refused before anything is sent."""
    channel = new_channel(ChannelKind.WEBHOOK, url, NOW)
    with pytest.raises(DeliveryFailed, match=r"private network|no answer"):
        await make(allow_private=False).send_notice(make_account(), channel, make_notice(), "n1.c1")


async def test_log_channel(caplog: pytest.LogCaptureFixture) -> None:
    """Tells how many, and no names."""
    with caplog.at_level(logging.WARNING):
        await make().send_notice(make_account(), new_channel(ChannelKind.LOG, "", NOW), make_notice(), "n1.c1")
    assert "account acme: 3 objects cannot be provisioned" in caplog.text
    assert "contoso" not in caplog.text


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (OutboundSettings(), None),
        (OutboundSettings(smtp_host="mail.example", mail_sender=_SENDER), SmtpTransport),
        (OutboundSettings(acs_endpoint="https://mail.example", mail_sender=_SENDER), AcsTransport),
    ],
)
def test_settings_name_the_way_of_mail(settings: OutboundSettings, kind: type | None) -> None:
    """One or none."""
    made = make_senders(settings, _URL, StoppedClock(), lambda: pytest.fail("nobody is asked yet"))
    assert (None if made.mail is None else type(made.mail)) is kind
