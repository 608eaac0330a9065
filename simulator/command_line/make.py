"""``generate``: a made-up directory."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simulator.command_line.checks import writable_folder
from simulator.command_line.options import refuse

_NAMES = ("users*.json", "groups*.json", "members*.json", "appRoleAssignedTo*.json", "servicePrincipal.json")
_OF_A_DIRECTORY = (*_NAMES, "domains*.json", "deltas", "*.csv")


def generate(
    output: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Where to write; it must not hold a directory yet.",
            callback=writable_folder,
        ),
    ],
    users: Annotated[int, typer.Option(help="How many users.", min=1)] = 200,
    groups: Annotated[int | None, typer.Option(help="How many groups; one for twenty users by default.", min=0)] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same directory.")] = 0,
    edits: Annotated[int, typer.Option(help="How many rounds of changes, for incremental cycles.", min=0)] = 0,
    churn: Annotated[float, typer.Option(help="Share of users that each round changes.", min=0, max=1)] = 0.04,
    assigned: Annotated[
        bool, typer.Option("--assigned", help="Write who is assigned, with roles; others are out of scope.")
    ] = False,
) -> None:
    """Write users in many scripts, managers, departments, nested groups and what happens to them, as Graph's JSON."""
    # Loads a library that the other commands do not need.
    from simulator.generator.files import write_tenant

    console = Console()
    if left := next((each for pattern in _OF_A_DIRECTORY for each in output.glob(pattern)), None):
        raise refuse(console, f"{output}: holds a directory already, or a part of one: {left.name}")
    number = max(users // 20, 1) if groups is None else groups
    try:
        made = write_tenant(output, users=users, groups=number, seed=seed, edits=edits, churn=churn, assigned=assigned)
    except OSError as error:
        raise refuse(console, str(error)) from error
    members = sum(len(group.get("members") or ()) for group in made.groups.values())
    console.print(
        f"{output}: {users} users and {number} groups, {edits} rounds of changes; "
        f"in the end {len(made.users)} users, {len(made.groups)} groups, {members} memberships",
        highlight=False,
        soft_wrap=True,
    )
