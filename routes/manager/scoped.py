"""What the routes of native users, groups and places share."""

from domain.access.signin import Caller
from domain.native.counter import Counter
from domain.native.scopes import Scope
from routes.http import Request
from routes.manager.common import View
from routes.route import Services


class ScopeView(View):
    """Where something lives: the account, an organization, or a project."""

    level: str
    org: str | None = None
    project: str | None = None


def view_scope(scope: Scope) -> ScopeView:
    """*scope* as answers show it."""
    return ScopeView(level=scope.level.value, org=scope.org or None, project=scope.project or None)


def scope_of(request: Request) -> Scope:
    """The scope that the path of *request* names; whether it exists is for the rules to say."""
    return Scope(request.route.get("org", ""), request.route.get("project", ""))


def counter_of(services: Services, caller: Caller) -> Counter:
    """Where the caller's native acts are done."""
    return Counter(services.desk, services.native, caller)


def printable(text: str) -> str:
    """*text*, if nothing in it is a control character.  Raises: ValueError."""
    if not text.isprintable():
        raise ValueError("must hold no control characters")
    return text
