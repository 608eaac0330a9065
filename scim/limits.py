"""How much one request may ask for.  A service sets its limits once, when it starts; docs/limits.md lists them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may have at most."""

    body_bytes: int = 1_048_576
    depth: int = 64
    """Objects and lists within each other."""
    bulk_operations: int = 1_000
    patch_operations: int = 2_000
    """Entra's largest request, with its flag, removes members by one operation each."""
    filter_length: int = 10_000
    """Characters; Entra's own expressions are limited to as many."""
    filter_terms: int = 100
    """Comparisons.  How deep a filter nests is bounded by the library."""
    members: int = 20_000
    """Members of groups that one request names."""
    page_size: int = 1_000
    """Resources of one page."""


_limits = Limits()


def limits() -> Limits:
    """The limits that hold in this process."""
    return _limits


def set_limits(chosen: Limits) -> None:
    """Have *chosen* hold in this process from now on."""
    global _limits
    _limits = chosen
