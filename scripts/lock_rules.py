"""Writes docs/lock-rules.md from the tables in ``domain/native/locks.py``: ``python -m scripts.lock_rules``."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from domain.native.locks import GROUP_RULES, REASONS, USER_RULES, GroupStanding, UserStanding, Verdict

PATH = Path(__file__).parent.parent / "docs" / "lock-rules.md"

_INTRODUCTION = """\
# Lock rules

What administrators may do to users and groups in the manager API, by who owns them. Provisioned users and groups belong
to the identity provider: what it keeps up to date is locked here, all else stays free. This page is made from
`domain/native/locks.py` (`python -m scripts.lock_rules`); the API decides by the same tables.

A user of SCIM who is in at least one SCIM group is *group managed*, else *directly assigned*; that changes at once when
the first such membership begins or the last one ends. ✔ is allowed, n/a does not apply. ✔¹ is refused with
`LAST_ACCOUNT_ADMIN` where nobody would be Account Admin any more; ✔² takes an Account Admin and is audited. With the
account setting `nativeDelete` users and groups of SCIM can be removed here too; the identity provider may bring them
back. Who is the last Account Admin cannot be locked either, nor taken out of the group, the organization or the project
by which that is so; and who may less than the members of one of these puts nobody into it (`NOT_ALLOWED`). Cloning a
group and its notification preferences have their rule here before the API offers them.
"""
_SIGNS = {
    Verdict.ALLOWED: "✔",
    Verdict.NOT_LAST_ADMIN: "✔¹",
    Verdict.ADMIN_ONLY: "✔²",
    Verdict.DOES_NOT_APPLY: "n/a",
}


def page() -> str:
    """The whole page."""
    parts = (
        _INTRODUCTION,
        "## Groups\n\n" + "\n".join(_table(GROUP_RULES, GroupStanding)),
        "## Users\n\n" + "\n".join(_table(USER_RULES, UserStanding)),
        "## Refusals\n\n" + "\n".join(_reasons()),
    )
    return "\n\n".join(each.strip() for each in parts) + "\n"


def _table[O: StrEnum, S: StrEnum](rules: Mapping[O, Mapping[S, Verdict]], standings: type[S]) -> Iterator[str]:
    yield f"| | {' | '.join(standings)} |"
    yield f"|---|{'---|' * len(standings)}"
    for operation, row in rules.items():
        cells = (_SIGNS.get(row[each], f"`{row[each]}`") for each in standings)
        yield f"| {operation} | {' | '.join(cells)} |"


def _reasons() -> Iterator[str]:
    yield "| code | status | reason |"
    yield "|---|---|---|"
    for verdict, reason in REASONS.items():
        yield f"| `{verdict}` | 400 | {reason.format(doing='…', standing='…')} |"
    yield "| `LAST_ACCOUNT_ADMIN` | 400 | nobody would be Account Admin any more; make somebody else one first |"
    yield "| `ACCOUNT_ADMIN_NEEDED` | 403 | only an Account Admin may do it |"


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
