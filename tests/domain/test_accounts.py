"""Accounts: which can be opened."""

import pytest
from cryptography.fernet import Fernet

from domain.accounts import NAME_LIMIT, InvalidAccount, is_account_id, new_account
from domain.model import AccountSettings, UnmatchedFilter
from tests.domain.builders import NOW


def test_account_gets_an_id() -> None:
    """22 random characters, which can be an id."""
    account = new_account("Acme", now=NOW)
    assert len(account.id) == 22
    assert is_account_id(account.id)


def test_random_ids_differ() -> None:
    """And all can be ids, whatever they begin with."""
    drawn = {new_account("Acme", now=NOW).id for _ in range(200)}
    assert len(drawn) == 200


def test_account_keeps_what_was_chosen() -> None:
    """The id, the name without blanks around it, the moment and the settings."""
    settings = AccountSettings(UnmatchedFilter.NO_TARGET)
    account = new_account(" Mäkinen & Co ", now=NOW, account_id="acme-1", settings=settings)
    assert (account.id, account.name, account.created, account.settings) == ("acme-1", "Mäkinen & Co", NOW, settings)


def test_account_can_seal() -> None:
    """Its key is one that seals cursors, its own, and never printed."""
    account = new_account("Acme", now=NOW)
    assert Fernet(account.seal_key).encrypt(b"x")
    assert account.seal_key not in repr(account)


@pytest.mark.parametrize(
    "account_id",
    ["", "ab", "a" * 65, "-abc", "_abc", "a b c", "a/b", "a.b", "a:b", "ábc", "abc\n", "../x", "a%2fb", "[x]"],
)
def test_odd_id_is_refused(account_id: str) -> None:
    """An id stands in URLs, keys and tokens, so few characters can be in it."""
    with pytest.raises(InvalidAccount, match="3 to 64"):
        new_account("Acme", now=NOW, account_id=account_id)


@pytest.mark.parametrize("account_id", ["abc", "a" * 64, "0_-", "Acme"])
def test_plain_id_is_taken(account_id: str) -> None:
    """As it is, in its letter case."""
    assert new_account("Acme", now=NOW, account_id=account_id).id == account_id


@pytest.mark.parametrize("name", ["", " ", "\t\n", "x" * (NAME_LIMIT + 1)])
def test_blank_or_long_name_is_refused(name: str) -> None:
    """A name is for people: they must see it."""
    with pytest.raises(InvalidAccount, match="name"):
        new_account(name, now=NOW)
