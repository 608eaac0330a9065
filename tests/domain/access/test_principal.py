"""The principal behind a token."""

import dataclasses

from domain.access.principal import principal
from tests.domain.builders import NOW, make_caller

_BASE = "https://rollcall.example/scim/account/acme"


def test_principal_is_named_as_in_the_log() -> None:
    """By the id of the token, and called as the account calls it."""
    caller = dataclasses.replace(make_caller(), name="Entra", since=NOW)
    shown = principal(caller, _BASE).resource
    assert (shown["id"], shown["userName"], shown["displayName"]) == (caller.token_id, caller.token_id, "Entra")


def test_principal_without_a_name_has_its_id() -> None:
    """An older token may have none, nor a time."""
    found = principal(make_caller(), _BASE)
    assert found.resource["displayName"] == make_caller().token_id
    assert found.resource["meta"] == {"resourceType": "User", "location": f"{_BASE}/Me", "version": found.etag}


def test_version_follows_what_is_shown() -> None:
    """Other permissions, another version; the same again, the same."""
    caller = make_caller()
    fewer = dataclasses.replace(caller, permissions=frozenset({"core_user_view"}))
    assert principal(caller, _BASE).etag == principal(make_caller(), _BASE).etag
    assert principal(caller, _BASE).etag != principal(fewer, _BASE).etag
