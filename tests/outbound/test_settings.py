"""What the environment says of mail and webhooks."""

import pytest

from outbound.settings import BadOutboundSettings, OutboundSettings


def test_nothing_is_needed() -> None:
    """Without settings no mail leaves, and private networks are closed."""
    assert OutboundSettings.read({}) == OutboundSettings()


def test_smtp() -> None:
    """Submission with STARTTLS unless told otherwise; no password is shown."""
    read = OutboundSettings.read(
        {"SMTP_HOST": "mail.example", "MAIL_SENDER": "a@mail.example", "SMTP_USER": "a", "SMTP_PASSWORD": "secret"}
    )
    assert (read.smtp_port, read.smtp_starttls, read.smtp_user) == (587, True, "a")
    assert "secret" not in repr(read)
    off = {"SMTP_HOST": "x", "MAIL_SENDER": "a@x", "SMTP_STARTTLS": "false", "OUTBOUND_ALLOW_PRIVATE": "1"}
    assert (OutboundSettings.read(off).smtp_starttls, OutboundSettings.read(off).allow_private) == (False, True)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"SMTP_HOST": "x", "MAIL_ACS_ENDPOINT": "https://y", "MAIL_SENDER": "a@b"}, "not both"),
        ({"SMTP_HOST": "x"}, "MAIL_SENDER"),
        ({"MAIL_ACS_ENDPOINT": "https://y", "MAIL_SENDER": "nobody"}, "MAIL_SENDER"),
        ({"MAIL_ACS_ENDPOINT": "http://y", "MAIL_SENDER": "a@b"}, "https"),
        ({"SMTP_PORT": "mail"}, "SMTP_PORT"),
        ({"SMTP_PORT": "0"}, "SMTP_PORT"),
    ],
)
def test_settings_that_contradict(environment: dict[str, str], told: str) -> None:
    """Say what to do."""
    with pytest.raises(BadOutboundSettings, match=told):
        OutboundSettings.read(environment)
