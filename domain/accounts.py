"""Accounts: how one is opened."""

import re
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime

from domain.model import Account, AccountSettings

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}")
NAME_LIMIT = 200
"""Characters of an account's name."""


class InvalidAccount(ValueError):
    """The id or the name cannot be an account's."""


def new_account(
    name: str, *, now: datetime, account_id: str | None = None, settings: AccountSettings | None = None
) -> Account:
    """An account that is not stored yet; without *account_id* it gets a random one of 22 characters.

    Raises:
        InvalidAccount: The id is no 3 to 64 letters, digits, ``_`` or ``-``, or the name is blank or too long.
    """
    chosen = _random_id() if account_id is None else account_id
    if not is_account_id(chosen):
        raise InvalidAccount("an account id has 3 to 64 letters, digits, _ or -, and begins with a letter or digit")
    if not name.strip() or len(name) > NAME_LIMIT:
        raise InvalidAccount(f"an account's name has 1 to {NAME_LIMIT} characters")
    return Account(
        id=chosen,
        name=name.strip(),
        created=now,
        seal_key=new_seal_key(),
        settings=settings or AccountSettings(),
    )


def new_seal_key() -> str:
    """A random key to seal an account's cursors with."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def is_account_id(text: str) -> bool:
    """Whether *text* can be the id of an account."""
    return _ID.fullmatch(text) is not None


def _random_id() -> str:
    return (
        secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        + secrets.token_urlsafe(16)[:21]
    )
