"""An account, a model of who may do what in it, and calls that are held against the model.

The model learns from answers only whether a call was done; what that means for access it says by itself.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from domain.access.principals import Principal, PrincipalKind
from tests.domain.builders import NOBODY
from tests.routes.access_model import OPENER, Model, Person
from tests.routes.calls import Answer, Api

_UNABLE, _ONESELF = 0.1, 0.4
"""How often somebody acts who may nothing, and how often it is done to oneself."""


@dataclass
class AccessWalk:
    """One account, its model, and who does one thing after another in it."""

    chance: random.Random
    api: Api = field(default_factory=Api)
    model: Model = field(default_factory=Model)
    tokens: dict[str, str] = field(default_factory=dict)
    caller: str = ""
    told: list[str] = field(default_factory=list)
    number: int = 0

    async def open(self) -> None:
        """Open the account, two organizations, and a project."""
        await self.api.open()
        body = {"id": "opener", "name": "Opener", "permissions": sorted(OPENER)}
        await self.api.manage("POST", "/roles", body)
        self.tokens = {
            "service-account:admin": self.api.admin_token,
            "service-account:provisioning": self.api.token,
        }
        for scope, path in (("ops", "/orgs"), ("web", "/orgs/ops/projects"), ("dev", "/orgs")):
            await self.api.manage("POST", path, {"name": scope, "identifier": scope})

    async def step(self, act: "Act") -> None:
        """Somebody does something; what it changes is what the model says, and nobody gives more than they have."""
        self.caller = self._somebody()
        had, before = self.model.rights(self.caller), self.model.everything()
        gives_freely = await act(self)
        self.told.append(f"{act.__name__} by {self.caller}")
        assert self.model.has_admin(), self.told[-5:]
        for each, rights in self.model.everything().items():
            if not gives_freely:
                assert rights - before.get(each, frozenset()) <= had, (each, self.told[-5:])
        await self._check()

    def _somebody(self) -> str:
        """Whoever gets in, mostly one who may something."""
        there = [each for each in self.tokens if self.model.gets_in(each)]
        able = [each for each in there if self.model.rights(each)]
        return self.chance.choice(there if self.chance.random() < _UNABLE else able)

    async def _check(self) -> None:
        """Each token opens what the model says, at once."""
        for each, token in self.tokens.items():
            rights = self.model.rights(each) if each in set(self.model.principals()) else frozenset()
            wanted = {
                "/role-bindings": ("core_role_view", ""),
                "/orgs/ops/groups": ("core_usergroup_view", "ops"),
                "/orgs/ops/projects/web/groups": ("core_usergroup_view", "ops/web"),
            }
            for path, right in wanted.items():
                status = (await self.api.manage("GET", path, token=token)).status
                there = self.model.gets_in(each)
                assert status == (401 if not there else 200 if right in rights else 403), (each, path, self.told[-5:])

    # What acts have in common

    async def scim(self, method: str, path: str, body: Any = None, *, needs: str) -> Answer | None:
        """The answer to a call of the client that was done."""
        answer = await self.api.call(method, path, body, token=self.tokens[self.caller])
        return self._done(answer, needs, "")

    async def manage(self, method: str, path: str, body: Any = None, *, needs: str, scope: str = "") -> Answer | None:
        """The answer to a call of an administrator that was done."""
        answer = await self.api.manage(method, path, body, token=self.tokens[self.caller])
        return self._done(answer, needs, scope)

    def _done(self, answer: Answer, needs: str, scope: str) -> Answer | None:
        assert answer.status < 500, answer.content
        may = (needs, scope) in self.model.rights(self.caller)
        if answer.status >= 300:
            assert may or answer.status == 403, (needs, scope, answer.status, self.told[-5:])
            return None
        assert may, (needs, scope, self.caller, self.told[-5:])
        return answer

    def a_user(self) -> str:
        """One who is there, often the caller; sometimes nobody."""
        own = self.caller.removeprefix("user:")
        if own in self.model.users and self.chance.random() < _ONESELF:
            return own
        return self.chance.choice([*self.model.users, *self.model.users, NOBODY])

    def a_group(self, *, native: bool) -> str:
        there = [each for each in self.model.groups if (each in self.model.native) is native]
        return self.chance.choice([*there, *there, NOBODY])

    async def come(self, user: str, email: str, *, scim: bool) -> None:
        self.model.users[user] = Person(email, scim=scim)
        self.tokens[f"user:{user}"] = await self.api.issue(owner=Principal(PrincipalKind.USER, user))


type Act = Callable[[AccessWalk], Awaitable[bool]]
"""What somebody does; whether others may have more afterwards than who did it."""
