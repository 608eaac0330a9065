"""``make serve``: the service alone, for tools; an empty store each time.

When it answers it writes ``.run/ready.json``: where it is, and the token of a demo account and, under ``strict``, of a
second one that follows the RFC to the letter below value filters without a match.
"""

import asyncio
import json
import logging
import os
import sys
from typing import Any

from rich.console import Console

from devstack.azurite import NoAzurite, free_port, running_azurite
from devstack.service import RUN, Tenant, new_tenant, open_stores, run_service, tenant_url
from domain.model import UnmatchedFilter
from localhost.server import CannotListen

_out = Console(highlight=False, soft_wrap=True)
_READY = RUN / "ready.json"


async def _serve(wanted_port: int) -> None:
    async with running_azurite() as azurite:
        async with open_stores(azurite) as stores:
            tenant = await new_tenant(stores, "Demo")
            strict = await new_tenant(stores, "Strict demo", unmatched=UnmatchedFilter.NO_TARGET)
        port = wanted_port or free_port()

        def tell(_: int) -> None:
            ready = _description(port, tenant) | {"pid": os.getpid(), "strict": _description(port, strict)}
            _write(ready)
            _out.print(f"tenant URL  {ready['tenant_url']}\ntoken       {tenant.token}\n\nready; Ctrl-C ends")

        await run_service(azurite, port, timers=None, on_ready=tell)


def _description(port: int, tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant_url": tenant_url(port, tenant.account),
        "token": tenant.token,
        "account": tenant.account,
        "manager_url": f"http://127.0.0.1:{port}/manager/account/{tenant.account}",
        "admin_url": f"http://127.0.0.1:{port}/admin",
    }


def _write(ready: dict[str, Any]) -> None:
    """Write the file in one step, so that nobody reads half of it; only its owner may read it."""
    RUN.mkdir(exist_ok=True)
    unfinished = _READY.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(ready, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(_READY)


def main() -> int:
    """Serve on ``PORT`` (0 or nothing: a free one) until SIGINT or SIGTERM."""
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", level=logging.WARNING)
    _READY.unlink(missing_ok=True)
    try:
        asyncio.run(_serve(int(os.environ.get("PORT") or 0)))
    except (CannotListen, NoAzurite) as error:
        Console(stderr=True).print(f"[red]error:[/] {error}")
        return 1
    except ValueError:
        Console(stderr=True).print("[red]error:[/] PORT must be a number")
        return 1
    finally:
        _READY.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
