"""Pages of the log: thousands of entries as one entity, compressed column by column.

A page's row key is the id of its first entry, in the partition of its account and month.  ``last`` and ``objects`` tell
whether a page can hold what is asked for, so that only those that do are unpacked: ``objects`` are four-byte digests of
all names that the entries' resources can be asked for by.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import batched, takewhile

from domain.history.log import names_of
from domain.model import Change
from storage import keys
from storage.client import Entity
from storage.entities import change_entity, to_change

MAX_ENTRIES = 4_000
"""Entries of one page: the digests of their names fit into one property."""
MAX_BYTES = 700_000
"""Bytes of the compressed entries of one page; an entity has at most 1 MiB."""

_PART = 60_000
_DIGEST = 4
_MAX_DIGESTS = 64_000 // _DIGEST
_PARTS = tuple(f"p{number}" for number in range(16))
_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Header:
    """What a page tells without being unpacked; *objects* are empty where they were not read."""

    partition: str
    first: str
    last: str
    count: int
    objects: bytes = b""

    def may_tell_of(self, name: str) -> bool:
        """Whether an entry of the page can be about *name*; seldom true of another page, never false of its own."""
        wanted = digest(name)
        return any(self.objects[at : at + _DIGEST] == wanted for at in range(0, len(self.objects), _DIGEST))


HEADER = ["RowKey", "last", "count"]
OBJECTS = "objects"


def to_header(partition: str, row: Entity) -> Header:
    """The header that a row holds."""
    return Header(partition, row["RowKey"], row["last"], row["count"], row.get(OBJECTS, b""))


def month_of(change_id: str) -> str:
    """The month that an entry belongs to, as ``202603``."""
    return f"{keys.moment_of(change_id):%Y%m}"


def partition(account: str, month: str) -> str:
    """The partition of the table ``log`` that has the pages of a month."""
    return f"{account}:{month}"


def digest(name: str) -> bytes:
    """What of a name the page's header has."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def fits(changes: Sequence[Change]) -> bool:
    """Whether *changes* may lie on one page, as far as their number says."""
    return len(changes) <= MAX_ENTRIES and len(_objects(changes)) <= _MAX_DIGESTS


def to_page(changes: Sequence[Change]) -> Entity | None:
    """The row of a page with *changes*, which are in the order of their ids and of one month; None where too large."""
    if not fits(changes):
        return None
    packed = zlib.compress(json.dumps(_columns(changes), separators=(",", ":")).encode(), _LEVEL)
    if len(packed) > MAX_BYTES:
        return None
    parts = (bytes(part) for part in batched(packed, _PART, strict=False))
    return {
        "RowKey": changes[0].id,
        "last": changes[-1].id,
        "count": len(changes),
        OBJECTS: b"".join(_objects(changes)),
        **dict(zip(_PARTS, parts, strict=False)),
    }


def from_page(row: Entity) -> list[Change]:
    """The entries of a page in the order of their ids."""
    packed = b"".join(row[name] for name in takewhile(row.__contains__, _PARTS))
    columns = json.loads(zlib.decompress(packed))
    names = list(columns)
    return [_change(dict(zip(names, values, strict=True))) for values in zip(*columns.values(), strict=True)]


def _objects(changes: Iterable[Change]) -> list[bytes]:
    return sorted({digest(name) for change in changes for name in names_of(change)})


def _columns(changes: Sequence[Change]) -> dict[str, list[object]]:
    """The rows of *changes* turned into columns: equal values stand side by side, and names are told once."""
    rows = [_plain(change_entity(each)) for each in changes]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _plain(row: Entity) -> dict[str, object]:
    """A row as JSON; the time is told as the microseconds after what the id says."""
    after_id = row["time"] - _moment(row["RowKey"])
    return {**row, "time": round(after_id.total_seconds() * 1_000_000)}


def _change(values: dict[str, object]) -> Change:
    row: Entity = {name: value for name, value in values.items() if value is not None}
    told = _moment(row["RowKey"]).timestamp() * 1_000_000
    return to_change({**row, "time": datetime.fromtimestamp((round(told) + row["time"]) / 1_000_000, UTC)})


def _moment(row_key: str) -> datetime:
    return keys.moment_of(row_key.removeprefix(keys.CHANGE))
