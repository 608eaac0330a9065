"""``make start``: the whole thing at work, and a sample directory provisioned into it through the Entra simulator."""

import asyncio
import contextlib
import json
import logging
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from devstack.azurite import Azurite, free_port, running_azurite
from devstack.command import CannotStart, alone_in, port_asked_for, run_to_end
from devstack.service import ROOT, RUN, Tenant, manager_url, new_tenant, open_stores, run_service, tenant_url
from domain.access import tokens
from domain.ports import RecordNotFound
from wiring import Stores

_out = Console(highlight=False, soft_wrap=True)
_LOG = RUN / "service.log"
_DEFAULT_PORT = 7071
_AZURITE_PORT = 10_002
_INTERRUPTED = 130
"""With this a program ends that Ctrl-C has reached, as the shell has it; it reaches simulator and service alike."""
_SAMPLE = ROOT / "simulator" / "samples" / "contoso"


@dataclass(frozen=True, slots=True)
class Source:
    """The directory to be provisioned; what belongs to it is kept under its name."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def tenant_file(self) -> Path:
        return RUN / f"{self.name}.json"

    @property
    def state_file(self) -> Path:
        return RUN / f"{self.name}-entra.json"


async def _start() -> int:
    wanted, source = port_asked_for(_DEFAULT_PORT), _source()
    with alone_in(RUN):
        _log_to_file()
        _out.print("[bold]1[/]  starting Azurite, in place of Azure Table Storage")
        with running_azurite(location=RUN / "azurite", port=_AZURITE_PORT) as azurite:
            async with open_stores(azurite) as stores:
                tenant = await _tenant(stores, source)
            port = free_port(wanted)
            instead = f" ({wanted} is taken)" if port != wanted and wanted else ""
            _out.print(f"[bold]2[/]  starting the service on port {port}{instead}, in the Azure Functions runtime")
            return await _provision_and_keep_serving(azurite, port, tenant, source)


def _source() -> Source:
    """The directory that ``DIRECTORY`` names, the large sample without one.  Raises: CannotStart."""
    folder = Path(os.environ.get("DIRECTORY") or _SAMPLE).resolve()
    if not folder.is_dir():
        raise CannotStart(f"DIRECTORY must be a folder of Entra exports; there is none at {folder}")
    return Source(folder)


def _log_to_file() -> None:
    logging.basicConfig(
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", level=logging.INFO, filename=_LOG, filemode="w"
    )
    logging.getLogger("azure.functions").setLevel(logging.WARNING)


async def _provision_and_keep_serving(azurite: Azurite, port: int, tenant: Tenant, source: Source) -> int:
    ready = asyncio.Event()
    service = asyncio.create_task(run_service(azurite, port, timers=RUN / "timers", on_ready=lambda _: ready.set()))
    up = asyncio.create_task(ready.wait())
    await asyncio.wait({service, up}, return_when=asyncio.FIRST_COMPLETED)
    if not ready.is_set():
        up.cancel()
        await service
        return 1
    _out.print(f"[bold]3[/]  provisioning {_shown(source.folder)}, as Entra would\n")
    url = tenant_url(port, tenant.account)
    outcome = await _provision(url, tenant.token, source, service)
    if outcome is None:
        await service
        _out.print("\nended before everything was provisioned; the next start goes on from there")
        return 0
    _tell(url, manager_url(port, tenant.account), tenant, azurite.connection_string, outcome)
    await service
    _out.print("\nended")
    return 0 if outcome == 0 else 1


async def _provision(url: str, token: str, source: Source, service: asyncio.Task[None]) -> int | None:
    """The exit code of the simulator, or None where Ctrl-C came before its end."""
    simulator = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "sync", "--tenant-url", url),
        *("--directory", str(source.folder), "--state", str(source.state_file)),
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
    return None if done.result() == _INTERRUPTED else done.result()


async def _tenant(stores: Stores, source: Source) -> Tenant:
    """The account of the last start if the storage still has it, else a new one."""
    known = _read_tenant(source.tenant_file)
    if known is not None and (shown := tokens.read(known.token)) is not None:
        with contextlib.suppress(RecordNotFound):
            stored = await stores.policies.get_access(known.account, shown.id)
            if shown.is_of(stored.token):
                return known
    tenant = await new_tenant(stores, source.name.title())
    source.tenant_file.touch(mode=0o600)
    source.tenant_file.write_text(
        json.dumps({"account": tenant.account, "token": tenant.token}) + "\n", encoding="utf-8"
    )
    return tenant


def _read_tenant(file: Path) -> Tenant | None:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return Tenant(known["account"], known["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _tell(url: str, manager: str, tenant: Tenant, connection_string: str, outcome: int) -> None:
    """What a newcomer needs next: where it is, the token, and three commands to paste."""
    authorization = shlex.quote(f"Authorization: Bearer {tenant.token}")
    filtered = 'filter=userName sw "a"'
    if outcome:
        _out.print(f"[red]The cycle did not end well; what the service says is in {_shown(_LOG)}[/]\n")
    _out.print(f"\n[bold]Tenant URL[/]    {url}")
    _out.print(f"[bold]Manager API[/]   {manager}")
    _out.print(f"[bold]Secret token[/]  {tenant.token}")
    _out.print(f"[bold]Storage[/]       SCIM_STORAGE={shlex.quote(connection_string)}\n")
    _out.print("Try it:\n")
    _out.print(f"curl -s -H {authorization} {shlex.quote(f'{url}/Groups?excludedAttributes=members&count=3')}\n")
    _out.print(f"curl -s -G -H {authorization} --data-urlencode {shlex.quote(filtered)} {url}/Users\n")
    _out.print(f"curl -s -H {authorization} {shlex.quote(f'{manager}/log?limit=3')}\n")
    _out.print(f"The service goes on answering; its log is {_shown(_LOG)}. Ctrl-C ends it; what it holds is kept.")
    sys.stdout.flush()


def _shown(path: Path) -> str:
    """*path* as one would type it here."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def main() -> int:
    """Run until SIGINT or SIGTERM."""
    return run_to_end(_start)


if __name__ == "__main__":
    sys.exit(main())
