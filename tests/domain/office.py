"""An office over memory, with one account in it, for the tests of administrative acts."""

import dataclasses
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from domain.access.administration import Office, open_account, operator
from domain.access.keys import issue_token
from domain.access.principals import PROVISIONING, Policy, Principal, PrincipalKind
from domain.access.signin import Caller, Doorkeeper
from domain.access.tokens import Issued
from domain.model import Account, AccountSettings, Change, UserRecord
from domain.native.counter import Counter
from domain.native.places import create_place
from domain.native.scopes import ACCOUNT, Scope
from domain.provisioning.users import create_user
from tests.domain.builders import StoppedClock, make_caller, make_desk, user
from tests.memory import MemoryAccounts, MemoryDirectory
from tests.memory_native import MemoryNative
from tests.memory_policies import MemoryPolicies


@dataclass
class Premises:
    """An office and its doorkeeper, as one process has them, with the account ``acme``."""

    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    clock: StoppedClock = field(default_factory=StoppedClock)
    native: MemoryNative = field(init=False)
    policies: MemoryPolicies = field(init=False)
    keeper: Doorkeeper = field(init=False)
    office: Office = field(init=False)
    account: Account = field(init=False)

    def __post_init__(self) -> None:
        self.native = MemoryNative(self.directory)
        self.policies = MemoryPolicies(self.accounts, self.directory, self.native)
        self.keeper = Doorkeeper(self.policies, self.clock)
        self.office = Office(self.accounts, self.policies, self.directory, self.native, self.clock, self.keeper.forget)

    async def open(self, **settings: Any) -> None:
        self.account = await open_account(self.office, "Acme", account_id="acme", settings=AccountSettings(**settings))

    @property
    def operator(self) -> Caller:
        return operator(self.account)

    def caller(self, *permissions: str, owner: Principal = PROVISIONING) -> Caller:
        """A caller of the account who may do that and nothing else."""
        return dataclasses.replace(make_caller(self.account), permissions=frozenset(permissions), owner=owner)

    async def issue(self, owner: Principal = PROVISIONING, **options: Any) -> Issued:
        return await issue_token(self.office, self.operator, owner=owner, **options)

    async def policy(self) -> Policy:
        return await self.policies.get_policy("acme")

    async def user(self, name: str = "ann@contoso.example") -> tuple[UserRecord, Principal]:
        """A new user, and the principal that it is."""
        record = await create_user(make_desk(self.directory, self.clock), make_caller(self.account), user(name))
        return record, Principal(PrincipalKind.USER, record.id)

    async def open_place(self, org: str, project: str = "") -> None:
        """Open an organization, and a project in it if one is said."""
        counter = Counter(make_desk(self.directory, self.clock), self.native, self.operator)
        await create_place(counter, ACCOUNT, org, identifier=org)
        if project:
            await create_place(counter, Scope(org), project, identifier=project)

    def acts(self, kind: str) -> list[Change]:
        """What is written down about things of a kind, the oldest first; moments apart by the clock only."""
        return [each for each in self.directory.changes("acme") if each.kind == kind]

    def pass_time(self, **duration: float) -> None:
        self.clock.moment += timedelta(**duration)


async def premises(**settings: Any) -> Premises:
    made = Premises()
    await made.open(**settings)
    return made
