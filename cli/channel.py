"""``channel``: where notices and change events of an account go, tried and mended."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from cli.acting import AccountId, Json, tell
from cli.session import err, fail, out, run
from domain.access.administration import find_account, operator
from domain.access.signin import Caller
from domain.notifying import announcing
from domain.notifying.announcing import Announcing
from domain.notifying.channels import Channel, ChannelKind, EventFormat, new_channel
from domain.ports import RecordNotFound, VersionConflict
from domain.refusals import Refusal
from wiring import Settings, Stores, make_announcing

app = typer.Typer(no_args_is_help=True, help="Open, try, list and remove channels of notices and change events.")

_ChannelId = Annotated[str, typer.Argument(help="The channel's id, as 'channel list' shows it.", metavar="CHANNEL")]


def act[T](account_id: str, command: Callable[[Announcing, Caller], Awaitable[T]]) -> T:
    """The result of *command*, done by the operator in the account."""

    async def acting(stores: Stores, settings: Settings) -> T:
        try:
            account = await find_account(stores.accounts, account_id)
        except RecordNotFound:
            fail(f"there is no account {account_id}")
        try:
            return await command(make_announcing(stores, settings), operator(account))
        except RecordNotFound:
            fail(f"account {account_id} has no such channel")
        except VersionConflict:
            fail("events are being sent to the channel at this moment; try again")
        except Refusal as error:
            fail(error.reason)

    return run(acting)


@app.command()
def create(
    account_id: AccountId,
    kind: Annotated[ChannelKind, typer.Argument(help="How it is reached.", metavar="KIND")],
    target: Annotated[
        str, typer.Argument(help="Addresses parted by commas, or a URL; nothing for log and poll.", metavar="TARGET")
    ] = "",
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    notices: Annotated[bool, typer.Option(help="Whether it gets notices of failures.")] = True,
    events: Annotated[EventFormat, typer.Option(help="Whether, and how, it gets change events.")] = EventFormat.NONE,
) -> None:
    """Open a channel and print its id; the secret that signs what is sent to it is shown this once."""

    async def command(at: Announcing, caller: Caller) -> Channel:
        made = new_channel(kind, target, at.clock.now(), name=name, notices=notices, events=events)
        return await announcing.open_channel(at, caller, made)

    made = act(account_id, command)
    err.print(f"next: python -m cli channel test {account_id} {made.id}" if made.notices else "it takes events only")
    out.print(f"channel  {made.id}")
    if made.secret:
        out.print(f"secret   {made.secret}")


@app.command("list")
def list_(account_id: AccountId, as_json: Json = False) -> None:
    """List the channels of an account, without their secrets."""
    found = act(account_id, lambda at, caller: at.channels.list_channels(caller.account.id))
    rows = [
        {
            "channel": each.id,
            "kind": each.kind.value,
            "name": each.name,
            "target": "" if each.kind is ChannelKind.TEAMS else each.target,
            "notices": each.notices,
            "events": each.events.value,
            "created": each.created,
        }
        for each in found
    ]
    tell(rows, as_json=as_json)


@app.command()
def test(account_id: AccountId, channel_id: _ChannelId) -> None:
    """Send a notice that says that it is a test."""
    act(account_id, lambda at, caller: announcing.try_channel(at, caller.account, channel_id))
    out.print("the test was sent")


@app.command()
def remove(account_id: AccountId, channel_id: _ChannelId) -> None:
    """Remove a channel, and all that waits for it."""
    act(account_id, lambda at, caller: announcing.remove_channel(at, caller, channel_id))
    out.print(f"channel {channel_id} is removed")


@app.command("dead-letters")
def dead_letters(account_id: AccountId, channel_id: _ChannelId, as_json: Json = False) -> None:
    """List the events that a channel did not take."""
    dead = act(account_id, lambda at, caller: announcing.dead_letters(at, caller.account.id, channel_id))
    rows = [
        {"event": each.change.id, "time": each.change.time, "resource": each.change.resource_id, "reason": each.reason}
        for each in dead
    ]
    tell(rows, as_json=as_json)


@app.command()
def retry(account_id: AccountId, channel_id: _ChannelId) -> None:
    """Send the dead letters again, in order for each resource."""
    arrived, left = act(account_id, lambda at, caller: announcing.retry_dead(at, caller, channel_id))
    out.print(f"{arrived} arrived, {left} are left")


@app.command()
def replay(
    account_id: AccountId,
    channel_id: _ChannelId,
    position: Annotated[
        str, typer.Argument(help="The id of an event; nothing for all that is kept.", metavar="POSITION")
    ] = "",
) -> None:
    """Send events again that followed a position; it also ends a pause."""
    act(account_id, lambda at, caller: announcing.replay(at, caller, channel_id, position))
    out.print("the next run of the timer sends them")
