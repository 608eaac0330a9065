"""What every pass of a cycle shares: source, target, memory, report, and how work is spread and failures kept."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from simulator import escrow
from simulator.attempt import Attempt
from simulator.directory import Directory, SourceGroup, SourceUser
from simulator.errors import ProvisioningError, Quarantine
from simulator.job import Job
from simulator.mapping.apply import Mapped, map_object
from simulator.mapping.model import ObjectMapping
from simulator.outcome import Action, CycleReport, Kind, Step
from simulator.scim_client import ScimClient
from simulator.scoping.scope import Scope
from simulator.state import Standing, State
from simulator.values import Value

IN_ESCROW = "in escrow, waits for its next attempt"
GIVEN_UP = "in escrow for 28 days, not tried any more"
MANAGER_FAILED = "the manager failed, a later cycle tries again"
MEMBER_FAILED = "the member failed, a later cycle tries again"
_REQUESTS_BETWEEN_SAVES = 500
# A save writes all links, so that it is made more seldom the more there are: one request for so many of them.
_LINKS_FOR_A_REQUEST = 20


@dataclass(frozen=True)
class Progress:
    """How far one pass is."""

    kind: Kind
    done: int
    total: int


type OnProgress = Callable[[Progress], None]


@dataclass
class Cycle:
    """One running cycle.

    ``read_managers`` holds the manager id that each resource had when it was read in this cycle; ``holders`` which
    source object each resource is linked to, of the kind that is at work; ``holds_deletes`` whether deprovisionings
    are held back; ``called_for`` the escrow keys of all changes that the source calls for; ``on_demand`` whether it is
    none of the job's own cycles, so that escrows neither hold anything back nor are put off; ``requests_saved`` the
    number of requests when the state was saved last.
    """

    source: Directory
    target: ScimClient
    job: Job
    state: State
    scope: Scope
    report: CycleReport
    now: datetime
    on_progress: OnProgress
    save: Callable[[], None]
    holds_deletes: bool = False
    read_managers: dict[str, str | None] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    progress: dict[Kind, Progress] = field(default_factory=dict)
    random: Random = field(default_factory=Random)
    called_for: set[str] = field(default_factory=set)
    on_demand: bool = False
    requests_saved: int = 0

    def mapped(self, mapping: ObjectMapping, attributes: Mapping[str, Value], *, creating: bool) -> Mapped:
        """Return what *mapping* makes of an object with *attributes* in this cycle.

        Raises:
            MappingFailed: An expression cannot be worked out for this object.
        """
        return map_object(
            mapping,
            attributes,
            now=self.now,
            creating=creating,
            random=self.random,
            default_domain=self.source.default_domain,
        )

    def hold_links(self, kind: Kind | None = None) -> None:
        """Note which source object each resource is linked to, of users, groups or both."""
        users = {link.target_id: id for id, link in self.state.users.items() if link.target_id}
        groups = {link.target_id: id for id, link in self.state.groups.items()}
        self.holders = users if kind is Kind.USER else groups if kind is Kind.GROUP else users | groups

    def begin(self, kind: Kind, total: int) -> None:
        """Announce a pass over *total* objects."""
        self.requests_saved = self.target.requests
        self.progress[kind] = Progress(kind, 0, total)
        self.on_progress(self.progress[kind])

    def advance(self, kind: Kind, number: int = 1) -> None:
        """Announce that *number* more objects are done, and save now and then."""
        before = self.progress[kind]
        after = Progress(kind, before.done + number, before.total)
        self.progress[kind] = after
        self.on_progress(after)
        links = len(self.state.users) + len(self.state.groups)
        enough = max(_REQUESTS_BETWEEN_SAVES, links // _LINKS_FOR_A_REQUEST)
        if after.done < after.total and self.target.requests - self.requests_saved >= enough:
            self.requests_saved = self.target.requests
            self.save()

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
            for _ in range(self.job.concurrency):
                tasks.create_task(worker())

    def is_due(self, kind: Kind, id: str, name: str, mark: str) -> bool:
        """Tell whether a change may be tried; one that waits in escrow is counted as skipped.

        An initial cycle looks at every object again, whatever became of it before.
        """
        key = _key(kind, id)
        self.called_for.add(key)
        entry = self.state.escrow.get(key)
        unheeded = self.report.initial or self.on_demand
        if entry is None or entry.mark != mark or unheeded or entry.is_due(self.now):
            return True
        self.report.skip(kind, name, IN_ESCROW if entry.next_try else GIVEN_UP)
        return False

    def leave_out(self, kind: Kind, id: str, name: str, reason: str) -> None:
        """Report an object that is out of scope, with the steps up to that."""
        attempt = Attempt(kind, id, name, Step.SCOPING, self.now)
        attempt.imported()
        attempt.out_of_scope(reason)
        attempt.succeed(self.report)

    def in_escrow(self, kind: Kind, id: str) -> bool:
        """Tell whether a change of the object failed and is to be tried again."""
        entry = self.state.escrow.get(_key(kind, id))
        return entry is not None and entry.next_try is not None

    def settle_others(self) -> None:
        """Take out of escrow what the source does not call for any more."""
        for key in self.state.escrow.keys() - self.called_for:
            del self.state.escrow[key]

    def settle(self, kind: Kind, id: str) -> None:
        """Take the object out of escrow."""
        self.state.escrow.pop(_key(kind, id), None)

    @contextmanager
    def attempt(
        self, kind: Kind, id: str, name: str, mark: str, *, step: Step = Step.MATCHING, part: int | None = None
    ) -> Iterator[Attempt]:
        """Report what becomes of an object; what fails inside goes into escrow and is not raised.

        Only what is no *part* of something larger, such as *part* members of a group, settles the escrow by its
        success. A quarantine still goes through.
        """
        attempt = Attempt(kind, id, name, step, self.now, part or 1)
        key = _key(kind, id)
        try:
            yield attempt
        except Quarantine:
            raise
        except ProvisioningError as error:
            attempt.fail(self.report, error)
            if not self.on_demand:
                former = self.state.escrow.get(key)
                self.state.escrow[key] = escrow.failed(former, mark=mark, code=error.code, name=name, now=self.now)
        else:
            if part is None:
                self.settle(kind, id)
            attempt.succeed(self.report)

    def target_of(self, user_id: str) -> str | None:
        """Return the id in the target of a user who is managed, or ``None`` if there is none to refer to.

        Nobody refers to a user who left, even if disabling that user failed.
        """
        link, user = self.state.users.get(user_id), self.source.users.get(user_id)
        if link is None or user is None or user.soft_deleted or user_id in self.scope.users:
            return None
        return link.target_id if link.standing is Standing.MANAGED else None

    def unchanged(self, kind: Kind, number: int = 1) -> None:
        """Count what needs no attempt."""
        self.report.count(kind, Action.UNCHANGED, number)


def _key(kind: Kind, id: str) -> str:
    return f"{kind}:{id}"


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
