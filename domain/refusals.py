"""What the manager API refuses by a rule of ours: each refusal has a code for programs and a reason for people.

Refusal              status
+- Refused           400     a rule speaks against it, whoever asks
+- Forbidden         403     somebody else may
+- Conflict          409     it contradicts what is there
"""

from typing import ClassVar


class Refusal(Exception):
    """A rule speaks against what was asked; *reason* says which, who owns the resource, and what to do instead."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Refused(Refusal):
    """The rule holds for everybody."""


class Forbidden(Refusal):
    """The caller lacks the rank for it."""

    status = 403


class Conflict(Refusal):
    """What is there already stands against it."""

    status = 409
