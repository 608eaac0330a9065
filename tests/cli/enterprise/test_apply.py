"""``apply``: from nothing to a running job, again without effect, and on from wherever a run was cut off."""

from collections.abc import AsyncIterator

import pytest

from cli.enterprise.tenant import Ambiguous
from domain.access import tokens
from outbound.graph import PermissionMissing, Refused, SignInFailed
from tests.cli.enterprise.world import (
    APPLICATION,
    LEADS,
    OWNER,
    STAFF,
    URL,
    Killed,
    Stage,
    declaration,
    open_stage,
    without_ids,
)

ALL = [
    "open the account in Rollcall",
    "make the application rollcall-test",
    "set its uniqueName",
    "set its displayName",
    f"make {OWNER} an owner",
    "issue a token for 180 days, test it, and give it to Entra (Entra has none)",
    "make the synchronization job",
    "write mappings and scoping filters",
    f"assign {STAFF}",
    f"assign {LEADS}",
    "start the job",
]
WRITES = 15
"""Requests that change something, in an apply from nothing; expressions that are parsed are asked about too."""


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """An empty tenant."""
    async with open_stage() as opened:
        yield opened


async def test_from_nothing(stage: Stage) -> None:
    """All that was planned is done, in that order, and the job runs with what is declared."""
    assert await stage.planned() == ALL
    assert await stage.apply() == len(ALL)
    assert stage.told == ALL
    (application,) = stage.service.applications
    assert application.job is not None
    assert (application.job["schedule"]["state"], application.job["status"]["code"]) == ("Active", "Active")
    assert (application.unique_name, application.name) == ("rollcall-test", "Rollcall's test")
    assert application.assigned == [STAFF, LEADS]
    assert application.owners == {"applications": [OWNER], "servicePrincipals": [OWNER]}
    assert (application.secrets["BaseAddress"], application.secrets["SyncAll"]) == (URL, "False")
    assert '"Recipients":"ops@rollcall.example"' in application.secrets["SyncNotificationSettings"]


async def test_plan_changes_nothing(stage: Stage) -> None:
    """Looking sends no writing request, and opens no account."""
    await stage.planned()
    assert stage.service.writes == []
    assert await stage.office.accounts.list_accounts() == ()


async def test_second_time_changes_nothing(stage: Stage) -> None:
    """There is nothing left to do, and nothing is written."""
    await stage.apply()
    written = list(stage.service.writes)
    assert await stage.planned() == []
    assert await stage.apply() == 0
    assert stage.service.writes == written


async def test_writes_are_counted(stage: Stage) -> None:
    """The next test kills at each of them: it must know how many there are."""
    await stage.apply()
    assert len([each for each in stage.service.requests if not each.startswith("GET")]) == WRITES


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, WRITES + 1))
async def test_killed_anywhere_it_goes_on(stage: Stage, step: int, after: bool) -> None:
    """Cut off before or after any request, the next run ends where an undisturbed one does: nothing twice."""
    with pytest.raises(Killed):
        await stage.apply(dies_at=step, dies_after=after)
    await stage.apply()
    assert await stage.planned() == []
    async with open_stage() as undisturbed:
        await undisturbed.apply()
        assert without_ids(stage) == without_ids(undisturbed)
    stage.clock.move(days=2)
    await stage.apply()
    (key,) = await stage.valid_keys()
    secret = tokens.read(stage.service.applications[0].secrets["SecretToken"])
    assert secret is not None
    assert secret.id == key


@pytest.mark.parametrize("lag", [1, 3, 6])
async def test_copies_that_do_not_agree_yet(stage: Stage, lag: int) -> None:
    """What was just made may be unknown for a while: it is waited for, and not made twice."""
    stage.service.lag = lag
    await stage.apply()
    assert len(stage.service.applications) == 1
    assert len(stage.slept) == lag


async def test_throttling_is_waited_for(stage: Stage) -> None:
    """Each 429 is waited for as long as it says, whatever the method, and nothing is done twice."""
    stage.service.throttle_every = 5
    assert await stage.apply() == len(ALL)
    assert set(stage.slept) == {7.0}


async def test_expired_token_is_replaced(stage: Stage) -> None:
    """A token that Graph no longer takes is asked for anew, once; the run goes on."""
    given = ["stale", "first"]

    async def token() -> str:
        return given.pop(0)

    stage.token = token  # type: ignore[method-assign]
    assert await stage.planned() == ALL


async def test_token_that_is_never_taken(stage: Stage) -> None:
    """A new token that is refused too ends it."""

    async def token() -> str:
        return "never"

    stage.token = token  # type: ignore[method-assign]
    with pytest.raises(SignInFailed, match="expired"):
        await stage.apply()
    assert len(stage.service.requests) == 2


@pytest.mark.parametrize("what", ["instantiate", "PUT .*secrets", "POST .*appRoleAssignedTo", "GET /applications"])
async def test_missing_permission(stage: Stage, what: str) -> None:
    """It ends with what Graph said; once the permission is there, the next run goes on."""
    stage.service.forbidden = what
    with pytest.raises(PermissionMissing, match=r"Insufficient privileges|UnknownError"):
        await stage.apply()
    stage.service.forbidden = r"(?!)"
    await stage.apply()
    assert await stage.planned() == []


async def test_failed_connection_leaves_secrets_alone(stage: Stage) -> None:
    """A token that does not pass Test Connection is not given to Entra."""
    with pytest.raises(Refused, match="InvalidCredentials"):
        await stage.apply(declaration(tenant_url="https://elsewhere.example/scim"))
    (application,) = stage.service.applications
    assert (application.secrets, application.job) == ({}, None)
    assert await stage.valid_keys() == []


async def test_failing_again_and_again(stage: Stage) -> None:
    """However often Test Connection fails or a run is cut off, there is room for one more token."""
    for _ in range(7):
        with pytest.raises(Refused):
            await stage.apply(declaration(tenant_url="https://elsewhere.example/scim"))
    for _ in range(7):
        stage.clock.move(minutes=1)
        with pytest.raises(Killed):
            await stage.apply(dies_at=1)
    await stage.apply()
    assert len(await stage.valid_keys()) <= 2


# Changes of the declaration

_CHANGED = "issue a token for 180 days, test it, and give it to Entra (address, scope or notifications have changed)"


async def test_token_is_rotated_in_time(stage: Stage) -> None:
    """Thirty days before its end the token is replaced; the old one is revoked a day after, not before."""
    await stage.apply()
    (old,) = await stage.valid_keys()
    stage.clock.move(days=149)
    assert await stage.planned() == []
    stage.clock.move(days=2)
    assert await stage.apply() == 1
    old_and_new = await stage.valid_keys()
    assert old in old_and_new
    assert await stage.planned() == []
    stage.clock.move(days=1)
    assert await stage.planned() == [f"revoke the token {old}, which Entra no longer has"]
    await stage.apply()
    assert await stage.valid_keys() == [each for each in old_and_new if each != old]


async def test_revoked_token_is_replaced(stage: Stage) -> None:
    """Who revokes Entra's token gets a new one with the next run."""
    await stage.apply()
    (key,) = await stage.valid_keys()
    await stage.revoke(key)
    (title,) = await stage.planned()
    assert "no longer valid" in title
    await stage.apply()
    assert await stage.planned() == []


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"scope": "all"}, _CHANGED),
        ({"notifications": {}}, _CHANGED),
        ({"state": "paused"}, "pause the job"),
        ({"application": APPLICATION | {"name": "New name"}}, "set its displayName"),
        ({"mappings": {"groups": {"enabled": False}}}, "write mappings and scoping filters"),
    ],
)
async def test_one_change_is_one_action(stage: Stage, changes: dict[str, object], title: str) -> None:
    """Each change of the file is one action, which is done once."""
    await stage.apply()
    (planned,) = await stage.planned(declaration(**changes))
    assert planned.startswith(title)
    assert await stage.apply(declaration(**changes)) == 1
    assert await stage.planned(declaration(**changes)) == []


async def test_what_people_did_is_left_alone(stage: Stage) -> None:
    """Notes, owners and assignments that are not declared stay."""
    await stage.apply()
    (application,) = stage.service.applications
    application.notes = f"Ask Kim first.\n{application.notes}"
    application.assigned.append("someone")
    await stage.apply(declaration(scope="all"))
    assert application.notes is not None
    assert application.notes.startswith("Ask Kim first.\nRollcall credentials: ")
    assert application.assigned[-1] == "someone"


async def test_settings_of_others_survive_a_rotation(stage: Stage) -> None:
    """What is put replaces all there is: a setting that somebody made elsewhere is put again, a hidden value is not."""
    await stage.apply()
    (application,) = stage.service.applications
    application.secrets |= {"SkipOutOfScopeDeletions": "True", "Password": "hidden"}
    await stage.apply(declaration(scope="all"))
    assert application.secrets["SkipOutOfScopeDeletions"] == "True"
    assert "Password" not in application.secrets
    assert await stage.planned(declaration(scope="all")) == []


@pytest.mark.parametrize("where", ["applications", "servicePrincipals"])
async def test_owner_who_is_missing_from_one_of_the_two(stage: Stage, where: str) -> None:
    """Whichever of application and service principal somebody took the owner from, he is seen to, and once."""
    await stage.apply()
    owners = stage.service.applications[0].owners
    owners[where].clear()
    assert await stage.planned() == [f"make {OWNER} an owner"]
    await stage.apply()
    assert owners == {"applications": [OWNER], "servicePrincipals": [OWNER]}
    assert await stage.planned() == []


@pytest.mark.parametrize("changes", [{"template": None}, {"unique_name": "somebody-elses"}])
async def test_another_application_of_the_same_name(stage: Stage, changes: dict[str, str | None]) -> None:
    """One that cannot be provisioned, or that says whose it is, is passed by, though it has the name."""
    await stage.apply()
    (another,) = stage.service.applications
    another.unique_name = None
    for name, value in changes.items():
        setattr(another, name, value)
    assert await stage.planned() == [each for each in ALL if "account" not in each]


async def test_application_that_may_be_somebody_else_s(stage: Stage) -> None:
    """One that could be meant, but does not say so, is left alone until somebody gives it the unique name."""
    await stage.apply()
    (another,) = stage.service.applications
    another.unique_name = None
    written = list(stage.service.writes)
    with pytest.raises(Ambiguous, match=rf"(?s){another.app_id}.+PATCH .+/applications/{another.id} .+rollcall-test"):
        await stage.apply()
    assert stage.service.writes == written
    another.unique_name = "rollcall-test"
    assert await stage.planned() == []


async def test_two_that_are_being_made(stage: Stage) -> None:
    """Two runs at once that were cut off: which of them is meant is for a person to say."""
    for _ in range(2):
        with pytest.raises(Killed):
            await stage.apply(dies_at=1, dies_after=True)
        stage.service.applications[-1].name += " elsewhere"
    for each in stage.service.applications:
        each.name = each.name.removesuffix(" elsewhere")
    with pytest.raises(Ambiguous, match="delete all but one"):
        await stage.apply()
