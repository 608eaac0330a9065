"""Notices in words: both texts say the same, links are right, and nothing secret is in them."""

from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.notifying.notices import Notice, digest
from outbound.letters import Letter, summary, write
from tests.domain.builders import NOW, make_account
from tests.domain.log_builders import entry, failed_creation, failure, folded, skipped_member

_URL = "https://rollcall.example"
_LOG = f"{_URL}/manager/account/acme/log"


class Reader(HTMLParser):
    """Reads an HTML text: its words and its links; a tag that is not closed fails the test."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def make_notice() -> Notice:
    """Three failures and a recovery."""
    ledger = folded(
        failed_creation(0, "ann@contoso.example", count=3),
        failure(1, "Bob <b>&co</b>", reason="emails must be a list"),
        skipped_member(2, group="g-1", member="m-1"),
        failure(3, "carol@contoso.example"),
        entry(4, "carol@contoso.example"),
    )
    return digest(sorted(ledger.faults.values(), key=lambda each: each.since), NOW + timedelta(hours=1), {})


@pytest.fixture
def letter() -> Letter:
    return write(make_notice(), make_account(), _URL)


def test_subject_says_what_happened(letter: Letter) -> None:
    """And for which account."""
    assert letter.subject == "Acme: 3 objects cannot be provisioned, 1 has recovered"


def test_both_texts_say_everything(letter: Letter) -> None:
    """What failed, for whom, why, since when, how often, and what to do."""
    words = " ".join(Reader(letter.html).words)
    for told in (
        "ann@contoso.example",
        "could not be created",
        "1 March 2026, 09:30 UTC",
        "3 times",
        "Bob <b>&co</b>",
        "emails must be a list",
        "has this name already",
        "lacks a member",
        "carol@contoso.example",
    ):
        assert told in " ".join(letter.text.split())
        assert told in words


def test_links_lead_to_the_log(letter: Letter) -> None:
    """To each object's history, and to all failures."""
    links = Reader(letter.html).links
    assert all(each.startswith(_LOG) for each in links)
    assert [parse_qs(urlsplit(each).query) for each in links] == [
        {"object": ["ann@contoso.example"]},
        {"object": ["id-Bob <b>&co</b>"]},
        {"object": ["g-1.m-1"]},
        {"outcome": ["failure"]},
    ]
    assert [each for each in letter.text.split() if each.startswith("https://")] == links


def test_nothing_is_taken_for_markup(letter: Letter) -> None:
    """Names come from the directory; the plain text has them as they are."""
    assert "Bob &lt;b&gt;&amp;co&lt;/b&gt;" in letter.html
    assert "&lt;" not in letter.text


def test_no_personal_data_beyond_the_name(letter: Letter) -> None:
    """Nor the external id, nor the token."""
    for hidden in ("e-ann", "token:1", "whsec_", "request-"):
        assert hidden not in letter.html + letter.text


def test_text_is_narrow_enough_and_not_full_of_gaps(letter: Letter) -> None:
    """It reads well in a plain mail program."""
    assert "\n\n\n" not in letter.text
    assert letter.text.startswith("Acme: 3 objects")


@pytest.mark.parametrize(
    ("notice", "told"),
    [
        (Notice("test", NOW), "this is a test"),
        (digest(folded(failure()).failing, NOW, {}), "1 object cannot be provisioned"),
        (
            Notice("1", NOW, failures_left_out=5, recoveries_left_out=2),
            "5 objects cannot be provisioned, 2 have recovered",
        ),
    ],
)
def test_summary(notice: Notice, told: str) -> None:
    """In one line."""
    assert summary(notice) == told
    assert (
        told in Reader(write(notice, make_account(), _URL).html).words
        or told in write(notice, make_account(), _URL).subject
    )


def test_name_of_an_account_ends_no_header() -> None:
    """Whatever it holds."""
    account = make_account()
    object.__setattr__(account, "name", "Acme\r\nBcc: x@example.com")
    assert "\n" not in write(make_notice(), account, _URL).subject


def test_fault_of_the_connection_is_told_by_its_correlation() -> None:
    """It is about no object."""
    refused = failure(0, "", kind="", resource_id="", status=401, actor="anonymous", correlation_id="r 1")
    told = write(digest(folded(refused).failing, NOW, {}), make_account(), _URL)
    assert "(the connection) cannot get through" in " ".join(told.text.split())
    assert f"{_LOG}?correlation=r%201" in told.text
