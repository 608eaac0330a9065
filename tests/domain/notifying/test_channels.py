"""Channels: what can be one."""

import pytest

from domain.notifying.channels import ChannelKind, EventFormat, InvalidChannel, new_channel
from tests.domain.builders import NOW


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (ChannelKind.MAIL, "ops@example.com"),
        (ChannelKind.MAIL, "ops@example.com, second@example.com"),
        (ChannelKind.WEBHOOK, "https://example.com/hook?x=1"),
        (ChannelKind.WEBHOOK, "http://127.0.0.1:8080/hook"),  # this machine, for development
        (ChannelKind.TEAMS, "https://prod.example.com/workflows/1"),
        (ChannelKind.LOG, ""),
    ],
)
def test_target_fits_the_kind(kind: ChannelKind, target: str) -> None:
    """And what is sent to a webhook is signed with a secret of its own."""
    made = new_channel(kind, target, NOW)
    assert made.target == target
    assert (len(made.key) if made.secret else 0) == (32 if kind is ChannelKind.WEBHOOK else 0)
    assert target not in repr(made) or not target


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (ChannelKind.MAIL, ""),
        (ChannelKind.MAIL, "nobody"),
        (ChannelKind.MAIL, "a@example.com,"),
        (ChannelKind.MAIL, "a@example.com\r\nBcc: b@example.com"),
        (ChannelKind.MAIL, "a b@example.com"),
        (ChannelKind.WEBHOOK, "http://example.com/hook"),
        (ChannelKind.WEBHOOK, "ftp://example.com"),
        (ChannelKind.WEBHOOK, "https://user:password@example.com"),
        (ChannelKind.WEBHOOK, "https://"),
        (ChannelKind.WEBHOOK, "https://example.com:port/"),
        (ChannelKind.TEAMS, "https://example.com/\n"[:-1] + "\x00"),
        (ChannelKind.WEBHOOK, "https://example.com/" + "x" * 2_000),
        (ChannelKind.LOG, "somewhere"),
        (ChannelKind.POLL, ""),  # it takes events, not notices
    ],
)
def test_target_that_does_not_fit(kind: ChannelKind, target: str) -> None:
    """Is refused before anything is stored."""
    with pytest.raises(InvalidChannel):
        new_channel(kind, target, NOW)


@pytest.mark.parametrize("kind", [ChannelKind.MAIL, ChannelKind.TEAMS, ChannelKind.LOG])
def test_people_get_no_events(kind: ChannelKind) -> None:
    """Only programs do."""
    target = {ChannelKind.MAIL: "a@example.com", ChannelKind.TEAMS: "https://example.com"}.get(kind, "")
    with pytest.raises(InvalidChannel):
        new_channel(kind, target, NOW, events=EventFormat.JSON)


def test_poll_channel_takes_tokens() -> None:
    """And nothing else."""
    assert new_channel(ChannelKind.POLL, "", NOW, notices=False, events=EventFormat.SET).key
    with pytest.raises(InvalidChannel):
        new_channel(ChannelKind.POLL, "", NOW, notices=False, events=EventFormat.JSON)
