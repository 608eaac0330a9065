"""What a check is, and how it is offered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from simulator.validation.session import Session


class Suite(StrEnum):
    """Where a check comes from; a failure in the validator's or the onboarding's suite is one that matters."""

    USERS = "SCIM Validator: users"
    GROUPS = "SCIM Validator: groups"
    PREVIEW = "SCIM Validator: preview"
    ONBOARDING = "Gallery onboarding"
    WIRE = "Entra's requests"
    OLDER = "Older forms"
    QUIRKS = "Quirks on record"


type Run = Callable[[Session], Awaitable[None]]


@dataclass(frozen=True)
class Check:
    """One test by its name; optional ones do not decide the verdict."""

    key: str
    name: str
    suite: Suite
    run: Run
    required: bool = True


class Collection:
    """Gathers the checks of one module, in the order in which they stand there."""

    def __init__(self, suite: Suite, *, required: bool = True) -> None:
        self.checks: list[Check] = []
        self._suite = suite
        self._required = required

    def check(self, key: str, name: str, *, required: bool | None = None) -> Callable[[Run], Run]:
        """Return a decorator that adds a check."""

        def add(run: Run) -> Run:
            needed = self._required if required is None else required
            self.checks.append(Check(key, name, self._suite, run, needed))
            return run

        return add
