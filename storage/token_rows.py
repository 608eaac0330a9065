"""Tokens as rows."""

from datetime import datetime

from domain.access.principals import Principal, PrincipalKind, Token
from storage.client import Entity
from storage.entities import moment

TOKEN = "t:"  # noqa: S105  what row keys begin with

_MOMENTS = {
    "valid_from": "validFrom",
    "expires": "expires",
    "retires": "retires",
    "revoked": "revoked",
    "last_used": "lastUsed",
}
"""The moments that a token may have, and the properties that hold them."""


def from_token(token: Token) -> Entity:
    """The row of a token; what it does not have is not there."""
    entity: Entity = {
        "RowKey": f"{TOKEN}{token.id}",
        "name": token.name,
        "secretHash": token.secret_hash,
        "created": token.created,
        "ownerKind": token.owner.kind.value,
        "owner": token.owner.id,
        "key": token.key,
    }
    if token.permissions is not None:
        entity["permissions"] = " ".join(sorted(token.permissions))
    moments = {column: getattr(token, name) for name, column in _MOMENTS.items()}
    return entity | {name: value for name, value in moments.items() if value is not None}


def to_token(account_id: str, row: Entity) -> Token:
    """The token that a row holds."""
    moments: dict[str, datetime] = {name: moment(row[column]) for name, column in _MOMENTS.items() if column in row}
    return Token(
        account=account_id,
        id=row["RowKey"].removeprefix(TOKEN),
        name=row["name"],
        secret_hash=row["secretHash"],
        created=moment(row["created"]),
        owner=Principal(PrincipalKind(row["ownerKind"]), row["owner"]),
        key=row["key"],
        permissions=frozenset(row["permissions"].split()) if "permissions" in row else None,
        **moments,
    )
