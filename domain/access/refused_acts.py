"""What administrators of access may not do.

Refusal (domain.refusals)
+- Invalid         400  a name, an id or a moment that cannot be one
+- LimitReached    400  there are as many as there may be
+- LastAdmin       400  nobody would be left to administer the account
+- NotAllowed      403  the caller would give what it does not have, or what it is about belongs to another
+- AlreadyExists   409  the name is in use
"""

from domain.refusals import Conflict, Forbidden, Refused


class Invalid(Refused):
    """A name, an id or a moment that cannot be one."""

    def __init__(self, reason: str) -> None:
        super().__init__("INVALID_VALUE", reason)


class LimitReached(Refused):
    """There are as many as there may be."""

    def __init__(self, reason: str) -> None:
        super().__init__("LIMIT_REACHED", reason)


class LastAdmin(Refused):
    """The change would leave an account that nobody may administer."""

    def __init__(self, reason: str) -> None:
        super().__init__("LAST_ACCOUNT_ADMIN", reason)


class NotAllowed(Forbidden):
    """The caller would give what it does not have itself, or what it is about belongs to another."""

    def __init__(self, reason: str) -> None:
        super().__init__("NOT_ALLOWED", reason)


class AlreadyExists(Conflict):
    """The name is in use."""

    def __init__(self, reason: str) -> None:
        super().__init__("ALREADY_EXISTS", reason)
