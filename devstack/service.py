"""The service on this machine: the real function app in the local host, over a given Azurite."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from devstack.azurite import Azurite
from domain.access.administration import open_account, operator
from domain.access.keys import issue_token
from domain.access.principals import ADMIN
from domain.model import AccountSettings, UnmatchedFilter
from localhost.app import create_app
from localhost.server import serve
from routes.manager.common import MANAGER_BASE
from routes.route import SCIM_BASE
from wiring import Settings, Stores, SystemClock, close_services, make_office, make_stores

ROOT = Path(__file__).parent.parent
RUN = Path(os.environ.get("ROLLCALL_RUN_DIR") or ROOT / ".run").resolve()
"""What we write while running: data, state, logs and where to find us."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """An account that clients can use: where it is, and the token that opens it."""

    account: str
    token: str


def settings_of(azurite: Azurite, port: int) -> dict[str, str]:
    """The app settings for a service on *port* over *azurite*; nobody is too fast unless the environment says so."""
    return {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "AzureWebJobsStorage": azurite.connection_string,
        "SCIM_STORAGE": azurite.connection_string,
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "MAINTENANCE_SCHEDULE": "0 */5 * * * *",
        **{name: os.environ.get(name, "0") for name in ("RATE_LIMIT_PER_TOKEN", "RATE_LIMIT_PER_ACCOUNT")},
    }


def tenant_url(port: int, account: str) -> str:
    return f"http://127.0.0.1:{port}/{SCIM_BASE.format(account=account)}"


def manager_url(port: int, account: str) -> str:
    return f"http://127.0.0.1:{port}/{MANAGER_BASE.format(account=account)}"


@asynccontextmanager
async def open_stores(azurite: Azurite) -> AsyncIterator[Stores]:
    """The stores over *azurite*, with their tables made."""
    stores = make_stores(Settings(public_url="", connection_string=azurite.connection_string))
    try:
        await stores.tables.create_if_missing()
        yield stores
    finally:
        await stores.close()


async def new_tenant(
    stores: Stores, name: str, *, account_id: str | None = None, unmatched: UnmatchedFilter = UnmatchedFilter.CREATE
) -> Tenant:
    """A new account with a token that does not expire and may do everything in it."""
    office = make_office(stores, SystemClock())
    chosen = AccountSettings(unmatched_filter=unmatched)
    account = await open_account(office, name, account_id=account_id, settings=chosen)
    issued = await issue_token(office, operator(account), owner=ADMIN, name="development", never_expires=True)
    return Tenant(account.id, issued.text)


async def run_service(azurite: Azurite, port: int, *, timers: Path | None, on_ready: Callable[[int], None]) -> None:
    """Serve on *port* until SIGINT or SIGTERM.  Raises: CannotListen, BadSettings."""
    settings = settings_of(azurite, port)
    Settings.read(os.environ | settings)
    app = create_app(ROOT, settings=settings, timer_status=timers)
    try:
        await serve(app, port=port, on_ready=on_ready)
    finally:
        await close_services()
