"""Runs all checks and comes to a verdict."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

import httpx

from simulator.errors import CredentialsRejected, TargetUnreachable
from simulator.protocol import SCIM_MEDIA_TYPE, JsonObject
from simulator.validation.advice import Exchange
from simulator.validation.checks import Check
from simulator.validation.groups import groups
from simulator.validation.older import older
from simulator.validation.onboarding import onboarding
from simulator.validation.preview import preview
from simulator.validation.quirks import quirks
from simulator.validation.session import Finding, Session
from simulator.validation.users import users
from simulator.validation.wire import wire

ALL_CHECKS: tuple[Check, ...] = tuple(
    check for collection in (users, groups, preview, onboarding, wire, older, quirks) for check in collection.checks
)


@dataclass(frozen=True)
class Result:
    """How one check went; ``exchanges`` are its requests and answers if it failed."""

    check: Check
    finding: Finding | None = None
    exchanges: tuple[Exchange, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the result as JSON."""
        return {
            "key": self.check.key,
            "name": self.check.name,
            "suite": self.check.suite.value,
            "required": self.check.required,
            "passed": self.finding is None,
            "finding": self.finding.what if self.finding else None,
            "advice": self.finding.advice if self.finding else None,
            "exchanges": [vars(each) for each in self.exchanges],
        }


@dataclass(frozen=True)
class Verdict:
    """All results; the service provider passes if no required check failed.

    ``obstacle`` is why no check was made, and ``seed`` what the names in the requests were made from.
    """

    results: tuple[Result, ...]
    obstacle: Finding | None = None
    seed: int = 0

    @property
    def passed(self) -> bool:
        """Tell whether every required check was made and passed."""
        return self.obstacle is None and not any(each.finding and each.check.required for each in self.results)

    @property
    def failures(self) -> tuple[Result, ...]:
        """Return what failed, the required ones first."""
        failed = (each for each in self.results if each.finding)
        return tuple(sorted(failed, key=lambda each: not each.check.required))

    def to_json(self) -> JsonObject:
        """Return the verdict as JSON."""
        return {
            "passed": self.passed,
            "obstacle": {"what": self.obstacle.what, "advice": self.obstacle.advice} if self.obstacle else None,
            "seed": self.seed,
            "results": [each.to_json() for each in self.results],
        }


async def validate(
    tenant_url: str,
    token: str,
    *,
    seed: int = 0,
    timeout_seconds: float = 30.0,
    checks: Iterable[Check] = ALL_CHECKS,
    on_result: Callable[[Result], None] = lambda _: None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Verdict:
    """Run *checks* one after the other against the service provider at *tenant_url*, and return the verdict.

    Each check makes what it needs, and deletes that afterwards. None is made where there is no SCIM to check.
    """
    headers = {"Authorization": f"Bearer {token}", "Accept": SCIM_MEDIA_TYPE}
    base = tenant_url.partition("?")[0].rstrip("/")
    results: list[Result] = []
    async with httpx.AsyncClient(headers=headers, timeout=timeout_seconds, transport=transport) as http:
        obstacle = await _obstacle(http, base)
        if obstacle is not None:
            return Verdict((), obstacle, seed)
        random = Random(seed)  # noqa: S311  test data
        for check in checks:
            results.append(await _run(check, Session(http, base, random)))
            on_result(results[-1])
    return Verdict(tuple(results), seed=seed)


async def _obstacle(http: httpx.AsyncClient, base: str) -> Finding | None:
    """Return why there is nothing to check: no connection, a rejected token, or a web page in place of SCIM."""
    try:
        response = await http.get(f"{base}/Users", params={"count": "1"})
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        return Finding(f"no connection to {base}: {str(error) or type(error).__name__}", TargetUnreachable.advice)
    except httpx.TransportError:
        return None
    if response.status_code == 401:
        return Finding("the token was not accepted (HTTP 401)", CredentialsRejected.advice)
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        return Finding(f"GET /Users answered {response.status_code} with a web page", "Check the tenant URL.")
    return None


async def _run(check: Check, session: Session) -> Result:
    try:
        await check.run(session)
    except Finding as finding:
        return Result(check, finding, tuple(session.exchanges))
    except (KeyError, TypeError, AttributeError) as error:
        # An answer of a shape that no check expects is the service provider's doing, not ours.
        odd = Finding(f"an answer has an unexpected shape: {error!r}", "Compare the answer with RFC 7643 and 7644.")
        return Result(check, odd, tuple(session.exchanges))
    finally:
        await session.clean()
    return Result(check)
