"""The command ``python -m localhost``: serves the function app in a folder, as ``func start`` does."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from localhost.app import LocalHost, create_app
from localhost.registry import Entry
from localhost.routing import HostDoesNotStart
from localhost.server import CannotListen, serve
from localhost.settings import BadSettings, LocalSettings, read_local_settings
from localhost.worker import AppNotLoaded

_DEFAULT_PORT = 7071
_out = Console(soft_wrap=True, highlight=False)


def main() -> int:
    """Run the command; return 0 after a signal, 1 if the app cannot be served."""
    arguments = _parse_arguments()
    _log_to_stderr()
    try:
        stored = read_local_settings(arguments.settings or arguments.app_dir / "local.settings.json")
        asyncio.run(_serve(arguments, stored))
    except (AppNotLoaded, BadSettings, CannotListen, HostDoesNotStart) as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"[red]error:[/] {escape(str(error))}")
        return 1
    return 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localhost", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, help=f"0 for a free one; default: local settings, else {_DEFAULT_PORT}")
    parser.add_argument("--app-dir", type=Path, default=Path(), help="folder of function_app.py (%(default)s)")
    parser.add_argument("--settings", type=Path, help="default: local.settings.json in the folder of the app")
    parser.add_argument("--timer-status", type=Path, help="folder; default: .run/timers in the folder of the app")
    parser.add_argument("--no-timers", action="store_true", help="run timers by hand only")
    return parser.parse_args()


def _log_to_stderr() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", level=logging.INFO)
    # the runtime writes a line a call; ours has outcome and duration
    if os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING") != "1":
        logging.getLogger("azure.functions").setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


async def _serve(arguments: argparse.Namespace, stored: LocalSettings) -> None:
    app = create_app(
        arguments.app_dir,
        settings={name: value for name, value in stored.values.items() if name not in os.environ},
        timers=not arguments.no_timers,
        timer_status=arguments.timer_status or arguments.app_dir / ".run" / "timers",
    )
    port = arguments.port if arguments.port is not None else stored.port or _DEFAULT_PORT
    await serve(app, host=arguments.host, port=port, on_ready=lambda bound: _print_ready(app, arguments.host, bound))


def _print_ready(app: LocalHost, host: str, port: int) -> None:
    """Print the functions with their addresses, and then the line that tools wait for."""
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    _out.print("\n[bold]Functions:[/]\n")
    for entry in app.registry.entries.values():
        _out.print(f"  [yellow]{escape(entry.name)}[/]: {_describe(entry, address)}\n")
    _out.print(f"Listening on [bold]{address}[/] (Ctrl+C ends)")
    sys.stdout.flush()


def _describe(entry: Entry, address: str) -> str:
    suffix = " [dim](disabled)[/]" if entry.disabled else ""
    if entry.error:
        return f"[red]{escape(entry.error)}[/]{suffix}"
    if entry.plan:
        return f"timer, {escape(entry.plan.text)}{suffix}"
    methods = "" if entry.methods is None else escape(f"[{','.join(entry.methods)}] ")
    return f"{methods}[green]{escape(f'{address}/{(entry.template or "").lstrip("/")}')}[/]{suffix}"


if __name__ == "__main__":
    sys.exit(main())
