"""What every pass of a cycle shares: source, target, memory, report, and how work is spread and failures kept."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from simulator.directory import Directory, SourceGroup, SourceUser
from simulator.errors import ProvisioningError, Quarantine
from simulator.outcome import CycleReport, Kind, Step
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.state import State


@dataclass(frozen=True)
class Progress:
    """How far one pass is."""

    kind: Kind
    done: int
    total: int


type OnProgress = Callable[[Progress], None]


@dataclass
class Attempt:
    """The provisioning of one object; ``step`` is where a failure will be said to have happened."""

    step: Step


@dataclass
class Cycle:
    """One running cycle.

    ``escrowed`` holds the source ids that failed in it; ``read_managers`` the manager id that each resource had when it
    was read in this cycle; ``holders`` which source object each resource is linked to, of the kind that is at work.
    """

    source: Directory
    target: ScimClient
    dialect: Dialect
    state: State
    report: CycleReport
    on_progress: OnProgress
    concurrency: int
    escrowed: set[str] = field(default_factory=set)
    read_managers: dict[str, str | None] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    progress: dict[Kind, Progress] = field(default_factory=dict)

    def begin(self, kind: Kind, total: int) -> None:
        """Announce a pass over *total* objects."""
        self.progress[kind] = Progress(kind, 0, total)
        self.on_progress(self.progress[kind])

    def advance(self, kind: Kind, number: int = 1) -> None:
        """Announce that *number* more objects are done."""
        before = self.progress[kind]
        self.progress[kind] = Progress(kind, before.done + number, before.total)
        self.on_progress(self.progress[kind])

    async def each[T](self, items: Iterable[T], work: Callable[[T], Awaitable[None]], kind: Kind | None = None) -> None:
        """Do *work* for every item, ``concurrency`` at a time, and advance *kind* by one for each.

        Raises:
            ExceptionGroup: Of :class:`Quarantine`, when one piece of work was stopped by it; the others are cancelled.
        """
        waiting = iter(items)

        async def worker() -> None:
            for item in waiting:
                await work(item)
                if kind is not None:
                    self.advance(kind)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.concurrency):
                tasks.create_task(worker())

    @contextmanager
    def attempt(
        self, kind: Kind, name: str, step: Step, *, id: str | None = None, number: int = 1
    ) -> Iterator[Attempt]:
        """Report what fails inside instead of raising it; *id* goes into escrow. A quarantine still goes through."""
        attempt = Attempt(step)
        try:
            yield attempt
        except Quarantine:
            raise
        except ProvisioningError as error:
            self.report.fail(kind, name, attempt.step, error, number=number)
            if id is not None:
                self.escrowed.add(id)

    def target_of(self, user_id: str) -> str | None:
        """Return the id in the target of a user in scope, or ``None`` if there is none to refer to."""
        link = self.state.users.get(user_id)
        return link.target_id if link and user_id in self.source.users else None


def surplus[T: (SourceUser, SourceGroup)](
    objects: Sequence[T], key: Callable[[T], str | None], is_linked: Callable[[T], bool]
) -> set[str]:
    """Return the ids of *objects* whose matching attribute another one has already, linked objects going first."""
    taken: set[str] = set()
    found: set[str] = set()
    for each in sorted(objects, key=lambda one: not is_linked(one)):
        value = (key(each) or "").casefold()
        if value and value in taken:
            found.add(each.id)
        taken.add(value)
    return found
