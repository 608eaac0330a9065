"""Changes: what is written down of each write."""

from datetime import timedelta

import pytest

from domain.changes import change_id, changed_attributes, new_act, new_change
from domain.model import Action, GroupRecord, Kind, Member, MemberDelta, Record, Source, UserRecord, ValueChange
from scim.json_types import JsonObject
from scim.models import ENTERPRISE_SCHEMA
from tests.domain.builders import NOW, make_account, make_caller

_USER = UserRecord("5f", {"userName": "ann", "externalId": "e-1"}, NOW, NOW)
_GROUP = GroupRecord("60", {"displayName": "Finance"}, NOW, NOW)


def test_ids_sort_by_time() -> None:
    """A later change has the greater id, also a thousandth of a second later."""
    moments = [NOW + timedelta(milliseconds=each) for each in (0, 1, 2, 1_000, 10**9)]
    made = [change_id(each) for each in moments]
    assert made == sorted(made)


def test_ids_of_one_moment_differ() -> None:
    """It is also the receipt of its transaction, so no other has it."""
    assert len({change_id(NOW) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("action", "record", "users", "groups"),
    [
        (Action.CREATE, _USER, 1, 0),
        (Action.DELETE, _USER, -1, 0),
        (Action.UPDATE, _USER, 0, 0),
        (Action.DEACTIVATE, _USER, 0, 0),  # still a user
        (Action.REACTIVATE, _USER, 0, 0),
        (Action.CREATE, _GROUP, 0, 1),
        (Action.DELETE, _GROUP, 0, -1),
        (Action.UPDATE, _GROUP, 0, 0),
    ],
)
def test_change_says_how_totals_change(action: Action, record: Record, users: int, groups: int) -> None:
    """The totals of an account are the sum of its changes."""
    change = new_change(make_caller(), action, record, NOW)
    assert (change.users, change.groups) == (users, groups)


def test_change_says_who_did_what() -> None:
    """Actor, door, resource and request, by which the log can be searched."""
    change = new_change(make_caller(), Action.UPDATE, _USER, NOW, attributes=("title",))
    assert (change.actor, change.source, change.correlation_id) == (
        "token:00112233aabbccdd",
        Source.SCIM,
        "request-1",
    )
    assert (change.kind, change.resource_id, change.external_id) == (Kind.USER, "5f", "e-1")
    assert (change.time, change.action, change.attributes) == (NOW, Action.UPDATE, ("title",))


def test_act_says_who_did_what() -> None:
    """An administrative act concerns neither a user nor a group, and changes no total."""
    act = new_act(make_caller(), Action.CREATE, "Token", "0123", NOW, name="Entra")
    assert (act.actor, act.source, act.kind, act.resource_id) == (
        "token:00112233aabbccdd",
        Source.MANAGER,
        "Token",
        "0123",
    )
    assert (act.resource_name, act.users, act.groups) == ("Entra", 0, 0)


def test_change_without_external_id() -> None:
    """A resource may have none."""
    assert new_change(make_caller(), Action.UPDATE, _GROUP, NOW).external_id is None


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ({}, {}, ()),
        ({"title": "CEO"}, {"title": "CEO"}, ()),
        ({"title": "CEO"}, {"title": "CTO"}, ("title",)),
        ({"title": "CEO"}, {}, ("title",)),
        ({}, {"title": "CEO"}, ("title",)),
        ({"emails": [{"value": "a"}]}, {"emails": [{"value": "b"}]}, ("emails",)),
        (
            {ENTERPRISE_SCHEMA: {"department": "a", "division": "d"}},
            {ENTERPRISE_SCHEMA: {"department": "b", "division": "d"}},
            (f"{ENTERPRISE_SCHEMA}:department",),
        ),
        ({ENTERPRISE_SCHEMA: {"department": "a"}}, {}, (f"{ENTERPRISE_SCHEMA}:department",)),
        ({}, {ENTERPRISE_SCHEMA: {"department": "a"}}, (f"{ENTERPRISE_SCHEMA}:department",)),
    ],
)
def test_names_of_what_differs(before: JsonObject, after: JsonObject, names: tuple[str, ...]) -> None:
    """Names only, never values; those of extensions with their URN."""
    assert changed_attributes(before, after) == names


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ({"title": "a"}, {"title": "b"}, [("title", "a", "b")]),
        ({}, {"title": "b"}, [("title", None, "b")]),
        ({ENTERPRISE_SCHEMA: {"department": "x"}}, {}, [(f"{ENTERPRISE_SCHEMA}:department", "x", None)]),
        ({"password": "old"}, {"password": "new", "title": "b"}, [("title", None, "b")]),  # no log tells secrets
    ],
)
def test_values_are_told_where_the_account_allows(before: JsonObject, after: JsonObject, seen: list[object]) -> None:
    """Old and new, by attribute; the default is not to."""
    record, names = UserRecord("5f", after, NOW, NOW), changed_attributes(before, after)
    for allows in (True, False):
        caller = make_caller(make_account(log_values=allows))
        change = new_change(caller, Action.UPDATE, record, NOW, attributes=names, before=before)
        assert [(each.attribute, each.old, each.new) for each in change.values] == (seen if allows else [])


def test_new_resource_has_no_old_values() -> None:
    """And a deleted one is told without any."""
    caller = make_caller(make_account(log_values=True))
    created = new_change(caller, Action.CREATE, _USER, NOW, attributes=("userName",))
    assert created.values == (ValueChange("userName", None, "ann"),)
    assert new_change(caller, Action.DELETE, _USER, NOW, attributes=("userName",)).values == ()


def test_members_that_came_and_left_are_told() -> None:
    """Where the account allows values: their ids, up to a hundred each way."""
    delta = MemberDelta(added=tuple(Member(f"m{number}") for number in range(150)), removed=("x",))
    for allows in (True, False):
        caller = make_caller(make_account(log_values=allows))
        change = new_change(caller, Action.UPDATE, _GROUP, NOW, attributes=("members",), before={}, members=delta)
        told = [(each.old, len(each.new) if isinstance(each.new, list) else 0) for each in change.values]
        assert told == ([(["x"], 100)] if allows else [])


def test_values_are_not_guessed() -> None:
    """Where nobody said what they were."""
    caller = make_caller(make_account(log_values=True))
    assert new_change(caller, Action.UPDATE, _USER, NOW, attributes=("userName",)).values == ()
