"""Bearer tokens: how one is issued, recognised and checked.

A token reads ``rc.{account}.{id}.{secret}{checksum}``: the prefix and the checksum let scanners recognise a leaked one,
and us refuse a mistyped one without asking the storage.  The secret is 256 random bits, so its SHA-256 is enough to
keep; the text itself is shown once and never stored or logged.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.accounts import is_account_id
from domain.model import Token

PERMISSIONS = frozenset(
    {
        "core_user_view",
        "core_user_manage",
        "core_user_invite",
        "core_usergroup_view",
        "core_usergroup_manage",
    }
)
"""What provisioning needs (harness.md §2.2)."""

DEFAULT_LIFETIME = timedelta(days=30)

_ID = re.compile(r"[0-9a-f]{16}")
_TEXT = re.compile(r"rc\.([A-Za-z0-9_-]{3,64})\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token and its text, which nobody can tell again."""

    token: Token
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenText:
    """The parts of a well-formed token."""

    account: str
    id: str
    secret: str = field(repr=False)

    def is_of(self, token: Token) -> bool:
        """Whether this is the text of *token*; takes the same time whatever differs."""
        return hmac.compare_digest(_hash(self.secret), token.secret_hash)


def issue(
    account: str,
    name: str,
    *,
    now: datetime,
    lifetime: timedelta | None = DEFAULT_LIFETIME,
    permissions: frozenset[str] = PERMISSIONS,
) -> Issued:
    """A new token of *account*; it never expires where *lifetime* is None."""
    token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    body = f"rc.{account}.{token_id}.{secret}"
    token = Token(
        account=account,
        id=token_id,
        name=name,
        secret_hash=_hash(secret),
        permissions=permissions,
        created=now,
        expires=None if lifetime is None else now + lifetime,
    )
    return Issued(token, body + _checksum(body))


def read(text: str) -> TokenText | None:
    """The parts of *text*, or None where it is no token of ours."""
    found = _TEXT.fullmatch(text)
    if found is None or not is_account_id(found[1]):
        return None
    if _checksum(text[:-8]) != found[4]:
        return None
    return TokenText(account=found[1], id=found[2], secret=found[3])


def is_token_id(text: str) -> bool:
    """Whether *text* can be the id of a token."""
    return _ID.fullmatch(text) is not None


def is_valid(token: Token, now: datetime) -> bool:
    """Whether *token* opens anything at *now*."""
    return token.revoked is None and (token.expires is None or now < token.expires)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
