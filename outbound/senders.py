"""The way out to each kind of channel."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model import Account, Change
from domain.notifying import event_bodies
from domain.notifying.channels import Channel, ChannelKind, EventFormat
from domain.notifying.delivery import DeliveryFailed
from domain.notifying.notices import Notice
from domain.ports import Clock
from outbound import letters, webhooks
from outbound.posts import Posts
from outbound.settings import OutboundSettings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from outbound.mail import MailTransport

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Senders:
    """Fulfils `domain.notifying.delivery.Sender` for every kind of channel; without *mail* no mail leaves."""

    public_url: str
    clock: Clock
    posts: Posts
    mail: "MailTransport | None" = None
    mail_sender: str = ""

    async def send_notice(self, account: Account, channel: Channel, notice: Notice, delivery_id: str) -> None:
        match channel.kind:
            case ChannelKind.MAIL:
                await self._mail(account, channel, notice, delivery_id)
            case ChannelKind.WEBHOOK:
                body = webhooks.notice_body(notice, account, self.public_url)
                await webhooks.send_json(self.posts, channel, body, delivery_id, self.clock.now())
            case ChannelKind.TEAMS:
                await webhooks.send_card(self.posts, channel, notice, account, self.public_url)
            case ChannelKind.LOG:
                _log.warning("account %s: %s (notice %s)", account.id, letters.summary(notice), notice.id)
            case ChannelKind.POLL:
                raise DeliveryFailed("a poll channel gets no notices", final=True)

    async def send_event(self, account: Account, channel: Channel, change: Change) -> None:
        """Fulfils `EventSender`: signed JSON, or a token that is signed itself.  RFC 8935 §2."""
        if channel.events is EventFormat.SET:
            token = event_bodies.security_event_token(change, account, channel, self.public_url, self.clock.now())
            headers = {"Content-Type": event_bodies.SET_MEDIA_TYPE, "Accept": "application/json"}
            await self.posts.post(channel.target, token.encode(), headers)
            return
        body = event_bodies.event_body(change, account.id, self.public_url)
        await webhooks.send_json(self.posts, channel, body, change.id, self.clock.now())

    async def _mail(self, account: Account, channel: Channel, notice: Notice, delivery_id: str) -> None:
        if self.mail is None:
            raise DeliveryFailed("this service has no way to send mail: set MAIL_ACS_ENDPOINT or SMTP_HOST")
        from outbound.mail import to_message

        letter = letters.write(notice, account, self.public_url)
        message = to_message(letter, notice, channel, self.mail_sender, delivery_id)
        await self.mail.send(message, channel.addresses, delivery_id)


def make_senders(
    settings: OutboundSettings, public_url: str, clock: Clock, credential: "Callable[[], AsyncTokenCredential]"
) -> Senders:
    """The senders that *settings* name; *credential* opens Azure Communication Services."""
    if not settings.acs_endpoint and not settings.smtp_host:
        return Senders(public_url, clock, Posts(settings.allow_private))
    from outbound.mail import AcsTransport, SmtpTransport  # where no mail leaves, nothing of it is loaded

    mail: MailTransport = AcsTransport(settings, credential) if settings.acs_endpoint else SmtpTransport(settings)
    return Senders(public_url, clock, Posts(settings.allow_private), mail, settings.mail_sender)
