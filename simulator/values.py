"""The values that source attributes, expressions and mappings have."""

from dataclasses import dataclass

type Value = str | bool | int | float | Roles | tuple[Value, ...] | AppRole | None


@dataclass(frozen=True)
class AppRole:
    """One role of the application that is assigned to a user."""

    id: str
    value: str
    display_name: str


@dataclass(frozen=True)
class Roles:
    """What one of the three role functions gives; ``function`` is its name and decides how the roles are written."""

    function: str
    roles: tuple[AppRole, ...]


class Redacted(str):
    """A string that the provisioning log shows as ``[Redact]``."""

    __slots__ = ()


def is_empty(value: Value) -> bool:
    """Tell whether *value* is null, an empty string or without elements."""
    return value is None or value in ("", ())
