"""Pages: small, whole, and they tell what is not on them."""

import dataclasses
import json

import pytest

from domain.model import ValueChange
from storage import log_pages
from storage.limits import check_entity
from storage.log_pages import from_page, to_header, to_page
from tests.storage.log_entries import make_entries, make_entry


def test_page_holds_entries_whole() -> None:
    """Every field comes back, to the microsecond, whatever the client sent."""
    odd = dataclasses.replace(
        make_entry(31), values=(ValueChange("title", None, "\ud800"),), native_groups=-1, attributes=(), count=7
    )
    entries = [*make_entries(31), odd]
    page = to_page(entries)
    assert page is not None
    assert from_page(page) == entries


def test_full_page_fits_into_an_entity() -> None:
    """With digests of three names for each of its entries."""
    entries = [
        make_entry(number, resource_id=f"r{number}", external_id=f"e{number}", resource_name=f"n{number}")
        for number in range(log_pages.MAX_ENTRIES)
    ]
    page = to_page(entries)
    assert page is not None
    check_entity(page)
    assert from_page(page) == entries


def test_page_is_small() -> None:
    """A fifth of its entries as JSON, at most."""
    entries = make_entries(1_000)
    page = to_page(entries)
    assert page is not None
    told = len(json.dumps([dataclasses.asdict(each) for each in entries], default=str))
    assert sum(len(value) for value in page.values() if isinstance(value, bytes)) * 5 < told


def test_page_tells_what_is_on_it() -> None:
    """Never that a resource is not on it which is, and seldom the other way round."""
    page = to_page(make_entries(50))
    assert page is not None
    header = to_header("p", page)
    assert all(header.may_tell_of(name) for name in ("person-3", "E3", "user3@contoso.example"))
    assert sum(header.may_tell_of(f"other-{number}") for number in range(5_000)) == 0


@pytest.mark.parametrize(("limit", "value"), [("MAX_ENTRIES", 49), ("MAX_BYTES", 100), ("_MAX_DIGESTS", 20)])
def test_too_much_is_no_page(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then fewer entries go onto it."""
    monkeypatch.setattr(log_pages, limit, value)
    assert to_page(make_entries(50)) is None
