"""Identifiers of groups: made from the name once, unique in their scope, and never changed by a rename.

Source: harness.md §2.9 edition C, §4.6; DESIGN §6 X1 to X3: no name is refused for what it would make.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from itertools import count

MAX_LENGTH = 128
ALL_USERS = {"account": "_account_all_users", "org": "_organization_all_users", "project": "_project_all_users"}
"""The identifier of the group of all users, by the level of its scope."""

_VALID = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,127}")
_DROPPED = re.compile(r"[^A-Za-z0-9_$ ]")
_WORDS = """
or and eq ne lt gt le ge div mod not null true false new var return step parallel stepGroup org account class
shellScriptProvisioner status liteEngineTask
"""
_RESERVED = frozenset(_WORDS.split()) | frozenset(ALL_USERS.values())
"""Reserved in exactly this letter case."""


def derive(name: str) -> str:
    """What the written rule makes of *name*, which may be no identifier at all.

    Dots, hyphens and spaces become ``_``, accents go, so do digits and ``$`` at the beginning, and whatever else is
    neither a letter, a digit, ``_`` nor ``$``.
    """
    text = name.strip().replace(".", "_").replace("-", "_")
    decomposed = unicodedata.normalize("NFD", text)
    text = "".join(each for each in decomposed if not unicodedata.combining(each)).strip()
    text = text.lstrip("0123456789-$")
    return _DROPPED.sub("", text).replace(" ", "_")


def is_identifier(text: str) -> bool:
    """Whether *text* can be the identifier of a group: ASCII, a letter or ``_`` first, at most 128, not reserved."""
    return _VALID.fullmatch(text) is not None and text not in _RESERVED


def identifier_for(name: str) -> str:
    """The identifier that a group of this *name* wants: the derived one, else one made of a hash of the name."""
    derived = derive(name)
    if is_identifier(derived):
        return derived
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    if len(derived) > MAX_LENGTH and is_identifier(derived[:MAX_LENGTH]):
        return f"{derived[: MAX_LENGTH - 9]}_{digest}"
    return f"group_{digest}"


def free_identifier(wanted: str, taken: Collection[str]) -> str:
    """*wanted*, or with the first of ``_1``, ``_2``, … that is not *taken*; never longer than an identifier may be."""
    if wanted not in taken:
        return wanted
    numbered = (f"{wanted[: MAX_LENGTH - len(suffix)]}{suffix}" for suffix in (f"_{each}" for each in count(1)))
    return next(each for each in numbered if each not in taken)


def stem(wanted: str) -> str:
    """What all identifiers begin with that `free_identifier` may give instead of *wanted*."""
    return wanted[: MAX_LENGTH - 8]
