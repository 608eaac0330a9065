"""What the Entra tenant has of the Enterprise Application, read from Graph (entra.md §8)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outbound.graph import Graph, NotThere

NON_GALLERY = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
"""The template of applications of one's own; only what is made from a template can be provisioned."""
JOB_TEMPLATE = "scim"
DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"

_MARK = re.compile(r"^Rollcall credentials: (\S+) (\S+)$", re.MULTILINE)

_NOT_OURS = """\
an application is called {name!r} already ({appId}) without a unique name; it may be somebody else's, and is left alone.
If it is the one meant, give it the unique name; apply then replaces its token, settings and mappings:
  az rest --method PATCH --url {url}/applications/{id} --body '{{"uniqueName": "{unique_name}"}}'
If not, choose another name."""


class Ambiguous(Exception):
    """Several applications could be meant, or one of which nothing says that it is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Which token Entra has, and with which settings: secrets cannot be read back, so this is noted beside them."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Job:
    """The synchronization job, as Graph shows it."""

    id: str
    shown: Mapping[str, Any]

    @property
    def is_running(self) -> bool:
        return bool(self.shown["schedule"]["state"] == "Active")


@dataclass(frozen=True, slots=True)
class Found:
    """An application and its service principal."""

    object_id: str
    app_id: str
    principal_id: str
    name: str
    unique_name: str | None
    notes: str
    role: str
    owners: frozenset[str]
    """Those of both, application and service principal."""
    assigned: frozenset[str]
    job: Job | None
    schema: dict[str, Any] | None

    @property
    def mark(self) -> Mark | None:
        found = _MARK.search(self.notes)
        return Mark(found[1], found[2]) if found else None

    def notes_with(self, mark: Mark) -> str:
        """The notes with *mark* in place of the one before; what people wrote there stays."""
        line = f"Rollcall credentials: {mark.key} {mark.fingerprint}"
        return _MARK.sub(line, self.notes) if self.mark else "\n".join(filter(None, (self.notes, line)))


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of what was just made; a search may not find it yet."""

    application: str
    principal: str


async def find(graph: Graph, unique_name: str, name: str, made: Ids | None = None) -> Found | None:
    """The application with that unique name, or one on its way to it; None where there is none.

    Raises:
        GraphError: Among others NotThere, where Graph's copies do not agree yet.
        Ambiguous: Several are on their way, or another one that could be provisioned has that *name*.
    """
    application = await _application(graph, unique_name, name, made)
    if application is None:
        return None
    principal = await _principal(graph, application["appId"], made)
    path = f"/servicePrincipals/{principal['id']}"
    jobs = await graph.list_all(f"{path}/synchronization/jobs")
    job = next((Job(each["id"], each) for each in jobs if each["templateId"] == JOB_TEMPLATE), None)
    return Found(
        object_id=application["id"],
        app_id=application["appId"],
        principal_id=principal["id"],
        name=application["displayName"],
        unique_name=application.get("uniqueName"),
        notes=principal.get("notes") or "",
        role=_role(principal),
        owners=await owners(graph, f"/applications/{application['id']}") & await owners(graph, path),
        assigned=frozenset(each["principalId"] for each in await graph.list_all(f"{path}/appRoleAssignedTo")),
        job=job,
        schema=await graph.get(f"{path}/synchronization/jobs/{job.id}/schema") if job else None,
    )


async def _application(graph: Graph, unique_name: str, name: str, made: Ids | None) -> dict[str, Any] | None:
    if made is not None:
        return dict(await graph.get(f"/applications/{made.application}"))
    named = await graph.list_all("/applications", filter=f"uniqueName eq '{_quoted(unique_name)}'")
    if named:
        return named[0]
    ours = await _without_unique_name(graph, unfinished(unique_name))
    if len(ours) > 1:
        raise Ambiguous(f"{len(ours)} applications are called {unfinished(unique_name)!r}; delete all but one")
    if ours:
        return ours[0]
    for each in await _without_unique_name(graph, name):
        raise Ambiguous(_NOT_OURS.format(name=name, unique_name=unique_name, url=graph.base, **each))
    return None


def unfinished(unique_name: str) -> str:
    """What an application is called until it has its unique name; so a run after one that was cut off knows it."""
    return f"{unique_name} (being made)"


async def _without_unique_name(graph: Graph, name: str) -> list[dict[str, Any]]:
    """The applications of that name that could be provisioned and do not say whose they are."""
    alike = await graph.list_all("/applications", filter=f"displayName eq '{_quoted(name)}'")
    return [each for each in alike if each.get("applicationTemplateId") == NON_GALLERY and not each.get("uniqueName")]


async def _principal(graph: Graph, app_id: str, made: Ids | None) -> dict[str, Any]:
    if made is not None:
        return dict(await graph.get(f"/servicePrincipals/{made.principal}"))
    found = await graph.list_all("/servicePrincipals", filter=f"appId eq '{app_id}'")
    if not found:
        raise NotThere(f"the application {app_id} has no service principal, or not yet")
    return found[0]


async def owners(graph: Graph, path: str) -> frozenset[str]:
    """The ids of those who own what is at *path*.  Raises: GraphError."""
    return frozenset(each["id"] for each in await graph.list_all(f"{path}/owners"))


def _role(principal: Mapping[str, Any]) -> str:
    """The role that an assignment carries: the template's User, else the default one."""
    roles = [each for each in principal.get("appRoles", []) if each["isEnabled"] and each["displayName"] == "User"]
    return str(roles[0]["id"]) if roles else DEFAULT_ROLE


def _quoted(text: str) -> str:
    return text.replace("'", "''")
