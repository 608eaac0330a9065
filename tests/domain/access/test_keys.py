"""API keys and the tokens below them: issued, rotated, ended, revoked."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from domain.access import tokens
from domain.access.keys import (
    create_key,
    delete_key,
    expire_token,
    issue_token,
    list_tokens,
    revoke_token,
    rotate_token,
)
from domain.access.principals import ADMIN, PROVISIONING, ApiKey, Principal, PrincipalKind, service_account
from domain.access.refused_acts import AlreadyExists, Invalid, LimitReached, NotAllowed
from domain.access.roles import PROVISION
from domain.access.signin import NotAuthenticated
from domain.model import Action
from domain.ports import RecordNotFound
from tests.domain.builders import NOW
from tests.domain.office import Premises, premises

_DAY = timedelta(days=1)
_UNKNOWN = "s0123456789abcdef"


@pytest.fixture
async def place() -> Premises:
    return await premises()


def key(identifier: str, owner: Principal = PROVISIONING, **fields: Any) -> ApiKey:
    return dataclasses.replace(ApiKey(owner, identifier, "A key", NOW), **fields)


async def opens(place: Premises, text: str) -> bool:
    try:
        await place.keeper.caller(text, "acme")
    except NotAuthenticated:
        return False
    return True


# Issued


async def test_issued_token_is_stored_without_its_secret(place: Premises) -> None:
    """Only the hash; the text can be told once."""
    issued = await place.issue(lifetime=_DAY)
    (stored,) = (await place.policy()).tokens
    assert (stored, stored.expires) == (issued.token, NOW + _DAY)
    assert issued.text.rpartition(".")[2][:43] not in repr(await place.policy())


@pytest.mark.parametrize(
    ("days", "options", "lives"),
    [
        (30, {}, timedelta(days=30)),
        (90, {}, timedelta(days=90)),
        (0, {}, None),
        (30, {"lifetime": _DAY}, _DAY),
        (30, {"never_expires": True}, None),
        (0, {"lifetime": _DAY}, _DAY),
    ],
)
async def test_token_lives_as_its_key_says(
    place: Premises, days: int, options: dict[str, Any], lives: timedelta | None
) -> None:
    """Unless it is told otherwise; 30 days where nobody says anything."""
    await create_key(place.office, place.operator, key("other", lifetime_days=days))
    issued = await place.issue(key_id="other", **options)
    assert issued.token.expires == (None if lives is None else NOW + lives)


@pytest.mark.parametrize("lifetime", [timedelta(0), -_DAY, timedelta(days=3_651)])
async def test_odd_lifetime_is_refused(place: Premises, lifetime: timedelta) -> None:
    """A token has some time, and not more than ten years unless it has all."""
    with pytest.raises(Invalid):
        await place.issue(lifetime=lifetime)


async def test_lifetime_and_no_end_are_refused_together(place: Premises) -> None:
    """Whoever asks for a day is not given a token for ever."""
    with pytest.raises(Invalid, match="never expires"):
        await place.issue(lifetime=_DAY, never_expires=True)


async def test_token_may_begin_later(place: Premises) -> None:
    """Its lifetime counts from then; the past is no beginning."""
    issued = await place.issue(valid_from=NOW + _DAY, lifetime=_DAY)
    seen = []
    for _ in range(3):
        seen.append(await opens(place, issued.text))
        place.pass_time(days=1)
    assert seen == [False, True, False]
    for moment in (NOW, place.clock.now() + timedelta(days=3_651)):
        with pytest.raises(Invalid):
            await place.issue(valid_from=moment)


async def test_token_gets_a_name(place: Premises) -> None:
    """One that no other token of the key has."""
    names = [(await place.issue()).token.name for _ in range(3)]
    assert names == ["provisioning", "provisioning-2", "provisioning-3"]


async def test_name_of_a_token_is_unique_in_its_key(place: Premises) -> None:
    """In any letter case; the name of one that opens nothing any more is free."""
    first = await place.issue(name="Entra")
    with pytest.raises(AlreadyExists):
        await place.issue(name="entra")
    await place.issue(ADMIN, name="entra")
    await revoke_token(place.office, place.operator, first.token.id)
    assert (await place.issue(name="entra")).token.name == "entra"


async def test_tokens_of_a_key_are_limited(place: Premises) -> None:
    """To five, of which those that open nothing do not count."""
    issued = [await place.issue() for _ in range(5)]
    with pytest.raises(LimitReached, match="5 tokens"):
        await place.issue()
    await revoke_token(place.office, place.operator, issued[0].token.id)
    await place.issue()
    place.pass_time(days=30)
    await place.issue()


async def test_limits_are_settings_of_the_account() -> None:
    """Both of them."""
    place = await premises(keys_per_owner=2, tokens_per_key=1)
    await place.issue()
    with pytest.raises(LimitReached, match="1 tokens"):
        await place.issue()
    await create_key(place.office, place.operator, key("second"))
    with pytest.raises(LimitReached, match="2 keys"):
        await create_key(place.office, place.operator, key("third"))


@pytest.mark.parametrize(
    ("owner", "key_id"),
    [(PROVISIONING, "unknown"), (service_account("nobody"), "default"), (service_account("Admin"), "default")],
)
async def test_unknown_key_issues_nothing(place: Premises, owner: Principal, key_id: str) -> None:
    """Nor does the key of an owner that is unknown."""
    with pytest.raises(RecordNotFound):
        await place.issue(owner, key_id=key_id)


async def test_nobody_issues_more_than_they_may(place: Premises) -> None:
    """A token of a service account that may more than the caller is refused, a narrower one is not."""
    caller = place.caller(*PROVISION, "core_serviceaccount_manageapikey")
    with pytest.raises(NotAllowed, match="core_account_manage"):
        await issue_token(place.office, caller, owner=ADMIN)
    narrow = await issue_token(place.office, caller, owner=ADMIN, permissions=frozenset({"core_user_view"}))
    assert (await place.keeper.caller(narrow.text, "acme")).permissions == {"core_user_view"}


async def test_narrow_token_makes_no_wider_one(place: Premises) -> None:
    """Of its own owner neither, whether it is a service account or a user who has more by a group."""
    _, ann = await place.user()
    await create_key(place.office, place.operator, key("mine", ann))
    narrow = dataclasses.replace(place.caller("core_user_view", owner=ann), only=frozenset({"core_user_view"}))
    for permissions in (None, frozenset({"core_user_view", "core_user_manage"})):
        with pytest.raises(NotAllowed):
            await issue_token(place.office, narrow, owner=ann, key_id="mine", permissions=permissions)
    wide = await place.issue(ann, key_id="mine")
    with pytest.raises(NotAllowed):
        await rotate_token(place.office, narrow, wide.token.id)
    same = frozenset({"core_user_view"})
    issued = await issue_token(place.office, narrow, owner=ann, key_id="mine", permissions=same)
    assert issued.token.permissions == same


async def test_keys_of_users_are_theirs_alone(place: Premises) -> None:
    """The operator may help them, no administrator may act as them, and groups have none."""
    _, ann = await place.user()
    await create_key(place.office, place.operator, key("mine", ann))
    await issue_token(place.office, place.caller(owner=ann), owner=ann, key_id="mine")
    for caller in (place.caller("core_serviceaccount_manageapikey"), place.caller(owner=ADMIN)):
        with pytest.raises(NotAllowed):
            await issue_token(place.office, caller, owner=ann, key_id="mine")
    with pytest.raises(Invalid):
        await create_key(place.office, place.operator, key("x", Principal(PrincipalKind.GROUP, ann.id)))


# Rotated and ended


async def test_rotated_token_works_on_for_its_overlap(place: Premises) -> None:
    """Then only the new one does, which has its name and its end."""
    old = await place.issue(name="Entra", permissions=frozenset({"core_user_view"}))
    place.pass_time(days=1)
    new = await rotate_token(place.office, place.operator, old.token.id, overlap=timedelta(hours=2))
    assert (new.token.name, new.token.expires) == ("Entra", old.token.expires)
    assert (new.token.permissions, new.token.id != old.token.id) == (frozenset({"core_user_view"}), True)
    assert [await opens(place, each.text) for each in (old, new)] == [True, True]
    place.pass_time(hours=2)
    assert [await opens(place, each.text) for each in (old, new)] == [False, True]


async def test_rotation_without_overlap_ends_the_old_one_at_once(place: Premises) -> None:
    """Also where it is remembered."""
    old = await place.issue()
    assert await opens(place, old.text)
    await rotate_token(place.office, place.operator, old.token.id)
    assert not await opens(place, old.text)


async def test_token_that_never_expires_is_rotated_to_such_a_one(place: Premises) -> None:
    """The end is the same."""
    old = await place.issue(never_expires=True)
    assert (await rotate_token(place.office, place.operator, old.token.id)).token.expires is None


async def test_rotated_token_cannot_be_changed(place: Premises) -> None:
    """It can be revoked still."""
    old = await place.issue()
    await rotate_token(place.office, place.operator, old.token.id, overlap=_DAY)
    for attempt in (
        rotate_token(place.office, place.operator, old.token.id),
        expire_token(place.office, place.operator, old.token.id, after=None),
    ):
        with pytest.raises(Invalid):
            await attempt
    await revoke_token(place.office, place.operator, old.token.id)
    assert not await opens(place, old.text)


async def test_rotation_gives_no_more_than_the_caller_has(place: Premises) -> None:
    """An administrator's token in other hands would be as good as theirs."""
    old = await place.issue(ADMIN)
    caller = place.caller(*PROVISION, "core_serviceaccount_manageapikey")
    with pytest.raises(NotAllowed):
        await rotate_token(place.office, caller, old.token.id, overlap=_DAY)


@pytest.mark.parametrize(("after", "hours", "open_"), [(_DAY, 23, True), (_DAY, 24, False), (None, 9_999, True)])
async def test_end_of_a_token_can_be_chosen(place: Premises, after: timedelta | None, hours: int, open_: bool) -> None:
    """Earlier, later, or never."""
    issued = await place.issue()
    changed = await expire_token(place.office, place.operator, issued.token.id, after=after)
    assert changed.expires == (None if after is None else NOW + after)
    place.pass_time(hours=hours)
    assert await opens(place, issued.text) is open_


async def test_ended_token_cannot_be_revived(place: Premises) -> None:
    """Whoever was told that it is dead must be able to rely on it."""
    issued = await place.issue(lifetime=_DAY)
    place.pass_time(days=1)
    with pytest.raises(Invalid):
        await expire_token(place.office, place.operator, issued.token.id, after=None)


@pytest.mark.parametrize("after", [-_DAY, timedelta(days=3_651)])
async def test_odd_end_is_refused(place: Premises, after: timedelta) -> None:
    """As an odd lifetime is; so is a negative overlap."""
    issued = await place.issue()
    with pytest.raises(Invalid):
        await expire_token(place.office, place.operator, issued.token.id, after=after)
    with pytest.raises(Invalid):
        await rotate_token(place.office, place.operator, issued.token.id, overlap=-_DAY)


# Revoked


async def test_revoked_token_is_refused_at_once(place: Premises) -> None:
    """On the instance that revokes it nobody waits for the minute to end."""
    issued = await place.issue()
    assert await opens(place, issued.text)
    revoked = await revoke_token(place.office, place.operator, issued.token.id)
    assert (revoked.revoked, await opens(place, issued.text)) == (NOW, False)


async def test_first_revocation_counts(place: Premises) -> None:
    """The second one changes nothing, and is not written down."""
    issued = await place.issue()
    await revoke_token(place.office, place.operator, issued.token.id)
    place.pass_time(hours=1)
    assert (await revoke_token(place.office, place.operator, issued.token.id)).revoked == NOW
    assert [each.action for each in place.acts("Token")].count(Action.DELETE) == 1


async def test_deleted_key_takes_its_tokens_along(place: Premises) -> None:
    """Those of other keys stay."""
    await create_key(place.office, place.operator, key("other"))
    gone, kept = await place.issue(key_id="other"), await place.issue()
    assert await opens(place, gone.text)
    await delete_key(place.office, place.operator, PROVISIONING, "OTHER")
    assert [await opens(place, each.text) for each in (gone, kept)] == [False, True]
    assert [each.id for each in (await place.policy()).tokens] == [kept.token.id]


async def test_tokens_are_listed_by_age(place: Premises) -> None:
    """The oldest first."""
    for name in ("first", "second", "third"):
        await place.issue(name=name)
        place.pass_time(minutes=1)
    assert [each.name for each in await list_tokens(place.office, "acme")] == ["first", "second", "third"]


async def test_unknown_token_is_not_found(place: Premises) -> None:
    """Neither to rotate nor to end nor to revoke."""
    for attempt in (
        rotate_token(place.office, place.operator, _UNKNOWN),
        expire_token(place.office, place.operator, _UNKNOWN, after=None),
        revoke_token(place.office, place.operator, _UNKNOWN),
        revoke_token(place.office, place.operator, "[/x]"),
        delete_key(place.office, place.operator, PROVISIONING, "unknown"),
    ):
        with pytest.raises(RecordNotFound):
            await attempt


# Keys


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ""},
        {"id": "1key"},
        {"id": "a key"},
        {"id": "x" * 129},
        {"name": " "},
        {"name": "x" * 129},
        {"description": "x" * 1_025},
        {"lifetime_days": -1},
        {"lifetime_days": 3_651},
    ],
)
async def test_odd_key_is_refused(place: Premises, fields: dict[str, Any]) -> None:
    """Each with its reason."""
    with pytest.raises(Invalid):
        await create_key(place.office, place.operator, key("fine", **fields))


async def test_id_of_a_key_is_unique_for_its_owner(place: Premises) -> None:
    """In any letter case; another owner may have the same."""
    with pytest.raises(AlreadyExists):
        await create_key(place.office, place.operator, key("DEFAULT"))
    await create_key(place.office, place.operator, key("mine"))
    await create_key(place.office, place.operator, key("mine", ADMIN))


def test_token_text_names_the_kind_of_its_owner() -> None:
    """And the digits by which the owner is found."""
    user = Principal(PrincipalKind.USER, "5f0d2c9e-1111-4b6a-9a77-000000000001")
    issued = tokens.issue("acme", "x", now=NOW, owner=user)
    assert tokens.owner_of(issued.token.id) == (PrincipalKind.USER, "5f0d2c9e")
    assert tokens.owner_of(tokens.issue("acme", "x", now=NOW).token.id)[0] is PrincipalKind.SERVICE_ACCOUNT
