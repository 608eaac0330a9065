"""``make serve``: the service alone, for tools; an empty store each time.

When it answers it writes ``.run/ready.json``: where it is, and the token of a demo account and, under ``strict``, of a
second one that follows the RFC to the letter below value filters without a match.
"""

import json
import logging
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from rich.console import Console

from devstack.azurite import free_port, running_azurite
from devstack.command import port_asked_for, run_to_end
from devstack.service import RUN, Tenant, manager_url, new_tenant, open_stores, run_service, tenant_url
from domain.model import UnmatchedFilter

_out = Console(highlight=False, soft_wrap=True)
_READY = RUN / "ready.json"


async def _serve() -> int:
    port = port_asked_for(default=0) or free_port()
    _withdraw(lambda pid: not _is_running(pid))
    with running_azurite() as azurite:
        async with open_stores(azurite) as stores:
            tenant = await new_tenant(stores, "Demo")
            strict = await new_tenant(stores, "Strict demo", unmatched=UnmatchedFilter.NO_TARGET)
        ready = _description(port, tenant) | {"pid": os.getpid(), "strict": _description(port, strict)}
        try:
            await run_service(azurite, port, timers=None, on_ready=lambda _: _tell(ready, azurite.connection_string))
        finally:
            _withdraw(lambda pid: pid == os.getpid())
    return 0


def _description(port: int, tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant_url": tenant_url(port, tenant.account),
        "token": tenant.token,
        "account": tenant.account,
        "manager_url": manager_url(port, tenant.account),
        "admin_url": f"http://127.0.0.1:{port}/admin",
    }


def _tell(ready: dict[str, Any], connection_string: str) -> None:
    _write(ready)
    _out.print(f"Tenant URL    {ready['tenant_url']}")
    _out.print(f"Secret token  {ready['token']}")
    _out.print(f"Storage       SCIM_STORAGE={shlex.quote(connection_string)}")
    _out.print(f"For tools     {_READY}\n")
    _out.print("Ready, with an empty store. Ctrl-C ends it; nothing is kept.")
    sys.stdout.flush()


def _write(ready: dict[str, Any]) -> None:
    """Write the file in one step, so that nobody reads half of it; only its owner may read it."""
    RUN.mkdir(parents=True, exist_ok=True)
    unfinished = _READY.with_name(f"ready-{os.getpid()}.unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(ready, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(_READY)


def _withdraw(is_over: Callable[[int], bool]) -> None:
    """Remove the file if the process that wrote it is over; another one may have put its own there."""
    with suppress(FileNotFoundError):
        try:
            pid = json.loads(_READY.read_text(encoding="utf-8"))["pid"]
        except (ValueError, KeyError, TypeError):
            pid = 0
        if not pid or is_over(pid):
            _READY.unlink()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of somebody else
        return True
    return True


def main() -> int:
    """Serve on ``PORT`` (0 or nothing: a free one) until SIGINT or SIGTERM."""
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", level=logging.WARNING)
    return run_to_end(_serve)


if __name__ == "__main__":
    sys.exit(main())
