"""What can be done to come nearer to the declaration; each action shows in what is read after it."""

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

from cli.enterprise import mapping
from cli.enterprise.declaration import Declaration
from cli.enterprise.mapping import Difference
from cli.enterprise.rollcall import NewKey, Rollcall
from cli.enterprise.tenant import JOB_TEMPLATE, NON_GALLERY, Found, Ids, Mark, owners, unfinished
from outbound.graph import Graph, NotThere, Refused


@dataclass
class World:
    """What actions work on; ``found`` is as last read, ``made`` and ``issued`` what was made since the start."""

    graph: Graph
    rollcall: Rollcall
    declared: Declaration
    url: str
    found: Found | None = None
    made: Ids | None = None
    issued: NewKey | None = field(default=None, repr=False)

    @property
    def application(self) -> Found:
        return _read(self.found)

    @property
    def principal(self) -> str:
        return f"/servicePrincipals/{self.application.principal_id}"

    @property
    def job(self) -> str:
        return f"{self.principal}/synchronization/jobs/{_read(self.application.job).id}"


def _read[T](value: T | None) -> T:
    if value is None:
        raise LookupError("an action came before what it works on was read")
    return value


class Action(Protocol):
    """One step; equal actions are the same step."""

    @property
    def title(self) -> str: ...

    @property
    def details(self) -> tuple[Difference, ...]: ...

    async def run(self, world: World) -> None: ...


@dataclass(frozen=True)
class _Plain:
    """An action whose title says everything."""

    @property
    def details(self) -> tuple[Difference, ...]:
        return ()


@dataclass(frozen=True)
class OpenAccount(_Plain):
    """Open the account in Rollcall."""

    name: str
    title = "open the account in Rollcall"

    async def run(self, world: World) -> None:
        await world.rollcall.open_account(self.name)


@dataclass(frozen=True)
class Instantiate(_Plain):
    """Make the application and its service principal from the template, with a name that it has until it is ours."""

    unique_name: str

    @property
    def title(self) -> str:
        return f"make the application {self.unique_name}"

    async def run(self, world: World) -> None:
        made = await world.graph.post(
            f"/applicationTemplates/{NON_GALLERY}/instantiate", {"displayName": unfinished(self.unique_name)}
        )
        world.made = Ids(made["application"]["id"], made["servicePrincipal"]["id"])


@dataclass(frozen=True)
class Describe(_Plain):
    """Give the application its unique name, by which it is found from then on, or another name."""

    field: str
    before: str | None
    after: str

    @property
    def title(self) -> str:
        return f"set its {self.field}"

    @property
    def details(self) -> tuple[Difference, ...]:
        return (Difference(self.field, self.before, self.after),)

    async def run(self, world: World) -> None:
        await world.graph.patch(f"/applications/{world.application.object_id}", {self.field: self.after})


@dataclass(frozen=True)
class AddOwner(_Plain):
    """Make somebody owner of application and service principal."""

    id: str

    @property
    def title(self) -> str:
        return f"make {self.id} an owner"

    async def run(self, world: World) -> None:
        body = {"@odata.id": f"{world.graph.base}/directoryObjects/{self.id}"}
        for path in (f"/applications/{world.application.object_id}", world.principal):
            if self.id not in await owners(world.graph, path):
                await world.graph.post(f"{path}/owners/$ref", body)


@dataclass(frozen=True)
class InstallCredentials(_Plain):
    """Issue a token, have Entra try it, and only then give it to the job with the other secrets."""

    reason: str
    lifetime_days: int
    fingerprint: str

    @property
    def title(self) -> str:
        return f"issue a token for {self.lifetime_days} days, test it, and give it to Entra ({self.reason})"

    async def run(self, world: World) -> None:
        kept = await _settings_of_others(world)
        if world.issued is None:
            await self._make_room(world)
            world.issued = await world.rollcall.issue(self.lifetime_days)
        new = world.issued
        tried = [{"key": "BaseAddress", "value": world.url}, {"key": "SecretToken", "value": new.text}]
        try:
            await validate(world, tried)
        except Refused:
            await world.rollcall.revoke(new.key.id)
            raise
        secrets = [*tried, *_settings(world.declared), *kept]
        await world.graph.put(f"{world.principal}/synchronization/secrets", {"value": secrets})
        notes = world.application.notes_with(Mark(new.key.id, self.fingerprint))
        await world.graph.patch(world.principal, {"notes": notes})
        world.issued = None

    async def _make_room(self, world: World) -> None:
        """Revoke what runs before left behind, but for the newest: Entra may have got it without our noting it."""
        mark = world.application.mark
        others = [each.id for each in await world.rollcall.keys() if mark is None or each.id != mark.key]
        for each in others[:-1]:
            await world.rollcall.revoke(each)


async def validate(world: World, credentials: list[dict[str, str]] | None) -> None:
    """Test Connection, with *credentials* or else with those that Entra has.  Raises: GraphError."""
    body = {
        "templateId": JOB_TEMPLATE,
        "useSavedCredentials": credentials is None,
        "credentials": credentials or [],
    }
    await world.graph.post(f"{world.principal}/synchronization/jobs/validateCredentials", body)


def settings_of(declared: Declaration, url: str) -> list[dict[str, str]]:
    """What is put beside the token, which tells whether it must be put again."""
    return [{"key": "BaseAddress", "value": url}, *_settings(declared)]


def _settings(declared: Declaration) -> list[dict[str, str]]:
    notify = declared.notifications
    value: dict[str, Any] = {
        "Enabled": notify.email is not None,
        "Recipients": notify.email or "",
        "DeleteThresholdEnabled": notify.delete_threshold is not None,
        "DeleteThresholdValue": notify.delete_threshold or 0,
    }
    return [
        {"key": "SyncAll", "value": str(declared.scope == "all")},
        {"key": "SyncNotificationSettings", "value": json.dumps(value, separators=(",", ":"))},
    ]


async def _settings_of_others(world: World) -> list[dict[str, str]]:
    """What somebody else put beside the token, such as SkipOutOfScopeDeletions: what is put replaces all there is.

    Only the beta tells them, and of what is secret it shows asterisks, or nothing.
    Source: "Skip deletion of user accounts that go out of scope", step 3.
    """
    try:
        listed = await world.graph.get(f"/beta{world.principal}/synchronization/secrets")
    except NotThere:  # a new application
        return []
    ours = {"SecretToken", *(each["key"] for each in settings_of(world.declared, world.url))}
    others = [each for each in listed["value"] if each["key"] not in ours and (each["value"] or "").strip("*")]
    return [{"key": each["key"], "value": each["value"]} for each in others]


@dataclass(frozen=True)
class CreateJob(_Plain):
    """Make the synchronization job; it is not started."""

    title = "make the synchronization job"

    async def run(self, world: World) -> None:
        await world.graph.post(f"{world.principal}/synchronization/jobs", {"templateId": JOB_TEMPLATE})


@dataclass(frozen=True)
class WriteMappings:
    """Write mappings and scoping filters; Entra then looks at every object once more."""

    details: tuple[Difference, ...] = field(default=(), compare=False)
    title = "write mappings and scoping filters"

    async def run(self, world: World) -> None:
        schema = _read(world.application.schema)
        sources = {each: await self._parse(world, each) for each in sorted(mapping.formulas(world.declared.mappings))}
        await world.graph.put(f"{world.job}/schema", mapping.applied(schema, world.declared.mappings, sources))

    async def _parse(self, world: World, expression: str) -> dict[str, Any]:
        answer = await world.graph.post(f"{world.job}/schema/parseExpression", {"expression": expression})
        if not answer["parsingSucceeded"]:
            raise BadExpression(f"{expression}: {(answer.get('error') or {}).get('message', 'not an expression')}")
        return dict(answer["parsedExpression"])


class BadExpression(Exception):
    """Entra does not understand an expression of a mapping."""


@dataclass(frozen=True)
class Assign(_Plain):
    """Let a user or a group be provisioned."""

    id: str

    @property
    def title(self) -> str:
        return f"assign {self.id}"

    async def run(self, world: World) -> None:
        found = world.application
        body = {"principalId": self.id, "resourceId": found.principal_id, "appRoleId": found.role}
        await world.graph.post(f"{world.principal}/appRoleAssignedTo", body)


@dataclass(frozen=True)
class Control(_Plain):
    """Start or pause the job."""

    verb: str

    @property
    def title(self) -> str:
        return f"{self.verb} the job"

    async def run(self, world: World) -> None:
        await world.graph.post(f"{world.job}/{self.verb}")


@dataclass(frozen=True)
class RevokeKey(_Plain):
    """Revoke a token that Entra no longer uses."""

    id: str

    @property
    def title(self) -> str:
        return f"revoke the token {self.id}, which Entra no longer has"

    async def run(self, world: World) -> None:
        await world.rollcall.revoke(self.id)
