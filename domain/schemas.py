"""Extension schemas that an account registers besides those that every account has.

A schema takes effect on every instance within a minute, as callers are remembered so long.
"""

from typing import Any

from domain.ports import AccountStore, RecordNotFound
from scim.extension_schemas import ExtensionSchema, InvalidSchema, check_beside, read_schema
from scim.types import account_type


async def register_schema(
    store: AccountStore, account_id: str, payload: Any, kind: str, *, required: bool = False
) -> ExtensionSchema:
    """The schema in *payload*, registered for the account's resources of *kind*.

    Raises:
        InvalidSchema: It is no schema, or does not go together with those that the account has.
        RecordNotFound: No such account.
        Taken: The account has a schema with this URN, registered at the same moment.
    """
    schema = read_schema(payload, kind, required=required)
    account = await store.get_account(account_id)
    check_beside(schema, account.schemas)
    try:
        account_type(kind, (*account.schemas, schema))
    except ValueError as error:
        raise InvalidSchema(f"the schema cannot be used: {error}") from error
    await store.add_schema(account.id, schema)
    return schema


async def list_schemas(store: AccountStore, account_id: str) -> tuple[ExtensionSchema, ...]:
    """The schemas that the account registered, in the order of their URNs.  Raises: RecordNotFound: no such account."""
    return (await store.get_account(account_id)).schemas


async def get_schema(store: AccountStore, account_id: str, urn: str) -> ExtensionSchema:
    """The schema with this URN, in any letter case.  Raises: RecordNotFound."""
    for each in await list_schemas(store, account_id):
        if each.urn.lower() == urn.lower():
            return each
    raise RecordNotFound(urn)


async def remove_schema(store: AccountStore, account_id: str, urn: str) -> ExtensionSchema:
    """The schema, which the account has no longer; data under it is kept and not shown.  Raises: RecordNotFound."""
    schema = await get_schema(store, account_id, urn)
    await store.remove_schema(account_id, schema.urn)
    return schema
