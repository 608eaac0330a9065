"""Entra provisions a directory, over and over, through the real service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from devstack.service import ROOT
from simulator.connection import check_connection
from simulator.cycle import run_cycle
from simulator.directory import Directory, SourceGroup, SourceUser
from simulator.folder import read_directory
from simulator.job import Job
from simulator.outcome import Action, CycleReport, Kind
from simulator.protocol import Dialect
from simulator.scim_client import ScimClient
from simulator.state import State
from tests.stack import Service, Tenant

CONTOSO = read_directory(ROOT / "simulator" / "samples" / "contoso")
FABRIKAM = read_directory(ROOT / "simulator" / "samples" / "fabrikam-portal")

type Counts = dict[tuple[Kind, Action], int]


@dataclass
class Provisioner:
    """One provisioning job: a client, a dialect, and what it remembers."""

    client: ScimClient
    dialect: Dialect
    state: State

    async def provision(self, source: Directory) -> CycleReport:
        report = await run_cycle(source, self.client, job=Job(self.dialect), state=self.state)
        assert report.succeeded, (report.quarantine, report.failures[:5])
        return report

    def restart(self) -> None:
        self.state = State()


@asynccontextmanager
async def job_on(service: Service, tenant: Tenant, dialect: Dialect) -> AsyncIterator[Provisioner]:
    async with ScimClient(tenant.url, tenant.token, transport=service.transport) as client:
        yield Provisioner(client, dialect, State())


def changes(report: CycleReport) -> Counts:
    """How many objects of each kind were changed, and how."""
    return {
        (kind, action): number
        for kind, counter in report.counts.items()
        for action, number in counter.items()
        if number and action not in (Action.UNCHANGED, Action.SKIPPED)
    }


def named(source: Directory, name: str) -> tuple[SourceUser, SourceGroup]:
    """A user of the group that is called *name* who also has a manager, and the group."""
    group = next(each for each in source.groups.values() if each.display_name == name)
    user = next(source.users[each] for each in group.members if source.users[each].manager_id)
    return user, group


def changed(source: Directory, *objects: SourceUser | SourceGroup, without: str) -> Directory:
    """The directory with these objects in place of those that have their ids, and without one user."""
    users = {id: user for id, user in source.users.items() if id != without}
    users |= {each.id: each for each in objects if isinstance(each, SourceUser)}
    groups = {
        id: replace(group, members=tuple(each for each in group.members if each != without))
        for id, group in source.groups.items()
    }
    return Directory(users, groups | {each.id: each for each in objects if isinstance(each, SourceGroup)})


async def resource(tenant: Tenant, path: str) -> dict[str, Any]:
    answer = await tenant.client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(params=[Dialect.LEGACY, Dialect.FLAG])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    chosen: Dialect = request.param
    return chosen


async def test_contoso(service: Service, tenant: Tenant, dialect: Dialect) -> None:
    """A whole directory arrives without a failure; another cycle has nothing to do, even if it remembers nothing."""
    async with job_on(service, tenant, dialect) as job:
        assert (await check_connection(job.client)).failure is None
        assert changes(await job.provision(CONTOSO)) == {
            (Kind.USER, Action.CREATED): 198,
            (Kind.GROUP, Action.CREATED): 24,
            (Kind.MANAGER, Action.UPDATED): 183,
            (Kind.MEMBERSHIP, Action.CREATED): 428,
        }
        assert changes(await job.provision(CONTOSO)) == {}
        job.restart()
        assert changes(await job.provision(CONTOSO)) == {}
    assert (await resource(tenant, "/Users?count=0"))["totalResults"] == 198
    assert (await resource(tenant, "/Groups?count=0"))["totalResults"] == 24


async def test_changes(service: Service, tenant: Tenant, dialect: Dialect) -> None:
    """A mover, a leaver, a renamed group and a removed member arrive as just that, and nothing else is touched."""
    user, group = named(CONTOSO, "Executive")
    small = _only(CONTOSO, group)
    leaver = small.users[next(each for each in group.members if each != user.id)]
    removed = next(each for each in group.members if each not in (user.id, leaver.id))
    mover = replace(
        user, attributes={**user.attributes, "department": "Space", "jobTitle": "Pilot"}, manager_id=removed
    )
    staying = tuple(each for each in group.members if each not in (removed, leaver.id))
    renamed = replace(group, display_name="Executives & Friends", members=staying)

    async with job_on(service, tenant, dialect) as job:
        await job.provision(small)
        ids = {id: str(link.target_id) for id, link in job.state.users.items()}
        group_id = job.state.groups[group.id].target_id
        report = await job.provision(changed(small, mover, renamed, without=leaver.id))

    assert changes(report) == {
        (Kind.USER, Action.UPDATED): 1,
        (Kind.USER, Action.DISABLED): 1,
        (Kind.GROUP, Action.UPDATED): 1,
        (Kind.MANAGER, Action.UPDATED): 1,
        (Kind.MEMBERSHIP, Action.DELETED): 1,
    }
    moved = await resource(tenant, f"/Users/{ids[user.id]}")
    enterprise = moved["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
    assert (moved["title"], enterprise["department"], enterprise["manager"]["value"]) == (
        "Pilot",
        "Space",
        ids[removed],
    )
    left = await resource(tenant, f"/Users/{ids[leaver.id]}")
    assert left["active"] is False
    assert [each["value"] for each in left["groups"]] == [group_id]
    seen = await resource(tenant, f"/Groups/{group_id}")
    assert seen["displayName"] == "Executives & Friends"
    assert {each["value"] for each in seen["members"]} == {ids[each] for each in (*staying, leaver.id)}


async def test_return(service: Service, tenant: Tenant, dialect: Dialect) -> None:
    """Who leaves and comes back is the same user, active, and still in the groups."""
    user, group = named(CONTOSO, "Executive")
    small = _only(CONTOSO, group)
    async with job_on(service, tenant, dialect) as job:
        await job.provision(small)
        before = await resource(tenant, f"/Users/{job.state.users[user.id].target_id}")
        await job.provision(changed(small, without=user.id))
        report = await job.provision(small)
    assert report.counts[Kind.USER][Action.CREATED] == 0
    after = await resource(tenant, f"/Users/{before['id']}")
    assert {**after, "meta": None} == {**before, "meta": None}


async def test_portal_export(service: Service, tenant: Tenant, dialect: Dialect) -> None:
    """The files that Entra's portal exports arrive as well, and a deleted group goes."""
    async with job_on(service, tenant, dialect) as job:
        await job.provision(FABRIKAM)
        gone = next(iter(FABRIKAM.groups))
        fewer = Directory(FABRIKAM.users, {id: each for id, each in FABRIKAM.groups.items() if id != gone})
        assert changes(await job.provision(fewer)) == {(Kind.GROUP, Action.DELETED): 1}
    assert (await resource(tenant, "/Groups?count=0"))["totalResults"] == len(fewer.groups)


def _only(source: Directory, group: SourceGroup) -> Directory:
    """The directory of one group: its members, with managers among them only."""
    users = {id: source.users[id] for id in group.members}
    for id, user in users.items():
        if user.manager_id not in users:
            users[id] = replace(user, manager_id=None)
    return Directory(users, {group.id: group})
