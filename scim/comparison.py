"""How values are compared: by filters, by uniqueness and by the keys that the storage builds."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from unicodedata import decomposition, normalize

_OTHER_WIDTH = re.compile("[\u3000\uff01-\uffee]")
"""Where the fullwidth and halfwidth forms are."""


def fold(text: str, *, case_exact: bool = False) -> str:
    """The form of *text* in which two equal values are the same string.

    Unicode Normalization Form C; unless *case_exact* also without letter case and without the width of East Asian
    forms.  Folding twice changes nothing, so a stored form can be folded again.  Source: RFC 7643 §2.2, RFC 8265 §3.3
    (UsernameCaseMapped), with the canonical caseless match of Unicode 3.13, which knows more letters.
    """
    if text.isascii():
        return text if case_exact else text.lower()
    if case_exact:
        return normalize("NFC", text)
    narrow = _OTHER_WIDTH.sub(lambda found: _usual_width(found[0]), text)
    return normalize("NFC", normalize("NFD", narrow).casefold())


def identity(element: Mapping[str, Any], *, case_exact: bool) -> tuple[str, str] | None:
    """What makes two elements of a multi-valued attribute the same: type and value; None for one without a value.

    *case_exact* says how values are compared.  Source: RFC 7643 §2.4.
    """
    value = element.get("value")
    return (fold(str(element.get("type", ""))), fold(value, case_exact=case_exact)) if isinstance(value, str) else None


@cache
def _usual_width(character: str) -> str:
    """The character that a fullwidth or halfwidth form stands for; any other one itself."""
    kind, _, codes = decomposition(character).partition(" ")
    return "".join(chr(int(code, 16)) for code in codes.split()) if kind in ("<wide>", "<narrow>") else character


def comparison_key(binding: Any, text: str) -> str:
    """`fold` as the function that a scim2-models policy compares by; *binding* is its ``AttributeBinding``."""
    return fold(text, case_exact=binding.case_exact)
