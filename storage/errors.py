"""The library's errors as ours: the one place that knows both.

StoreError (domain.ports)
+- Refused        one operation of a transaction was refused; says which and how
+- AlreadyThere   a row to be created exists
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableErrorCode, TableTransactionError

from domain.ports import RecordNotFound, RecordTooLarge, StoreError, StoreUnavailable, VersionConflict

_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


class Refused(StoreError):
    """One operation of a transaction was refused, so nothing of it is stored."""

    def __init__(self, index: int, status: int) -> None:
        super().__init__(f"operation {index}: {status}")
        self.index = index
        self.status = status


class AlreadyThere(StoreError):
    """A row to be created exists."""


@contextmanager
def table_errors() -> Iterator[None]:
    """Turn the library's errors into ours: the one place that knows them."""
    try:
        yield
    except HttpResponseError as error:
        raise _from_answer(error) from error
    except (AzureError, OSError, TimeoutError) as error:
        raise StoreUnavailable(type(error).__name__) from error


def _from_answer(error: HttpResponseError) -> StoreError:
    status = error.status_code or 0
    code = getattr(error, "error_code", None)
    if code == TableErrorCode.TABLE_NOT_FOUND:
        return StoreUnavailable("the table does not exist")  # deployments bring their tables along
    if status in _TRANSIENT or status < 300:  # below 300: the answer itself could not be read
        return StoreUnavailable(f"status {status}")
    if status == 413 or code in _TOO_LARGE:
        return RecordTooLarge(str(code))
    if isinstance(error, TableTransactionError) and status in BY_STATUS:
        return Refused(error.index, status)
    for kind, ours in _BY_TYPE:
        if isinstance(error, kind):
            return ours()
    return StoreError(f"status {status}, code {code}")


_TOO_LARGE = (
    TableErrorCode.ENTITY_TOO_LARGE,
    TableErrorCode.PROPERTY_VALUE_TOO_LARGE,
    TableErrorCode.TOO_MANY_PROPERTIES,
)
BY_STATUS: Mapping[int, type[StoreError]] = {404: RecordNotFound, 409: AlreadyThere, 412: VersionConflict}
"""What the refusal of a single operation means."""
_BY_TYPE: Sequence[tuple[type[HttpResponseError], type[StoreError]]] = (
    (ResourceExistsError, AlreadyThere),
    (ResourceNotFoundError, RecordNotFound),
    (ResourceModifiedError, VersionConflict),
)
