"""What answers where no route does: the host itself would say an empty 404, whatever is wrong (azure.md §1.2)."""

from collections.abc import Sequence

from scim2_models import NotFoundException

from routes.http import Request, Response
from routes.route import Route
from scim.errors import MethodNotAllowed

_BASES = (["scim", "account"], ["manager", "account"])
"""What stands before the id of an account."""


def account_in(path: str) -> str | None:
    """The account that *path* is about, or None where it is below no base of ours."""
    segments = path.strip("/").split("/")
    below = len(segments) > 2 and [each.lower() for each in segments[:2]] in _BASES
    return segments[2] if below else None


def allowed_methods(path: str, routes: Sequence[Route]) -> tuple[str, ...]:
    """The methods that *path* takes; none where no route has it.

    Where a literal and a parameter both fit, the literal is meant: ``/Users/.search`` is no user.
    """
    fitting = [route for route in routes if route.has_path(path)]
    closest = max((route.literals for route in fitting), default=0)
    return tuple(sorted({method for route in fitting if route.literals == closest for method in route.methods}))


def rivals(route: Route, routes: Sequence[Route]) -> tuple[Route, ...]:
    """Those of *routes* that are meant by paths which the host hands to *route*, whose template fits them too."""
    return tuple(each for each in routes if each.literals > route.literals and route.has_path(each.template))


def check_meant(path: str, others: Sequence[Route]) -> None:
    """Refuse a path that the host handed over although it is one of the *others*'.  Raises: MethodNotAllowed."""
    if allowed := allowed_methods(path, others):
        raise MethodNotAllowed(allowed)


def refuse(routes: Sequence[Route], request: Request) -> Response:
    """What a path takes for OPTIONS, 405 for a method that it does not take, and 404 for a path that is not ours.

    Raises:
        MethodNotAllowed, NotFoundException: As said.
    """
    allowed = allowed_methods(request.path, routes)
    if not allowed or request.method in allowed:  # allowed, and yet with no route: ``/Users//``
        raise NotFoundException(detail=f"there is nothing at {request.path}")
    if request.method == "OPTIONS":
        return Response(204, headers={"Allow": ", ".join((*allowed, "OPTIONS"))})
    raise MethodNotAllowed(allowed)
