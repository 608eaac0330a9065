"""Bearer tokens: how one is issued, recognised and checked.

A token reads ``rc.{account}.{id}.{secret}{checksum}``: the prefix and the checksum let scanners recognise a leaked one,
and us refuse a mistyped one without asking the storage.  Its id begins with ``s`` or ``u`` and eight digits by which
the service account or user is found that owns it, so that both are read at once.  The secret is 256 random bits, so its
SHA-256 is enough to keep; the text itself is shown once and never stored or logged.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.access.principals import DEFAULT_KEY, PROVISIONING, Principal, PrincipalKind, Token, code_of
from domain.accounts import is_account_id

DEFAULT_LIFETIME = timedelta(days=30)

_ID = re.compile(r"[su][0-9a-f]{16}")
_TEXT = re.compile(r"rc\.([A-Za-z0-9_-]{3,64})\.([su][0-9a-f]{16})\.([A-Za-z0-9_-]{43})([0-9a-f]{8})")
_LETTER = {PrincipalKind.SERVICE_ACCOUNT: "s", PrincipalKind.USER: "u"}
_KIND = {letter: kind for kind, letter in _LETTER.items()}


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
    owner: Principal = PROVISIONING,
    key: str = DEFAULT_KEY,
    permissions: frozenset[str] | None = None,
    valid_from: datetime | None = None,
) -> Issued:
    """A new token of *owner*; it never expires where *lifetime* is None, which counts from *valid_from*, or *now*."""
    token_id, secret = f"{_LETTER[owner.kind]}{code_of(owner)}{secrets.token_hex(4)}", secrets.token_urlsafe(32)
    body = f"rc.{account}.{token_id}.{secret}"
    token = Token(
        account=account,
        id=token_id,
        name=name,
        secret_hash=_hash(secret),
        created=now,
        owner=owner,
        key=key,
        permissions=permissions,
        valid_from=valid_from,
        expires=None if lifetime is None else (valid_from or now) + lifetime,
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


def owner_of(token_id: str) -> tuple[PrincipalKind, str]:
    """The kind of a token's owner, and the code by which it is found."""
    return _KIND[token_id[0]], token_id[1:9]


def ends(token: Token) -> datetime | None:
    """From when on *token* opens nothing, whatever the reason; None for never."""
    return min((each for each in (token.expires, token.retires, token.revoked) if each is not None), default=None)


def is_valid(token: Token, now: datetime) -> bool:
    """Whether *token* opens anything at *now*, as far as it itself decides (harness.md §4.7, K4)."""
    end = ends(token)
    return (token.valid_from is None or token.valid_from <= now) and (end is None or now < end)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
