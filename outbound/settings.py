"""What the environment says of mail and webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_SUBMISSION = 587


class BadOutboundSettings(ValueError):
    """Settings of mail contradict each other, or one is missing; the text says what to do."""


@dataclass(frozen=True, slots=True)
class OutboundSettings:
    """How mail leaves: by Azure Communication Services, by SMTP, or not at all.

    ``allow_private`` lets webhooks be on this machine and in private networks; it is for development.
    """

    mail_sender: str = ""
    acs_endpoint: str = ""
    smtp_host: str = ""
    smtp_port: int = _SUBMISSION
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_starttls: bool = True
    allow_private: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "OutboundSettings":
        """The settings in *environment*.

        Raises:
            BadOutboundSettings: Two ways for mail, or one without a sender, or a port that is no number.
        """
        endpoint, host = environment.get("MAIL_ACS_ENDPOINT", ""), environment.get("SMTP_HOST", "")
        sender = environment.get("MAIL_SENDER", "")
        if endpoint and host:
            raise BadOutboundSettings("set either MAIL_ACS_ENDPOINT or SMTP_HOST, and not both")
        if (endpoint or host) and "@" not in sender:
            raise BadOutboundSettings("set MAIL_SENDER to the address that mail is sent from")
        if endpoint and not endpoint.startswith("https://"):
            raise BadOutboundSettings("MAIL_ACS_ENDPOINT must begin with https://: a token is sent there")
        return cls(
            mail_sender=sender,
            acs_endpoint=endpoint,
            smtp_host=host,
            smtp_port=_port(environment.get("SMTP_PORT", str(_SUBMISSION))),
            smtp_user=environment.get("SMTP_USER", ""),
            smtp_password=environment.get("SMTP_PASSWORD", ""),
            smtp_starttls=_is_on(environment.get("SMTP_STARTTLS", "true")),
            allow_private=_is_on(environment.get("OUTBOUND_ALLOW_PRIVATE", "")),
        )


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise BadOutboundSettings("SMTP_PORT must be a port, such as 587")
    return int(text)


def _is_on(text: str) -> bool:
    return text.strip().lower() in ("1", "true", "yes", "on")
