"""How a command reaches the storage, and how it tells what went wrong."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.ports import StoreError, StoreUnavailable
from wiring import BadSettings, Settings, Stores, make_stores

out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
err = Console(highlight=False, soft_wrap=True, markup=False, emoji=False, stderr=True)
"""Names and ids are printed as they are; brackets in them are no markup."""

_LOCAL_SETTINGS = Path("local.settings.json")
_LOOK_AT = "try again; if it lasts: is it up, and does SCIM_STORAGE, or SCIM_STORAGE__tableServiceUri, name it?"
_UNLIMITED = 10_000
"""Characters; more than a line of a table has."""


def run[T](command: Callable[[Stores, Settings], Awaitable[T]]) -> T:
    """The result of *command*, given the stores that the environment or ``local.settings.json`` names."""
    try:
        return asyncio.run(_with_stores(command, Settings.read(environment())))
    except BadSettings as error:
        fail(str(error))
    except StoreUnavailable as error:
        fail(f"the storage does not answer: {error}\n{_LOOK_AT}")
    except StoreError as error:
        fail(f"the storage refused: {str(error) or type(error).__name__}")


async def _with_stores[T](command: Callable[[Stores, Settings], Awaitable[T]], settings: Settings) -> T:
    stores = make_stores(settings)
    try:
        if settings.connection_string is not None:  # in Azure the deployment makes the tables
            await stores.tables.create_if_missing()
        return await command(stores, settings)
    finally:
        await stores.close()


def environment() -> dict[str, str]:
    """The environment over the values of ``local.settings.json``, as the local host reads them."""
    values: dict[str, str] = {}
    if _LOCAL_SETTINGS.exists():
        try:
            values = dict(json.loads(_LOCAL_SETTINGS.read_text(encoding="utf-8")).get("Values", {}))
        except (ValueError, AttributeError, TypeError):
            fail(f"{_LOCAL_SETTINGS} is no settings file; compare it with local.settings.sample.json")
    return values | os.environ


def show(table: Table) -> None:
    """Print *table* with no cell folded or cut, however narrow the terminal: ids are there to be copied."""
    table.width = out.measure(table, options=out.options.update(width=_UNLIMITED)).maximum
    out.print(table)


def fail(reason: str) -> NoReturn:
    """End the command with exit code 1 and the reason."""
    err.print(Text.assemble(("error:", "red"), " ", reason))
    raise typer.Exit(1)
