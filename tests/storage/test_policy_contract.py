"""What every policy store promises, asked of the one in memory and of the one over tables."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import Protocol

import pytest

from domain.access import tokens
from domain.access.principals import (
    ADMIN,
    PROVISIONING,
    ApiKey,
    Binding,
    Holding,
    Policy,
    PolicyStore,
    Principal,
    PrincipalKind,
    Role,
    ServiceAccount,
    Token,
    service_account,
)
from domain.access.signin import AccessStore
from domain.model import Account, Member, Origin, UserState
from domain.native.ports import NativeStore
from domain.native.scopes import ACCOUNT, Scope
from domain.ports import AccountStore, DirectoryStore, RecordNotFound, VersionConflict
from storage.accounts import TableAccounts
from storage.client import Tables, make_tables
from storage.directory import TableDirectory
from storage.native import TableNative
from storage.policies import TablePolicies
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_native import MemoryNative
from tests.memory_policies import MemoryPolicies
from tests.storage.build import NOW, creation, make_group, make_user
from tests.storage.conftest import no_wait
from tests.storage.pipeline import Fault, FaultyService, RoundTripCounter


class _Both(PolicyStore, AccessStore, Protocol):
    """What the adapters are."""


class Place:
    """The stores of one kind, with one account."""

    def __init__(
        self,
        accounts: AccountStore,
        directory: DirectoryStore,
        native: NativeStore,
        policies: _Both,
        account: str,
    ) -> None:
        self.accounts = accounts
        self.directory = directory
        self.native = native
        self.policies = policies
        self.account = account

    async def join(self, user_id: str, *scopes: Scope) -> None:
        """Put a user into scopes, whether these are open or not."""
        await self.native.change_scopes(self.account, user_id, scopes, (), creation(make_user(user_id)))

    async def put(self, *holdings: Holding) -> None:
        version = (await self.policies.get_policy(self.account)).version
        await self.policies.change_policy(self.account, version, holdings)

    async def remove(self, *holdings: Holding) -> None:
        version = (await self.policies.get_policy(self.account)).version
        await self.policies.change_policy(self.account, version, (), holdings)

    async def policy(self) -> Policy:
        """What is there, whatever its version."""
        return dataclasses.replace(await self.policies.get_policy(self.account), version="")


@pytest.fixture(params=["memory", "tables"])
async def place(request: pytest.FixtureRequest, tables: Tables, account: str) -> Place:
    accounts, directory = MemoryAccounts(), MemoryDirectory()
    native = MemoryNative(directory)
    made = (
        Place(accounts, directory, native, MemoryPolicies(accounts, directory, native), account)
        if request.param == "memory"
        else Place(
            TableAccounts(tables.accounts),
            TableDirectory(tables.directory),
            TableNative(tables.directory),
            TablePolicies(tables),
            account,
        )
    )
    await made.accounts.create_account(Account(account, "Acme", NOW, "seal"))
    return made


_BOT = ServiceAccount("bot", "Bot & Söhne", NOW, "for tests", active=False)
_KEY = ApiKey(_BOT.principal, "main_$1", "Main", NOW, "x", lifetime_days=0)
_ROLE = Role("seer", "Seer", frozenset({"core_user_view", "core_audit_view"}), "sees")
_GROUP = Principal(PrincipalKind.GROUP, "8a3d2c9e-1111-4b6a-9a77-000000000001")
_BINDINGS = (Binding(_BOT.principal, "seer"), Binding(_BOT.principal, "seer", "org/project"), Binding(_GROUP, "seer"))


def token(account: str, owner: Principal = _BOT.principal) -> Token:
    issued = tokens.issue(account, "for Entra", now=NOW, owner=owner, key="main_$1", valid_from=NOW)
    return dataclasses.replace(
        issued.token,
        permissions=frozenset({"core_user_view"}),
        retires=NOW + timedelta(hours=1),
        revoked=NOW + timedelta(hours=2),
        last_used=NOW,
    )


async def test_policy_comes_back_whole(place: Place) -> None:
    """All that was put, each kind for itself."""
    whole = Policy((_BOT,), (_KEY,), (_ROLE,), _BINDINGS, (token(place.account),))
    await place.put(_BOT, _KEY, _ROLE, *_BINDINGS, *whole.tokens)
    found = await place.policy()
    assert set(found.bindings) == set(whole.bindings)
    assert dataclasses.replace(found, bindings=whole.bindings) == whole
    assert await place.policies.look(place.account) == found


async def test_token_without_limits_comes_back_whole(place: Place) -> None:
    """What it does not have is not made up."""
    plain = tokens.issue(place.account, "x", now=NOW, lifetime=None).token
    await place.put(plain)
    assert (await place.policy()).tokens == (plain,)


async def test_account_without_a_policy_has_an_empty_one(place: Place) -> None:
    """So has one that does not exist."""
    assert await place.policies.get_policy(place.account) == Policy()
    assert await place.policies.get_policy(f"{place.account}x") == Policy()


async def test_holdings_are_replaced_and_removed(place: Place) -> None:
    """The others stay."""
    await place.put(_BOT, _KEY, *_BINDINGS)
    await place.put(dataclasses.replace(_BOT, active=True))
    await place.remove(_KEY, _BINDINGS[0])
    found = await place.policy()
    assert (found.service_accounts[0].active, found.keys) == (True, ())
    assert set(found.bindings) == set(_BINDINGS[1:])


async def test_policy_is_changed_as_it_was_read(place: Place) -> None:
    """Whoever read an older one is refused, and nothing of it is done."""
    old = await place.policies.get_policy(place.account)
    await place.put(_BOT)
    for version in (old.version, 'W/"nonsense"'):
        with pytest.raises(VersionConflict):
            await place.policies.change_policy(place.account, version, [_KEY])
    assert (await place.policy()).keys == ()


async def test_one_of_many_changes_at_once_is_done(place: Place) -> None:
    """Of those that read the same policy."""
    version = (await place.policies.get_policy(place.account)).version
    made = [ServiceAccount(f"bot{number}", "x", NOW) for number in range(5)]
    results = await asyncio.gather(
        *(place.policies.change_policy(place.account, version, [each]) for each in made), return_exceptions=True
    )
    assert sorted(str(type(each).__name__) for each in results) == ["NoneType", *["VersionConflict"] * 4]
    assert len((await place.policy()).service_accounts) == 1


async def test_large_change_is_done_whole(place: Place) -> None:
    """Also where it does not fit into one transaction."""
    many = [ApiKey(_BOT.principal, f"key{number}", "x", NOW) for number in range(150)]
    await place.put(*many)
    assert len((await place.policy()).keys) == 150
    await place.remove(*many)
    assert (await place.policy()).keys == ()


# Access


async def test_access_of_a_service_account(place: Place) -> None:
    """Its state, its own bindings, and the roles of the account."""
    active = dataclasses.replace(_BOT, active=True)
    other = ServiceAccount("other", "x", NOW)
    await place.put(active, other, _ROLE, *_BINDINGS, Binding(other.principal, "seer"), token(place.account))
    (stored,) = (await place.policy()).tokens
    access = await place.policies.get_access(place.account, stored.id)
    assert (access.token, access.account.id, access.standing.active) == (stored, place.account, True)
    assert set(access.standing.bindings) == set(_BINDINGS[:2])
    assert access.standing.roles == (_ROLE,)


@pytest.mark.parametrize("there", [(), (_BOT,), (ServiceAccount("bott", "x", NOW),)])
async def test_service_account_that_is_gone_or_disabled_has_no_access(
    place: Place, there: tuple[ServiceAccount, ...]
) -> None:
    """Its tokens are there still."""
    await place.put(*there, token(place.account))
    (stored,) = (await place.policy()).tokens
    assert not (await place.policies.get_access(place.account, stored.id)).standing.active


@pytest.mark.parametrize("origin", [Origin.SCIM, Origin.NATIVE])
async def test_access_of_a_user(place: Place, origin: Origin) -> None:
    """Its state in the directory, its own bindings and those of its groups, whoever owns these."""
    user, other = make_user(), make_user()
    mine, theirs = (dataclasses.replace(make_group(), origin=origin) for _ in range(2))
    await place.directory.create_user(place.account, user, creation(user))
    await place.directory.create_user(place.account, other, creation(other))
    for group, member in ((mine, user), (theirs, other)):
        change = creation(group)
        await place.directory.create_group(place.account, group, (Member(member.id),), change)
    ann = Principal(PrincipalKind.USER, user.id)
    own = (Binding(ann, "seer", "org"), Binding(Principal(PrincipalKind.GROUP, mine.id), "seer"))
    await place.put(*own, Binding(Principal(PrincipalKind.GROUP, theirs.id), "seer"), token(place.account, ann))
    (stored,) = (await place.policy()).tokens
    standing = (await place.policies.get_access(place.account, stored.id)).standing
    assert (standing.active, set(standing.bindings)) == (True, set(own))


async def test_access_by_the_groups_of_all_users(place: Place) -> None:
    """That of the account, and those of the organizations and projects that the user is in."""
    user, other = make_user(), make_user()
    for each in (user, other):
        await place.directory.create_user(place.account, each, creation(each))
    await place.join(user.id, Scope("ops"), Scope("ops", "web"))
    await place.join(other.id, Scope("lab"), Scope("lab", "web"))
    scopes = (ACCOUNT, Scope("ops"), Scope("ops", "web"), Scope("lab"), Scope("lab", "web"))
    bound = [Binding(Principal(PrincipalKind.GROUP, each.all_users), "seer", each.path) for each in scopes]
    await place.put(*bound)
    _, standing = await place.policies.get_standing(place.account, Principal(PrincipalKind.USER, user.id))
    assert set(standing.bindings) == set(bound[:3])


async def test_locked_user_has_no_access(place: Place) -> None:
    """However active otherwise."""
    user = dataclasses.replace(make_user(), locked=True)
    await place.directory.create_user(place.account, user, creation(user))
    await place.put(token(place.account, Principal(PrincipalKind.USER, user.id)))
    (kept,) = (await place.policy()).tokens
    assert not (await place.policies.get_access(place.account, kept.id)).standing.active


@pytest.mark.parametrize("state", [UserState.DEACTIVATED, UserState.INVITED, None])
async def test_user_who_is_not_active_has_no_access(place: Place, state: UserState | None) -> None:
    """Nor one that is deleted; the bindings do not matter then."""
    user = make_user()
    if state is not None:
        stored = dataclasses.replace(user, state=state)
        await place.directory.create_user(place.account, stored, creation(stored))
    await place.put(token(place.account, Principal(PrincipalKind.USER, user.id)))
    (kept,) = (await place.policy()).tokens
    assert not (await place.policies.get_access(place.account, kept.id)).standing.active


async def test_unknown_token_is_not_found(place: Place) -> None:
    """Also where another account has it, and to note a use: none is made by that."""
    await place.put(token(place.account))
    (stored,) = (await place.policy()).tokens
    with pytest.raises(RecordNotFound):
        await place.policies.get_access(f"{place.account}x", stored.id)
    for token_id in ("s0000000000000000", "u0000000000000000"):
        with pytest.raises(RecordNotFound):
            await place.policies.get_access(place.account, token_id)
        with pytest.raises(RecordNotFound):
            await place.policies.touch_token(place.account, token_id, NOW)
    assert (await place.policy()).tokens == (stored,)


async def test_use_of_a_token_is_noted(place: Place) -> None:
    """And nothing else of it changes, nor the version of the policy."""
    await place.put(token(place.account))
    before = await place.policies.get_policy(place.account)
    await place.policies.touch_token(place.account, before.tokens[0].id, NOW + timedelta(days=1))
    used = dataclasses.replace(before.tokens[0], last_used=NOW + timedelta(days=1))
    assert await place.policies.get_policy(place.account) == dataclasses.replace(before, tokens=(used,))


async def test_standing_of_a_principal_without_a_token(place: Place) -> None:
    """As a token of it would have."""
    await place.put(ServiceAccount("provisioning", "x", NOW), Binding(PROVISIONING, "seer"))
    account, standing = await place.policies.get_standing(place.account, PROVISIONING)
    assert (account.id, standing.active, len(standing.bindings)) == (place.account, True, 1)
    assert not (await place.policies.get_standing(place.account, ADMIN))[1].active
    assert not (await place.policies.get_standing(place.account, service_account("PROVISIONING")))[1].active


# Over tables only


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.ERROR_BUT_DONE, Fault.REFUSED])
async def test_change_whose_answer_is_lost_is_done_once(connection: str, account: str, fault: Fault) -> None:
    """It is recognised as our own, and nobody has to try again."""
    service = FaultyService()
    tables = make_tables(connection_string=connection, policies=[service], sleep=no_wait)
    store = TablePolicies(tables)
    with service.failing(fault):
        await store.change_policy(account, "", [_BOT])
    version = (await store.get_policy(account)).version
    with service.failing(fault):
        await store.change_policy(account, version, [_KEY], [_BOT])
    found = await store.get_policy(account)
    await tables.close()
    assert (found.service_accounts, found.keys) == ((), (_KEY,))


@pytest.mark.parametrize("kind", [PrincipalKind.SERVICE_ACCOUNT, PrincipalKind.USER])
async def test_token_is_looked_up_in_one_round(connection: str, account: str, kind: PrincipalKind) -> None:
    """With its account, its owner, the bindings of the owner and of its groups, and the roles."""
    counter = RoundTripCounter()
    tables = make_tables(connection_string=connection, policies=[counter])
    await TableAccounts(tables.accounts).create_account(Account(account, "Acme", NOW, "seal"))
    store, user = TablePolicies(tables), make_user()
    await TableDirectory(tables.directory).create_user(account, user, creation(user))
    owner = PROVISIONING if kind is PrincipalKind.SERVICE_ACCOUNT else Principal(kind, user.id)
    made = tokens.issue(account, "x", now=NOW, owner=owner).token
    await store.change_policy(
        account, "", [ServiceAccount("provisioning", "x", NOW), _ROLE, Binding(owner, "seer"), made]
    )
    counter.reset()
    access = await store.get_access(account, made.id)
    rounds = counter.rounds
    await tables.close()
    assert (access.standing.active, rounds) == (True, 1)
