"""Settings, read once from the environment, and the services made from them."""

import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from domain.access.admin_guard import PolicyGuard
from domain.access.administration import Office
from domain.access.entra import EntraTokens
from domain.access.key_ring import KeyRing
from domain.access.rates import Rates
from domain.access.signin import Doorkeeper
from domain.access.upkeep import drop_ended
from domain.chores import Upkeep
from domain.history.logbook import Logbook
from domain.maintenance import Chore, run_maintenance
from domain.native.invitation_upkeep import drop_expired_invitations
from domain.notifying.announcing import Announcing
from domain.notifying.delivery import Postman
from domain.notifying.events import Herald
from domain.ports import Clock
from domain.writing import Desk
from outbound.entra_keys import AUTHORITY, HttpKeySets
from outbound.senders import make_senders
from outbound.settings import BadOutboundSettings, OutboundSettings
from routes.route import Services
from scim.limits import Limits, set_limits
from storage.accounts import TableAccounts
from storage.channels import TableChannels
from storage.client import Tables, make_tables
from storage.directory import TableDirectory
from storage.events import TableEvents
from storage.ledger import TableLedger
from storage.log import TableLog
from storage.native import TableNative
from storage.notices import TableNotices
from storage.policies import TablePolicies
from storage.sso import TableSso

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


_LARGEST = 1_000_000_000


class BadSettings(ValueError):
    """The environment lacks a setting, or two of them contradict; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Our tables are reached by a connection string (Azurite, tests) or by a URI and a managed identity (Azure); the
    names follow the convention of Azure Functions (azure.md §8).  ``public_url`` begins all locations; it is empty
    where the environment names none, as on an operator's machine.
    """

    public_url: str
    connection_string: str | None = field(default=None, repr=False)
    table_service_uri: str | None = None
    client_id: str | None = None
    outbound: OutboundSettings = field(default_factory=OutboundSettings)
    rate_per_token: int = 3_000
    rate_per_account: int = 12_000
    rate_of_operator: int = 30
    limits: Limits = field(default_factory=Limits)
    entra_authority: str = AUTHORITY
    operator_key: str = field(default="", repr=False)

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings in *environment*.

        Raises:
            BadSettings: No storage, or two, or a URI that is not https; or as `OutboundSettings.read`.
        """
        connection_string = environment.get("SCIM_STORAGE") or None
        uri = environment.get("SCIM_STORAGE__tableServiceUri") or None
        if (connection_string is None) == (uri is None):
            raise BadSettings(
                "set either SCIM_STORAGE to a connection string (UseDevelopmentStorage=true for Azurite) "
                "or SCIM_STORAGE__tableServiceUri to the address of the table service, and not both"
            )
        if uri is not None and not uri.startswith("https://"):
            raise BadSettings("SCIM_STORAGE__tableServiceUri must begin with https://: a token is sent there")
        return cls(
            public_url=_public_url(environment),
            connection_string=connection_string,
            table_service_uri=uri,
            client_id=environment.get("SCIM_STORAGE__clientId") or None,
            outbound=_outbound(environment),
            rate_per_token=_number(environment, "RATE_LIMIT_PER_TOKEN", 3_000, least=0),
            rate_per_account=_number(environment, "RATE_LIMIT_PER_ACCOUNT", 12_000, least=0),
            rate_of_operator=_number(environment, "RATE_LIMIT_OPERATOR", 30),
            limits=_limits(environment),
            entra_authority=_authority(environment),
            operator_key=_operator_key(environment),
        )


def _outbound(environment: Mapping[str, str]) -> OutboundSettings:
    try:
        return OutboundSettings.read(environment)
    except BadOutboundSettings as error:
        raise BadSettings(str(error)) from None


_LIMITS = {
    "LIMIT_BODY_BYTES": "body_bytes",
    "LIMIT_DEPTH": "depth",
    "LIMIT_BULK_OPERATIONS": "bulk_operations",
    "LIMIT_PATCH_OPERATIONS": "patch_operations",
    "LIMIT_FILTER_LENGTH": "filter_length",
    "LIMIT_FILTER_TERMS": "filter_terms",
    "LIMIT_MEMBERS": "members",
    "LIMIT_PAGE_SIZE": "page_size",
}
"""The settings of what a request may ask for at most, and the fields of `Limits` that they are."""


def _limits(environment: Mapping[str, str]) -> Limits:
    standard = Limits()
    return Limits(**{field: _number(environment, name, getattr(standard, field)) for name, field in _LIMITS.items()})


def _number(environment: Mapping[str, str], name: str, standard: int, *, least: int = 1) -> int:
    """A whole number of the environment.  Raises: BadSettings: It is none, or below *least*."""
    text = environment.get(name)
    if not text:
        return standard
    if not (text.isascii() and text.isdigit() and least <= int(text) <= _LARGEST):
        raise BadSettings(f"{name} must be a whole number from {least} to {_LARGEST}")
    return int(text)


def _authority(environment: Mapping[str, str]) -> str:
    """Where Entra's tenants are; another cloud than the public one, or in tests an identity provider here."""
    text = environment.get("ENTRA_AUTHORITY") or AUTHORITY
    if not text.startswith(("https://", "http://127.0.0.1:")):
        raise BadSettings("ENTRA_AUTHORITY must begin with https://: the keys that we trust come from there")
    return text


def _operator_key(environment: Mapping[str, str]) -> str:
    """The SHA-256 of the operator's key, or nothing: then nobody opens accounts over HTTP."""
    text = environment.get("OPERATOR_KEY", "").lower()
    if text and re.fullmatch(r"[0-9a-f]{64}", text) is None:
        raise BadSettings("OPERATOR_KEY must be the SHA-256 of the key, as 64 hexadecimal digits, never the key itself")
    return text


def _public_url(environment: Mapping[str, str]) -> str:
    """The address at which clients reach us, or nothing; Azure and Core Tools tell at least the name of the host."""
    if configured := environment.get("PUBLIC_BASE_URL"):
        return configured.rstrip("/")
    host = environment.get("WEBSITE_HOSTNAME")
    if not host:
        return ""
    scheme = "http" if host.partition(":")[0] in ("localhost", "127.0.0.1") else "https"
    return f"{scheme}://{host}"


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Stores:
    """The adapters over one storage; close them before the process ends, where it ends in order."""

    tables: Tables
    directory: TableDirectory
    accounts: TableAccounts
    native: TableNative
    sso: TableSso
    policies: TablePolicies
    log: TableLog
    ledger: TableLedger
    notices: TableNotices
    channels: TableChannels
    events: TableEvents

    @property
    def logbook(self) -> Logbook:
        """The log, and what is made of it."""
        return Logbook(self.log, self.ledger)

    async def close(self) -> None:
        await self.tables.close()


def make_stores(settings: Settings) -> Stores:
    """The stores that *settings* name; nothing is asked of the storage yet.

    Raises:
        BadSettings: The connection string or the URI is malformed.
    """
    try:
        tables = make_tables(
            connection_string=settings.connection_string,
            table_service_uri=settings.table_service_uri,
            credential=None if settings.table_service_uri is None else _credential(settings),
        )
    except (ValueError, TypeError):  # not told further: their texts may hold parts of a key
        raise BadSettings("SCIM_STORAGE, or SCIM_STORAGE__tableServiceUri, does not name a table service") from None
    return Stores(
        tables=tables,
        directory=TableDirectory(tables.directory),
        accounts=TableAccounts(tables.accounts),
        native=TableNative(tables.directory),
        sso=TableSso(tables.accounts),
        policies=TablePolicies(tables),
        log=TableLog(tables.directory, tables.log),
        ledger=TableLedger(tables.directory),
        notices=TableNotices(tables.directory),
        channels=TableChannels(tables.accounts),
        events=TableEvents(tables.directory),
    )


def make_office(stores: Stores, clock: Clock, forget: Callable[[str], None] | None = None) -> Office:
    """Where administrative acts are done; *forget* is told each account whose access was changed."""
    office = Office(stores.accounts, stores.policies, stores.directory, stores.native, clock)
    return office if forget is None else dataclasses.replace(office, forget=forget)


def _credential(settings: Settings) -> "AsyncTokenCredential":
    """The managed identity of the app, or on an operator's machine whoever is signed in there."""
    if "IDENTITY_ENDPOINT" in os.environ:  # imported where used: 0.2 s of a cold start (azure.md §7.3)
        from azure.identity.aio import ManagedIdentityCredential

        return ManagedIdentityCredential(client_id=settings.client_id)
    from azure.identity.aio import DefaultAzureCredential

    return DefaultAzureCredential()


def make_announcing(stores: Stores, settings: Settings) -> Announcing:
    """The channels of accounts, and the ways out."""
    clock = SystemClock()
    sender = make_senders(settings.outbound, settings.public_url, clock, partial(_credential, settings))
    herald = Herald(stores.log, stores.events, sender, clock)
    return Announcing(stores.channels, sender, herald, stores.directory, clock)


def make_upkeep(stores: Stores, settings: Settings) -> Upkeep:
    """What the timer works with."""
    announcing, directory = make_announcing(stores, settings), stores.directory
    postman = Postman(stores.notices, announcing.sender, directory, announcing.clock)
    return Upkeep(
        directory=directory,
        maintenance=directory,
        logbook=stores.logbook,
        pages=stores.log,
        channels=stores.channels,
        postman=postman,
        herald=announcing.herald,
        clock=announcing.clock,
    )


def _chores(stores: Stores, settings: Settings) -> tuple[Chore, ...]:
    """All that the timer does for an account."""
    clock = SystemClock()
    drop_access = partial(drop_ended, stores.policies, stores.directory, clock)
    drop_invitations = partial(drop_expired_invitations, _make_desk(stores, clock), stores.native)
    own = (Chore("endedAccess", drop_access), Chore("expiredInvitations", drop_invitations))
    return (*make_upkeep(stores, settings).chores(), *own)


def _make_desk(stores: Stores, clock: Clock) -> Desk:
    return Desk(stores.directory, clock, guard=PolicyGuard(stores.policies, stores.directory))


def _rates(settings: Settings, clock: Clock) -> Rates:
    return Rates(
        clock,
        per_token=settings.rate_per_token,
        per_account=settings.rate_per_account,
        per_address=settings.rate_of_operator,
    )


@cache
def _open_stores() -> Stores:
    """The stores of this process."""
    return make_stores(Settings.read())


async def close_services() -> None:
    """Close the stores of this process if any are open, and forget its services; for hosts that end in order."""
    if _open_stores.cache_info().currsize:
        await _open_stores().close()
    services.cache_clear()
    _open_stores.cache_clear()


@cache
def services() -> Services:
    """The services of this process.

    Raises:
        BadSettings: As `Settings.read`, or there is no public address for the locations of resources.
    """
    settings = Settings.read()
    if not settings.public_url:
        raise BadSettings("set PUBLIC_BASE_URL to the address at which clients reach this service")
    set_limits(settings.limits)
    stores = _open_stores()
    clock = SystemClock()
    entra = EntraTokens(KeyRing(HttpKeySets(settings.entra_authority), clock), clock)
    doorkeeper = Doorkeeper(stores.policies, clock, entra)
    return Services(
        desk=_make_desk(stores, clock),
        native=stores.native,
        logbook=stores.logbook,
        sso=stores.sso,
        announcing=make_announcing(stores, settings),
        doorkeeper=doorkeeper,
        public_url=settings.public_url,
        reach_storage=stores.tables.reach,
        maintain=partial(run_maintenance, stores.accounts, _chores(stores, settings), clock),
        rates=_rates(settings, clock),
        office=make_office(stores, clock, doorkeeper.forget),
        operator_key=settings.operator_key,
    )
