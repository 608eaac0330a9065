"""Sign-in: which integration authenticates a user, and whether the user gets in (harness.md §4.9, §4.12; R59 to R62).

Where an account has an enabled integration of the first generation it decides alone, whatever the newer one knows;
there is no second try.  Addresses are compared exactly, in lower case.
"""

import asyncio
import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from scim2_models.path import AttrPath, CompareOperator, Comparison

from domain.access.signin import Caller
from domain.changes import new_act
from domain.model import Action, Change, Kind, Outcome, UserRecord, UserState
from domain.native.ports import Slice
from domain.ports import Query
from domain.writing import Desk


class Generation(StrEnum):
    """Which generation of the product an integration was made for."""

    FIRST_GEN = "firstGen"
    NEXT_GEN = "nextGen"


class Mechanism(StrEnum):
    """How an integration authenticates."""

    SAML = "saml"
    OIDC = "oidc"
    LDAP = "ldap"


@dataclass(frozen=True, slots=True)
class Integration:
    """A sign-in integration of an account, which has one of each generation at most; its members are kept apart."""

    generation: Generation
    mechanism: Mechanism
    created: datetime
    enabled: bool = True
    version: str = ""


class SsoStore(Protocol):
    """Sign-in integrations and their members; each call concerns one account and cannot see another."""

    async def integrations(self, account: str) -> Mapping[Generation, Integration]:
        """Those that there are."""

    async def put_integration(self, account: str, integration: Integration) -> Integration:
        """Write one, new where its version is empty.  Raises: VersionConflict, RecordNotFound."""

    async def delete_integration(self, account: str, generation: Generation) -> None:
        """Delete one with its members.  Raises: RecordNotFound."""

    async def member_of(self, account: str, email: str) -> frozenset[Generation]:
        """The integrations that the lower-cased address is a member of."""

    async def members(self, account: str, generation: Generation, after: str, count: int) -> Slice[str]:
        """The addresses of an integration's members, in their order."""

    async def change_members(
        self, account: str, generation: Generation, added: Iterable[str], removed: Iterable[str]
    ) -> None:
        """Add addresses and remove others; what is so already stays so."""


class Reason(StrEnum):
    """Why a user gets in or not; each is told apart in the log."""

    SIGNED_IN = "SIGNED_IN"
    NO_INTEGRATION = "NO_INTEGRATION"
    NOT_MEMBER_OF_FIRSTGEN = "NOT_MEMBER_OF_FIRSTGEN"
    NOT_MEMBER_OF_NEXTGEN = "NOT_MEMBER_OF_NEXTGEN"
    DOMAIN_NOT_ALLOWED = "DOMAIN_NOT_ALLOWED"
    NOT_PROVISIONED = "NOT_PROVISIONED"
    DEACTIVATED = "DEACTIVATED"
    LOCKED = "LOCKED"


REMEDIES: Mapping[Reason, str] = {
    Reason.SIGNED_IN: "nothing is to be done",
    Reason.NO_INTEGRATION: "set up and enable a sign-in integration; until then nobody gets in by an identity provider",
    Reason.NOT_MEMBER_OF_FIRSTGEN: "the integration of the first generation is in force; add the user to it too",
    Reason.NOT_MEMBER_OF_NEXTGEN: "assign the user to the application at the identity provider",
    Reason.DOMAIN_NOT_ALLOWED: "the domain of the address is not one that may sign in; an administrator can allow it",
    Reason.NOT_PROVISIONED: "no active user has this address; provision or invite the user, who then accepts",
    Reason.DEACTIVATED: "the user is deactivated; the identity provider can activate it again",
    Reason.LOCKED: "the user is locked; an administrator can unlock it",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision depends on."""

    enabled: frozenset[Generation]
    member_of: frozenset[Generation]
    domain_allowed: bool = True
    state: UserState | None = UserState.ACTIVE
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a user gets in, why, and by which integration; *user_id* is empty where nobody is known."""

    reason: Reason
    integration: Generation | None = None
    user_id: str = ""

    @property
    def allowed(self) -> bool:
        return self.reason is Reason.SIGNED_IN


def decide(facts: Facts) -> Decision:
    """The decision on *facts*: integration, membership, domain, user; the first that fails is the reason."""
    if not facts.enabled:
        return Decision(Reason.NO_INTEGRATION)
    force = Generation.FIRST_GEN if Generation.FIRST_GEN in facts.enabled else Generation.NEXT_GEN
    return Decision(_reason(force, facts), force)


def _reason(force: Generation, facts: Facts) -> Reason:
    if force not in facts.member_of:
        is_first = force is Generation.FIRST_GEN
        return Reason.NOT_MEMBER_OF_FIRSTGEN if is_first else Reason.NOT_MEMBER_OF_NEXTGEN
    if not facts.domain_allowed:
        return Reason.DOMAIN_NOT_ALLOWED
    if facts.state is UserState.DEACTIVATED:
        return Reason.DEACTIVATED
    if facts.state is not UserState.ACTIVE:
        return Reason.NOT_PROVISIONED
    return Reason.LOCKED if facts.locked else Reason.SIGNED_IN


async def resolve(desk: Desk, store: SsoStore, caller: Caller, email: str) -> Decision:
    """Whether the user of this address gets in now; the decision is written into the log.  *email* is in lower case."""
    account = caller.account
    integrations, member_of, user = await asyncio.gather(
        store.integrations(account.id), store.member_of(account.id, email), _find(desk, account.id, email)
    )
    domains = account.settings.email_domains
    facts = Facts(
        frozenset(each.generation for each in integrations.values() if each.enabled),
        member_of,
        not domains or email.rpartition("@")[2] in domains,
        None if user is None else user.state,
        user is not None and user.locked,
    )
    decision = dataclasses.replace(decide(facts), user_id="" if user is None else user.id)
    await desk.directory.record(account.id, _told(desk, caller, email, decision))
    return decision


async def _find(desk: Desk, account: str, email: str) -> UserRecord | None:
    named = Comparison(AttrPath("userName"), CompareOperator.eq, email)
    page = await desk.directory.find(account, Query(Kind.USER, filter=named, count=1))
    return next((each for each in page.records if isinstance(each, UserRecord)), None)


def _told(desk: Desk, caller: Caller, email: str, decision: Decision) -> Change:
    act = new_act(caller, Action.SIGN_IN, Kind.USER, decision.user_id, desk.clock.now(), name=email)
    told = f"{decision.reason}: {REMEDIES[decision.reason]}"
    outcome = Outcome.SUCCESS if decision.allowed else Outcome.FAILURE
    return dataclasses.replace(act, outcome=outcome, reason="" if decision.allowed else told)
