"""Mail: a letter as a message, and the two ways that it leaves."""

import asyncio
import smtplib
import ssl
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Protocol

from domain.notifying.channels import Channel
from domain.notifying.delivery import DeliveryFailed
from domain.notifying.notices import Notice
from outbound.letters import Letter
from outbound.settings import OutboundSettings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

_SECONDS = 20
_REFUSED_FOR_GOOD = 500
_NAMESPACE = uuid.UUID("6d1c2f0b-7a51-4c0e-9f5e-2f4f7f0a9f11")


class MailTransport(Protocol):
    """One way for mail to leave."""

    async def send(self, message: EmailMessage, addresses: tuple[str, ...], message_id: str) -> None:
        """Raises: DeliveryFailed."""


def to_message(letter: Letter, notice: Notice, channel: Channel, sender: str, message_id: str) -> EmailMessage:
    """The letter as a mail with both texts; the same *message_id* gives the same Message-ID."""
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = sender
    message["To"] = ", ".join(channel.addresses)
    message["Date"] = format_datetime(notice.time)
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """Mail by SMTP, in a thread; *tls* is what STARTTLS trusts, otherwise the machine's authorities."""

    settings: OutboundSettings
    tls: ssl.SSLContext | None = None

    async def send(self, message: EmailMessage, addresses: tuple[str, ...], message_id: str) -> None:  # noqa: ARG002  in the message
        try:
            await asyncio.to_thread(self._send, message, addresses)
        except smtplib.SMTPRecipientsRefused as error:
            final = all(code >= _REFUSED_FOR_GOOD for code, _ in error.recipients.values())
            raise DeliveryFailed("the mail server refuses the addresses", final=final) from error
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed(f"the mail server answered {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(f"the mail server cannot be used: {type(error).__name__}") from error

    def _send(self, message: EmailMessage, addresses: tuple[str, ...]) -> None:
        settings = self.settings
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_SECONDS) as server:
            if settings.smtp_starttls:
                server.starttls(context=self.tls or ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message, from_addr=settings.mail_sender, to_addrs=list(addresses))


@dataclass(frozen=True, slots=True)
class AcsTransport:
    """Mail by Azure Communication Services under the app's identity.

    The service takes a message once for each operation id, which is made from the message's own.
    """

    settings: OutboundSettings
    credential: "Callable[[], AsyncTokenCredential]"
    options: dict[str, Any] | None = None

    async def send(self, message: EmailMessage, addresses: tuple[str, ...], message_id: str) -> None:
        from azure.communication.email.aio import EmailClient
        from azure.core.exceptions import AzureError, HttpResponseError

        operation_id = str(uuid.uuid5(_NAMESPACE, message_id))
        endpoint, options = self.settings.acs_endpoint, self.options or {}
        try:
            async with EmailClient(endpoint, self.credential(), **options) as client:
                await client.begin_send(self._content(message, addresses), operation_id=operation_id)
        except HttpResponseError as error:
            raise DeliveryFailed(f"the mail service answered {error.status_code}") from error
        except AzureError as error:
            raise DeliveryFailed(f"the mail service cannot be used: {type(error).__name__}") from error

    def _content(self, message: EmailMessage, addresses: tuple[str, ...]) -> dict[str, Any]:
        text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
        return {
            "senderAddress": self.settings.mail_sender,
            "recipients": {"to": [{"address": each} for each in addresses]},
            "content": {
                "subject": str(message["Subject"]),
                "plainText": text.get_content() if text else "",
                "html": html.get_content() if html else "",
            },
            "headers": {"Auto-Submitted": "auto-generated"},
        }
