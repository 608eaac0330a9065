"""Invitations of native users: a code that is shown once, and two terms (harness.md §2.10)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.model import Invitation
from domain.refusals import Refused

EMAIL_PATTERN = r"^[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,189}$"
VALID_FOR = timedelta(days=30)
CODE_VALID_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sent:
    """A new invitation and its code, which nobody can tell again."""

    invitation: Invitation
    code: str = field(repr=False)


def send(by: str, now: datetime) -> Sent:
    """An invitation from *now* on, also in place of an earlier one, whose code then opens nothing."""
    code = secrets.token_urlsafe(24)
    return Sent(Invitation(by, now, now + VALID_FOR, _hash(code), now + CODE_VALID_FOR), code)


def check(invitation: Invitation, code: str, now: datetime) -> None:
    """Whether *code* opens *invitation* now.

    Raises:
        Refused: It is another code, or it or the invitation has expired.
    """
    if not hmac.compare_digest(_hash(code), invitation.code_hash):
        raise Refused("INVITATION_CODE_WRONG", "this is not the code of the invitation, or a newer one was sent since")
    if now >= min(invitation.expires, invitation.code_expires):
        raise Refused("INVITATION_EXPIRED", "the invitation has expired; ask an administrator to send it again")


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
