"""``schema``: mappings as Graph's JSON, the default ones or those of a file that is to be checked."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simulator.command_line.options import refuse
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.graph_schema import SchemaError, load, write


def schema(
    file: Annotated[Path | None, typer.Argument(help="A schema that was exported from a tenant.")] = None,
) -> None:
    """Write the default mappings, or those of a file as they were understood: exit code 2 if they do not work."""
    try:
        mappings = DEFAULT_SCHEMA if file is None else load(file)
    except SchemaError as error:
        raise refuse(Console(stderr=True), str(error)) from error
    typer.echo(json.dumps(write(mappings), ensure_ascii=False, indent=2))
