"""Which users administrators see: search and filters as one query, those deactivated hidden unless asked for."""

import json
from dataclasses import dataclass

from domain.model import Kind, UserRecord
from domain.ports import DirectoryStore, Page, Query
from domain.writing import Desk
from scim import filters
from scim.models import OWN_USER_SCHEMA

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class UserAsk:
    """*search* is a part of name or address; *state* and *origin* are their values, "" for those shown by default.

    The state ``all`` shows the deactivated too.
    """

    search: str = ""
    state: str = ""
    origin: str = ""


async def find_users(directory: DirectoryStore, account: str, ask: UserAsk, after: str, count: int) -> Page:
    """The users after a position, with the ids of their SCIM groups."""
    text = _filter(ask)
    node = filters.parse(text, Kind.USER.value) if text else None
    return await directory.find(account, Query(Kind.USER, filter=node, count=count, after=after, wants_groups=True))


async def list_all_users(desk: Desk, account: str, ask: UserAsk) -> list[UserRecord]:
    """All users that *ask* asks for, page after page."""
    found: list[UserRecord] = []
    after: str | None = ""
    while after is not None:
        page = await find_users(desk.directory, account, ask, after, _AT_ONCE)
        found += [each for each in page.records if isinstance(each, UserRecord)]
        after = page.next
    return found


def _filter(ask: UserAsk) -> str:
    """The SCIM filter that *ask* stands for."""
    terms = []
    if searched := ask.search.strip():
        literal = json.dumps(searched)
        terms.append(f"(userName co {literal} or displayName co {literal} or emails.value co {literal})")
    if ask.origin:
        terms.append(f'{OWN_USER_SCHEMA}:origin eq "{ask.origin}"')
    if not ask.state:
        terms.append(f'{OWN_USER_SCHEMA}:state ne "deactivated"')
    elif ask.state != "all":
        terms.append(f'{OWN_USER_SCHEMA}:state eq "{ask.state}"')
    return " and ".join(terms)
