"""Test Connection, as the portal's button does it before anything is provisioned."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from simulator.errors import MembersNotExcluded, ProvisioningError
from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import ObjectMapping, Schema
from simulator.scim_client import ScimClient


@dataclass(frozen=True)
class Check:
    """One request of Test Connection and how it went; only ``required`` ones decide."""

    name: str
    required: bool = True
    error: ProvisioningError | None = None


@dataclass(frozen=True)
class ConnectionReport:
    """All checks up to the first required one that failed."""

    checks: tuple[Check, ...]

    @property
    def failure(self) -> ProvisioningError | None:
        """Return why the test failed, or ``None`` if it passed."""
        return next((check.error for check in self.checks if check.required and check.error), None)


async def check_connection(
    target: ScimClient, schema: Schema = DEFAULT_SCHEMA, *, new_value: Callable[[], str] = lambda: str(uuid.uuid4())
) -> ConnectionReport:
    """Return whether provisioning could start: two probes for what cannot exist, two reads, and discovery.

    The probes ask by the first matching attribute of *schema*. That of groups counts even if no groups are provisioned.
    Schema discovery never fails the test.
    """

    async def query_groups() -> None:
        await target.find(
            "Groups", [(_matching(schema.groups, "displayName"), new_value())], excludedAttributes="members"
        )

    async def read_group() -> None:
        found = await target.list_resources("Groups", excludedAttributes="members", startIndex="1", count="1")
        if any(group.get("members") for group in found):
            raise MembersNotExcluded("a group came with members", status=200)

    requests: tuple[tuple[Check, Callable[[], Awaitable[object]]], ...] = (
        (Check("query users"), lambda: target.find("Users", [(_matching(schema.users, "userName"), new_value())])),
        (Check("query groups"), query_groups),
        (Check("read a user"), lambda: target.list_resources("Users", startIndex="1", count="1")),
        (Check("read a group"), read_group),
        (Check("discover schemas", required=False), lambda: target.read("/Schemas")),
    )
    checks: list[Check] = []
    for check, request in requests:
        checks.append(await _run(check, request))
        if check.required and checks[-1].error:
            break
    return ConnectionReport(tuple(checks))


def _matching(mapping: ObjectMapping, default: str) -> str:
    return next((str(each.target) for each in mapping.matching), default)


async def _run(check: Check, request: Callable[[], Awaitable[object]]) -> Check:
    try:
        await request()
    except ProvisioningError as error:
        return Check(check.name, check.required, error)
    return check
