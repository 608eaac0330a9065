"""All commands in one application: ``python -m simulator …``."""

import typer

from simulator.command_line.connect import try_connection
from simulator.command_line.demand import on_demand
from simulator.command_line.make import generate
from simulator.command_line.mappings import schema
from simulator.command_line.repeat import replay
from simulator.command_line.sync import sync
from simulator.command_line.validation import validate

HELP = "Microsoft Entra's provisioning service as a SCIM client, on your own machine."

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=HELP)
app.command("test-connection")(try_connection)
app.command("sync")(sync)
app.command("on-demand")(on_demand)
app.command("generate")(generate)
app.command("replay")(replay)
app.command("validate")(validate)
app.command("schema")(schema)
