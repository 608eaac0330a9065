"""What a snapshot says would be deployed, asked by type of resource."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ROLE = "Microsoft.Authorization/roleAssignments"


@dataclass(frozen=True, slots=True)
class Role:
    """A role that somebody gets: its definition's id, and the resource it is for, as path below the resource group."""

    definition: str
    scope: str
    principal: str


@dataclass(frozen=True)
class Deployment:
    """The resources of a snapshot."""

    snapshot: Mapping[str, Any]

    @property
    def resources(self) -> list[Mapping[str, Any]]:
        return list(self.snapshot["predictedResources"])

    def all(self, kind: str) -> list[Mapping[str, Any]]:
        """The resources of one type, without ``Microsoft.``."""
        return [each for each in self.resources if each["type"] == f"Microsoft.{kind}"]

    def one(self, kind: str) -> Mapping[str, Any]:
        (found,) = self.all(kind)
        return found

    def types(self) -> set[str]:
        return {each["type"] for each in self.resources}

    def settings(self) -> dict[str, str]:
        """The app settings by name."""
        listed = self.one("Web/sites")["properties"]["siteConfig"]["appSettings"]
        return {each["name"]: each["value"] for each in listed}

    def roles(self) -> set[Role]:
        return {_role(each) for each in self.resources if each["type"] == _ROLE}

    def texts(self) -> Iterator[str]:
        """Every string anywhere in the resources."""
        yield from _texts(self.resources)


def _role(resource: Mapping[str, Any]) -> Role:
    scope = re.search(r"/providers/(.+)/providers/Microsoft\.Authorization/", resource["id"])
    properties = resource["properties"]
    return Role(
        definition=properties["roleDefinitionId"].rpartition("/")[2],
        scope=scope[1] if scope else resource["id"],
        principal=properties["principalId"],
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield name
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
