"""The service as a process of its own, which can be killed and started again over the same Azurite."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from devstack.azurite import Azurite, free_port
from devstack.service import ROOT, settings_of

_READY = b"Listening on"


@dataclass(frozen=True)
class Service:
    """A running service; its timers run only when asked to."""

    port: int
    process: asyncio.subprocess.Process

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/admin"

    async def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def running_service(azurite: Azurite, port: int = 0) -> AsyncIterator[Service]:
    """The service on *port*, or a free one; ended in order at the end of the block if it still runs."""
    chosen = port or free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "localhost", "--app-dir", str(ROOT), "--port", str(chosen), "--no-timers"),
        cwd=ROOT,
        env={**settings_of(azurite, chosen), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            if _READY in line:
                break
        else:
            raise AssertionError("the service did not come up")
        yield Service(chosen, process)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
