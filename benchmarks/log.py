"""What compaction of the provisioning log saves: ``python -m benchmarks.log --changes 100000``.

A month of an account is made up: users and groups are created, then change, join groups and fail now and then, as a
client's cycles do it.  Its entries are packed by the code that the timer uses; sizes are counted as the service does.
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console

from domain.model import Action, Change, Outcome, Source
from storage.entities import change_entity
from storage.limits import check_entity
from storage.log import MAX_PAGES
from storage.log_pages import MAX_ENTRIES, Header, from_page, month_of, partition, to_header, to_page

_START = datetime(2026, 3, 1, tzinfo=UTC)
_MONTH = timedelta(days=30)
_ACCOUNT = "aBenchmarkAccount00000"
_ATTRIBUTES = (
    "title",
    "displayName",
    "name",
    "emails",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
)
_ASKED = 500

_out = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Figures:
    """Entities and bytes of the log as rows and as pages, and the pages that histories of resources touch."""

    changes: int
    row_bytes: int
    pages: int
    page_bytes: int
    mean_touched: float
    asked: int
    more_than_one_call: int
    most_touched: int

    def told(self) -> str:
        """The figures as a table in Markdown."""
        return "\n".join(
            (
                "| | rows | pages | times fewer |",
                "| --- | ---: | ---: | ---: |",
                f"| entities | {self.changes:,} | {self.pages:,} | {self.changes / self.pages:,.0f} |",
                f"| bytes | {self.row_bytes:,} | {self.page_bytes:,} | {self.row_bytes / self.page_bytes:.1f} |",
                "",
                f"The history of a user, {self.asked} at random, lies on {self.mean_touched:.2f} pages on average. "
                f"One call unpacks {MAX_PAGES} at most. {self.more_than_one_call} histories lie on more than that, "
                f"the widest on {self.most_touched}, so the whole of them took a second call.",
            )
        )


def made_up(number: int, seed: int = 7) -> Iterator[Change]:
    """So many entries of one month, in the order of their ids."""
    chance = random.Random(seed)
    users = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(max(10, number // 4))]
    groups = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(max(3, number // 400))]
    for index in range(number):
        moment = _START + _MONTH * (index / number)
        new = index < len(users)
        about_group = not new and chance.random() < 0.3
        at = index if new else chance.randrange(len(groups) if about_group else len(users))
        failed = chance.random() < 0.03
        yield Change(
            id=f"{int(moment.timestamp() * 1000):012x}{chance.getrandbits(64):016x}",
            time=moment,
            actor="token:00112233aabbccdd",
            source=Source.SCIM,
            action=Action.CREATE if new else Action.UPDATE,
            kind="Group" if about_group else "User",
            resource_id=groups[at] if about_group else users[at],
            external_id=None if about_group else str(uuid.UUID(int=at)),
            attributes=("members",) if about_group else tuple(chance.sample(_ATTRIBUTES, 2)),
            correlation_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            users=1 if new else 0,
            resource_name=f"Group {at}" if about_group else f"person{at}@contoso.example",
            outcome=Outcome.FAILURE if failed else Outcome.SUCCESS,
            status=409 if failed else 0,
            scim_type="uniqueness" if failed else "",
            reason="another resource has this userName" if failed else "",
        )


def measure(changes: Sequence[Change], seed: int = 7) -> Figures:
    """The figures of *changes*, which are of one month; every page is unpacked again and compared."""
    pages, place = [], partition(_ACCOUNT, month_of(changes[0].id))
    for start in range(0, len(changes), MAX_ENTRIES):
        some = list(changes[start : start + MAX_ENTRIES])
        page = to_page(some)
        if page is None or from_page(page) != some:
            raise ValueError("a page does not hold its entries")
        pages.append(page)
    headers = [to_header(place, page) for page in pages]
    users = sorted({each.resource_id for each in changes if each.kind == "User"})
    asked = random.Random(seed).sample(users, min(_ASKED, len(users)))
    touched = [_touched(headers, each) for each in asked]
    return Figures(
        changes=len(changes),
        row_bytes=sum(check_entity({"PartitionKey": _ACCOUNT, **change_entity(each)}) for each in changes),
        pages=len(pages),
        page_bytes=sum(check_entity({"PartitionKey": place, **page}) for page in pages),
        mean_touched=sum(touched) / len(touched),
        asked=len(asked),
        more_than_one_call=sum(each > MAX_PAGES for each in touched),
        most_touched=max(touched),
    )


def _touched(headers: Sequence[Header], resource_id: str) -> int:
    """How many pages the history of a resource unpacks."""
    return sum(each.may_tell_of(resource_id) for each in headers)


def main(changes: Annotated[int, typer.Option(min=100, help="entries of the month")] = 100_000) -> None:
    """Print the figures."""
    _out.print(f"packing {changes:,} entries of one month", highlight=False)
    Console().print(measure(list(made_up(changes))).told(), highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
