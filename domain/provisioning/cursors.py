"""Cursors: positions in a walk, sealed so that a client can neither read nor forge them.  RFC 9865 §5.

A cursor is a Fernet token under the account's own key: it survives a restart, means nothing to another account, and
carries the time it was made at.  The padding of the token is left out, as ``=`` may not stand in a cursor (§2).
"""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import orjson
from scim2_models import ExpiredCursorException, InvalidCursorException

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_OTHER = "the cursor is of another list, or of other parameters of this one; begin at the first page"


def seal(position: str, *, key: str, walk: str, now: datetime) -> str:
    """The cursor of *position* in the walk that *walk* describes: its filter, order and page size."""
    content = orjson.dumps([position, _digest(walk)])
    return _fernet(key).encrypt_at_time(content, int(now.timestamp())).decode().rstrip("=")


def unseal(cursor: str, *, key: str, walk: str, now: datetime, lifetime: timedelta) -> str:
    """The position that *cursor* holds.

    Raises:
        InvalidCursorException: We did not make it, not for this account, or for another walk.
        ExpiredCursorException: It is older than *lifetime*.
    """
    from cryptography.fernet import InvalidToken

    fernet, token = _fernet(key), cursor + "=" * (-len(cursor) % 4)
    try:
        made = fernet.extract_timestamp(token)
        position, digest = orjson.loads(fernet.decrypt(token))
    except (InvalidToken, ValueError):  # a ValueError where the cursor is not even ASCII
        raise InvalidCursorException(detail=_OTHER) from None
    if digest != _digest(walk):
        raise InvalidCursorException(detail=_OTHER) from None
    if now.timestamp() - made > lifetime.total_seconds():
        raise ExpiredCursorException(detail="the cursor is too old; begin at the first page")
    return str(position)


def _fernet(key: str) -> "Fernet":
    from cryptography.fernet import Fernet  # used by walks only, and costs a cold start 30 ms

    return Fernet(key)


def _digest(walk: str) -> str:
    return hashlib.sha256(walk.encode()).hexdigest()[:16]
