"""Transactions that know what a refusal means, and that tell an applied one from a failed one."""

import asyncio
from collections.abc import Sequence

from domain.model import Kind
from domain.ports import RecordNotFound, StoreError, StoreUnavailable, Taken, VersionConflict
from storage import keys
from storage.client import Operation, Table
from storage.errors import Refused

_RESOURCES = tuple(keys.RESOURCE.values())
_UNIQUE = {keys.NAME[Kind.USER]: "userName", keys.NAME[Kind.GROUP]: "displayName", keys.IDENTIFIER: "identifier"}
_MEMBERSHIPS = (keys.MEMBER, keys.MEMBER_OF, keys.NATIVE_MEMBER, keys.NATIVE_MEMBER_OF)
_TRIES = 5


async def commit(table: Table, account: str, operations: Sequence[Operation]) -> str | None:
    """Do all *operations*; the first creates the row of the change, which is the receipt, the second is the resource.

    The answer is the resource's new ETag.  It is None where the receipt was already there: then an earlier try was
    applied though its answer was lost.  Removals of memberships that do not exist are left out.

    Raises:
        VersionConflict, RecordNotFound: The resource changed or went since it was read.
        Taken: A unique value is held by another record.
    """
    try:
        return (await submit_tolerantly(table, account, operations))[1]
    except Refused as refused:
        if refused.index == 0 and refused.status == 409:
            return None
        raise refusal(operations, refused) from refused


async def submit_tolerantly(table: Table, account: str, operations: Sequence[Operation]) -> list[str]:
    """Submit *operations*, without the removals of memberships that are not there; the answer is the ETags.

    Raises:
        Refused: As `Table.submit`; its index counts in *operations*.
        StoreUnavailable: Memberships kept changing under it.
    """
    rest = list(operations)
    for _ in range(_TRIES):
        try:
            return await table.submit(account, rest)
        except Refused as refused:
            culprit = rest[refused.index]
            if refused.status != 404 or not _is_removal(culprit):
                raise Refused(operations.index(culprit), refused.status) from refused
        rest = await _without_missing(table, account, rest)
    raise StoreUnavailable("memberships kept changing")


def refusal(operations: Sequence[Operation], refused: Refused) -> StoreError:
    """What the refusal of one of *operations* means to the caller."""
    row_key = operations[refused.index].row_key
    if refused.status == 409:
        prefix, attribute = f"{row_key.partition(':')[0]}:", operations[refused.index].entity.get("attribute")
        attribute = _UNIQUE.get(prefix, attribute)  # that of a registered extension stands in its row
        return VersionConflict(row_key) if attribute is None else Taken(attribute)
    if refused.status == 404 and row_key.startswith(_RESOURCES):
        return RecordNotFound(row_key)
    return VersionConflict()  # another ETag, or a row that a rename has moved meanwhile


def _is_removal(operation: Operation) -> bool:
    return operation.verb == "delete" and operation.row_key.startswith(_MEMBERSHIPS)


async def _without_missing(table: Table, account: str, operations: Sequence[Operation]) -> list[Operation]:
    """*operations* without the removals of rows that do not exist."""

    async def needed(operation: Operation) -> bool:
        return not _is_removal(operation) or await table.find(account, operation.row_key, ["RowKey"]) is not None

    kept = await asyncio.gather(*map(needed, operations))
    return [operation for operation, wanted in zip(operations, kept, strict=True) if wanted]
