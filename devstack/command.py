"""What both commands share: how they read the environment, take their folder, and end."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from devstack.azurite import NoAzurite
from localhost.server import CannotListen
from wiring import BadSettings

_LARGEST_PORT = 65_535


class CannotStart(Exception):
    """Something is in the way; the text says what to do."""


def port_asked_for(default: int) -> int:
    """The port that ``PORT`` names, *default* without one; 0 stands for a free one.  Raises: CannotStart."""
    text = os.environ.get("PORT") or str(default)
    if not (text.isascii() and text.isdigit() and int(text) <= _LARGEST_PORT):
        raise CannotStart(f"PORT must be a number from 0 (a free port) to {_LARGEST_PORT}, not '{text}'")
    return int(text)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Nobody else is in the block with this *folder*, which is made if missing.  Raises: CannotStart."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"it runs already with {folder}; end that one first") from None
        yield


def run_to_end(main: Callable[[], Coroutine[None, None, int]]) -> int:
    """The exit code of *main*; what a person can put right is told in one line, and a signal is a good end.

    SIGTERM ends it as Ctrl-C does also before the server listens to signals.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return asyncio.run(main())
    except (BadSettings, CannotListen, CannotStart, NoAzurite) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]error:[/] {escape(str(error))}")
        return 1
    except KeyboardInterrupt:
        return 0
