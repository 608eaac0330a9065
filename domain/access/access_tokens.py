"""Access tokens: what a client gets for its credentials, for an hour.  RFC 6749 §4.4, RFC 7523.

One reads ``ra.{account}.{id}.{expires}.{seal}{checksum}``.  It is stored nowhere: the seal is an HMAC under the
account's key, over what is told and over what the access depends on.  *id* is the token that was the client's secret,
or ``e`` where the client came with an assertion: the access ends when that token is revoked, or when other assertions
are trusted.
"""

import hashlib
import hmac
import re
import zlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain.access.principals import Token
from domain.accounts import is_account_id
from domain.model import Account, EntraTrust

LIFETIME = timedelta(hours=1)
BY_ASSERTION = "e"

_TEXT = re.compile(
    r"ra\.([A-Za-z0-9_-]{3,64})\.(e|[su][0-9a-f]{16})\.([0-9a-f]{8,10})\.([A-Za-z0-9_-]{43})([0-9a-f]{8})"
)


@dataclass(frozen=True, slots=True)
class AccessText:
    """The parts of a well-formed access token."""

    account: str
    id: str
    expires: datetime
    seal: str = field(repr=False)

    def is_of(self, account: Account, basis: Token | EntraTrust) -> bool:
        """Whether we gave it for *basis*; takes the same time whatever differs."""
        return hmac.compare_digest(_seal(account, self.id, self.expires, basis), self.seal)


def issue(account: Account, basis: Token | EntraTrust, now: datetime) -> tuple[str, timedelta]:
    """An access token, and how long it is valid: never longer than the token that it is given for."""
    end = now + LIFETIME
    if isinstance(basis, Token) and (last := min(filter(None, (basis.expires, basis.retires)), default=end)) < end:
        end = last
    expires = end.replace(microsecond=0)
    token_id = basis.id if isinstance(basis, Token) else BY_ASSERTION
    body = f"ra.{account.id}.{token_id}.{int(expires.timestamp()):08x}.{_seal(account, token_id, expires, basis)}"
    return body + _checksum(body), expires - now


def read(text: str) -> AccessText | None:
    """The parts of *text*, or None where it is no access token of ours."""
    found = _TEXT.fullmatch(text)
    if found is None or not is_account_id(found[1]) or _checksum(text[:-8]) != found[5]:
        return None
    try:
        return AccessText(found[1], found[2], datetime.fromtimestamp(int(found[3], 16), UTC), found[4])
    except (ValueError, OverflowError):
        return None


def _seal(account: Account, token_id: str, expires: datetime, basis: Token | EntraTrust) -> str:
    depends = basis.secret_hash if isinstance(basis, Token) else repr(basis)
    sealed = "\n".join(("access token", account.id, token_id, str(int(expires.timestamp())), depends))
    digest = hmac.digest(account.seal_key.encode(), sealed.encode(), hashlib.sha256)
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
