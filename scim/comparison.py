"""How values are compared: by filters, by uniqueness and by the keys that the storage builds."""

from typing import Any
from unicodedata import normalize


def fold(text: str, *, case_exact: bool = False) -> str:
    """The form of *text* in which two equal values are the same string.

    Unicode Normalization Form C, and without letter case unless *case_exact*.  Folding twice changes nothing, so a
    stored form can be folded again.  Source: RFC 7643 §2.2, the canonical caseless match of Unicode 3.13.
    """
    if text.isascii():
        return text if case_exact else text.lower()
    if case_exact:
        return normalize("NFC", text)
    return normalize("NFC", normalize("NFD", text).casefold())


def comparison_key(binding: Any, text: str) -> str:
    """`fold` as the function that a scim2-models policy compares by; *binding* is its ``AttributeBinding``."""
    return fold(text, case_exact=binding.case_exact)
