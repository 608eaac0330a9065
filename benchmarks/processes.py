"""Server processes: started, waited for, their CPU read, and ended."""

import asyncio
import contextlib
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

_READY_SECONDS = 60
_STOP_SECONDS = 10
_SCHEDULER_CLOCK = 2


class NotReady(Exception):
    """A server ended, or does not answer."""


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, with all its threads, also those that have ended (Linux)."""
    return time.clock_gettime((~pid << 3) | _SCHEDULER_CLOCK)  # as clock_getcpuclockid(3) names the clock of a process


@asynccontextmanager
async def running_server(
    command: Sequence[str], url: str, token: str, *, environment: Mapping[str, str], folder: Path
) -> AsyncIterator[Process]:
    """A process of *command* in *folder*, from its first good answer at *url* to the end of the block.

    Raises: NotReady.
    """
    quiet: dict[str, Any] = {"stdout": DEVNULL, "stderr": DEVNULL}
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=dict(environment), **quiet)
    try:
        await _first_answer(process, url, token)
        yield process
    finally:
        await _stop(process)


async def _stop(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _first_answer(process: Process, url: str, token: str) -> None:
    try:
        async with asyncio.timeout(_READY_SECONDS), aiohttp.ClientSession() as session:
            while process.returncode is None:
                if await _answers(session, url, token):
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise NotReady(f"{url} does not answer") from None
    raise NotReady(f"the server for {url} ended with {process.returncode}")


async def _answers(session: aiohttp.ClientSession, url: str, token: str) -> bool:
    try:
        async with session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
