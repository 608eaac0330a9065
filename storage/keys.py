"""Row keys: how values become parts of them, and where each kind of row lies.

``:`` separates the parts of a key, so the rows below a prefix are those from ``prefix:`` to ``prefix;``.
Source: Microsoft Learn, Understanding the Table service data model; DESIGN §3.
"""

import hashlib
import re
from datetime import UTC, datetime

from domain.model import Kind
from domain.native.scopes import Scope
from scim.comparison import fold

MAX_PART = 400
"""UTF-16 units of a value in a key; a longer one is cut and hashed."""
HEX = "0123456789abcdef"

_KEPT_OF_LONG = 200
_KEPT_OF_ATTRIBUTE = 16
_HASH_MARK = "~"
_RESERVED = re.compile(r"[\x00-\x1f\x7f-\x9f!#%/:;?\\~\ud800-\udfff\ufffe\uffff]")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def key(text: str, *, case_exact: bool = False) -> str:
    """*text* as a part of a row key: the same for equal values, different for different ones.

    A reserved character becomes ``!`` and four hexadecimal digits, whatever follows it, so the key of a folded text
    begins with the keys of its beginnings.  Beyond 400 UTF-16 units only the first 200 are kept, then ``~`` and the
    SHA-256 of the whole.
    """
    escaped = _RESERVED.sub(_escape, fold(text, case_exact=case_exact))
    if utf16_units(escaped) <= MAX_PART:
        return escaped
    digest = hashlib.sha256(escaped.encode()).hexdigest()
    return f"{cut(escaped, _KEPT_OF_LONG)}{_HASH_MARK}{digest}"


def _escape(found: re.Match[str]) -> str:
    return f"!{ord(found.group()):04x}"


def utf16_units(text: str) -> int:
    """The length of *text* as the service counts it: a character beyond U+FFFF is two units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, units: int) -> str:
    """The beginning of *text* that fits into *units* UTF-16 units, without half of a surrogate pair."""
    if len(text) * 2 <= units or utf16_units(text) <= units:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: units * 2].decode("utf-16-le", "ignore")


def is_id(text: str) -> bool:
    """Whether *text* has the form of an id of a user or group."""
    return _UUID.fullmatch(text) is not None


def after_prefix(prefix: str) -> str:
    """The first row key past all that begin with *prefix*, which ends with ``:``."""
    return f"{prefix[:-1]};"


def last_part(row_key: str) -> str:
    """What follows the last ``:``, the id that a row of an index ends with."""
    return row_key.rpartition(":")[2]


# Rows of resources and of their indexes

RESOURCE = {Kind.USER: "u:", Kind.GROUP: "g:"}
NAME = {Kind.USER: "un:", Kind.GROUP: "gn:"}
EXTERNAL_ID = {Kind.USER: "ux:", Kind.GROUP: "gx:"}
EMAIL = "ue:"
INVITED = "ui:"
UNIQUE = {Kind.USER: "ua:", Kind.GROUP: "ga:"}
MEMBER = "m:"
MEMBER_OF = "um:"
NATIVE_MEMBER = "nm:"
NATIVE_MEMBER_OF = "nu:"
IDENTIFIER = "gi:"
ORG = "og:"
PROJECT = "pr:"
SCOPE_MEMBER = "sm:"
SCOPE_OF = "us:"
INHERITED = "ig:"
CHANGE = "c:"
JOURNAL = "j:"
TOTALS = "s:totals"
NOTIFIED = "s:notified"
COMPACTED = "s:compacted"
FAULT = "s:fault:"
CYCLE = "s:cycle:"
NOTICE = "s:notice:"
DELIVERY = "s:delivery:"
EVENTS = "s:events:"
DEAD = "s:dead:"


def resource(kind: Kind, resource_id: str) -> str:
    return f"{RESOURCE[kind]}{resource_id}"


def name(kind: Kind, value: str) -> str:
    """The row that holds a ``userName``, or the ``displayName`` of a SCIM group."""
    return f"{NAME[kind]}{key(value)}"


def external_ids(kind: Kind, value: str) -> str:
    """What the rows of an ``externalId`` begin with; the resource's id follows."""
    return f"{EXTERNAL_ID[kind]}{key(value, case_exact=True)}:"


def emails(value: str) -> str:
    """What the rows of an e-mail address begin with; the user's id follows."""
    return f"{EMAIL}{key(value)}:"


def invited(expires: datetime) -> str:
    """What the rows of invitations begin with that expire at that moment; the user's id follows."""
    return f"{INVITED}{moment_id(expires)}:"


def unique(kind: Kind, attribute: str, value: str) -> str:
    """The row that holds a unique *value*, in the form it is compared in, of an attribute with its URN."""
    digest = hashlib.sha256(attribute.lower().encode()).hexdigest()
    return f"{UNIQUE[kind]}{digest[:_KEPT_OF_ATTRIBUTE]}:{key(value, case_exact=True)}"


def members(group_id: str, *, native: bool = False) -> str:
    """What the rows of a group's members begin with; the member's id follows.

    Those of native groups lie apart: what SCIM shows need not be told from the rest row by row.
    """
    return f"{NATIVE_MEMBER if native else MEMBER}{group_id}:"


def member_of(member_id: str, *, native: bool = False) -> str:
    """What the rows of a member's groups begin with; the group's id follows."""
    return f"{NATIVE_MEMBER_OF if native else MEMBER_OF}{member_id}:"


def identifiers(scope: str) -> str:
    """What the rows of the identifiers of groups of a scope begin with; the identifier follows."""
    return f"{IDENTIFIER}{scope}:"


def change(change_id: str) -> str:
    return f"{CHANGE}{change_id}"


def journal(change_id: str) -> str:
    return f"{JOURNAL}{change_id}"


def ranges(prefix: str) -> list[tuple[str, str]]:
    """The rows below *prefix* whose next part is an id, as 16 ranges of about the same size."""
    return [(f"{prefix}{digit}", f"{prefix}{following}") for digit, following in zip(HEX, f"{HEX[1:]}g", strict=True)]


# Ids of changes


def moment_of(change_id: str) -> datetime:
    """When the change of that id was made, in whole milliseconds."""
    return datetime.fromtimestamp(int(change_id[:12], 16) / 1000, UTC)


def moment_id(moment: datetime) -> str:
    """What the ids of changes made at *moment* begin with: all earlier ones sort before it."""
    return f"{int(moment.astimezone(UTC).timestamp() * 1000):012x}"


# Organizations, projects, and who and what is in them


def places(parent: Scope) -> str:
    """What the rows of organizations, or of the projects of an organization, begin with."""
    return f"{PROJECT}{parent.org}:" if parent.org else ORG


def place(scope: Scope) -> str:
    """The row of an organization or of a project."""
    return f"{PROJECT}{scope.org}:{scope.project}" if scope.project else f"{ORG}{scope.org}"


def users_in(scope: Scope) -> str:
    """What the rows of a scope's users begin with; the user's id follows."""
    return f"{SCOPE_MEMBER}{scope}:"


def scopes_of(user_id: str) -> str:
    """What the rows of a user's scopes begin with; the scope follows."""
    return f"{SCOPE_OF}{user_id}:"


def inherited(scope: Scope) -> str:
    """What the rows of the groups that a scope inherits begin with; the group's id follows."""
    return f"{INHERITED}{scope}:"
