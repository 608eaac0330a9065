"""``make start``: the whole thing at work, and a sample directory provisioned into it through the Entra simulator."""

import asyncio
import contextlib
import json
import logging
import os
import shlex
import sys
from pathlib import Path

from rich.console import Console

from devstack.azurite import Azurite, NoAzurite, free_port, running_azurite
from devstack.service import ROOT, RUN, Tenant, new_tenant, open_stores, run_service, tenant_url
from domain import tokens
from domain.ports import RecordNotFound
from localhost.server import CannotListen
from wiring import Stores

_out = Console(highlight=False, soft_wrap=True)
_DEMO = RUN / "demo.json"
_LOG = RUN / "service.log"
_DEFAULT_PORT = 7071
_AZURITE_PORT = 10_002
_DIRECTORY = ROOT / "simulator" / "samples" / "contoso"


async def _start(wanted_port: int) -> int:
    RUN.mkdir(exist_ok=True)
    _out.print("[bold]1[/]  starting Azurite, in place of Azure Table Storage")
    async with running_azurite(location=RUN / "azurite", port=_AZURITE_PORT) as azurite:
        async with open_stores(azurite) as stores:
            tenant = await _demo_tenant(stores)
        port = free_port(wanted_port)
        _out.print(f"[bold]2[/]  starting the service on port {port}, in the Azure Functions Python runtime")
        return await _provision_and_keep_serving(azurite, port, tenant)


async def _provision_and_keep_serving(azurite: Azurite, port: int, tenant: Tenant) -> int:
    ready = asyncio.Event()
    service = asyncio.create_task(run_service(azurite, port, timers=RUN / "timers", on_ready=lambda _: ready.set()))
    up = asyncio.create_task(ready.wait())
    await asyncio.wait({service, up}, return_when=asyncio.FIRST_COMPLETED)
    if not ready.is_set():
        up.cancel()
        await service
        return 1
    _out.print("[bold]3[/]  provisioning the sample directory of Contoso, as Entra would\n")
    outcome = await _provision(tenant_url(port, tenant.account), tenant.token, service)
    if outcome is None:
        return 0
    _tell(tenant_url(port, tenant.account), tenant, outcome)
    await service
    return 0 if outcome == 0 else 1


async def _provision(url: str, token: str, service: asyncio.Task[None]) -> int | None:
    """The exit code of the simulator, or None where the service was ended meanwhile."""
    simulator = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "provision", "--tenant-url", url),
        *("--directory", str(_DIRECTORY), "--state", str(RUN / "entra-state.json")),
        cwd=ROOT,
        env=os.environ | {"SCIM_TOKEN": token},
    )
    done = asyncio.create_task(simulator.wait())
    await asyncio.wait({service, done}, return_when=asyncio.FIRST_COMPLETED)
    if service.done():
        with contextlib.suppress(ProcessLookupError):
            simulator.terminate()
        await done
        return None
    return done.result()


async def _demo_tenant(stores: Stores) -> Tenant:
    """The demo account of the last start if the storage still has it, else a new one."""
    known = _read_demo()
    if known is not None and (shown := tokens.read(known.token)) is not None:
        with contextlib.suppress(RecordNotFound):
            stored = await stores.accounts.get_token(known.account, shown.id)
            if shown.is_of(stored):
                return known
    tenant = await new_tenant(stores, "Contoso")
    _DEMO.touch(mode=0o600)
    _DEMO.write_text(json.dumps({"account": tenant.account, "token": tenant.token}) + "\n", encoding="utf-8")
    return tenant


def _read_demo() -> Tenant | None:
    try:
        known = json.loads(_DEMO.read_text(encoding="utf-8"))
        return Tenant(known["account"], known["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _tell(url: str, tenant: Tenant, outcome: int) -> None:
    """What a newcomer needs next: where it is, the token, and two commands to paste."""
    authorization = shlex.quote(f"Authorization: Bearer {tenant.token}")
    filtered = 'filter=userName sw "a"'
    if outcome:
        _out.print(f"[red]The cycle did not end well; what the service says is in {_shown(_LOG)}[/]\n")
    _out.print(f"[bold]Tenant URL[/]    {url}")
    _out.print(f"[bold]Secret token[/]  {tenant.token}\n")
    _out.print("Try it:\n")
    _out.print(f"curl -s -H {authorization} {shlex.quote(f'{url}/Groups?excludedAttributes=members&count=3')}\n")
    _out.print(f"curl -s -G -H {authorization} --data-urlencode {shlex.quote(filtered)} {url}/Users\n")
    _out.print(f"The service goes on answering, its log is {_shown(_LOG)}. Ctrl-C ends it; what it holds is kept.")


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def main() -> int:
    """Run until SIGINT or SIGTERM."""
    RUN.mkdir(exist_ok=True)
    logging.basicConfig(
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", level=logging.INFO, filename=_LOG, filemode="w"
    )
    logging.getLogger("azure.functions").setLevel(logging.WARNING)
    try:
        return asyncio.run(_start(int(os.environ.get("PORT") or _DEFAULT_PORT)))
    except (CannotListen, NoAzurite) as error:
        Console(stderr=True).print(f"[red]error:[/] {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
