"""The functions that work on text."""

import base64
import unicodedata

from simulator.expressions.registry import Function, function, functions_in
from simulator.expressions.values import Context, number_of, text_of
from simulator.values import Redacted, Value, is_empty

# What decomposition into letter and mark does not reach.
_DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"
_LETTERS = str.maketrans(
    {"æ": "ae", "Æ": "AE", "ø": "oe", "Ø": "OE", "œ": "oe", "Œ": "OE", "ß": "ss", "ẞ": "SS"}
    | {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", _DOTLESS_I: "i"}
)
# Separators, control characters, punctuation and symbols, by the first letter of their category.
_WORD_BREAKS = ("Z", "Cc", "Cf", "P", "S")


@function("Append", "source suffix")
def append(_: Context, source: Value, suffix: Value) -> Value:
    return text_of(source) + text_of(suffix)


@function("Prepend", "source prefix")
def prepend(_: Context, source: Value, prefix: Value) -> Value:
    return text_of(prefix) + text_of(source)


@function("ConvertToBase64", "source")
def convert_to_base64(_: Context, source: Value) -> Value:
    return base64.b64encode(text_of(source).encode("utf-16-le")).decode("ascii")


@function("ConvertToUTF8Hex", "source")
def convert_to_utf8_hex(_: Context, source: Value) -> Value:
    return text_of(source).encode().hex().upper()


@function("CStr", "value")
def cstr(_: Context, value: Value) -> Value:
    return None if value is None else text_of(value)


@function("InStr", "value1 value2 start compareType")
def in_str(
    _: Context, value1: Value, value2: Value, start: Value = None, compare_type: Value = "vbBinaryCompare"
) -> Value:
    within, wanted = text_of(value1), text_of(value2)
    if text_of(compare_type) == "vbTextCompare":
        within, wanted = within.lower(), wanted.lower()
    return within.find(wanted, max(number_of(1 if start is None else start) - 1, 0)) + 1


@function("Left", "string numChars")
def left(_: Context, string: Value, number: Value) -> Value:
    count = number_of(number)
    return text_of(string) if count < 0 else text_of(string)[:count]


@function("Len", "string")
def length(_: Context, string: Value) -> Value:
    return len(text_of(string))


@function("Mid", "source start length")
def mid(_: Context, source: Value, start: Value, count: Value) -> Value:
    first = max(number_of(start) - 1, 0)
    return text_of(source)[first : first + max(number_of(count), 0)]


@function("NormalizeDiacritics", "source")
def normalize_diacritics(_: Context, source: Value) -> Value:
    return normalize(text_of(source))


def normalize(text: str) -> str:
    """Return *text* with Latin letters that bear marks, and ligatures, written plainly."""
    decomposed = unicodedata.normalize("NFD", text)
    # Only marks on Latin letters go: those of Indic or Thai scripts are part of the letters.
    kept: list[str] = []
    for character in decomposed:
        if unicodedata.combining(character) and kept and unicodedata.name(kept[-1], "").startswith("LATIN"):
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept).translate(_LETTERS))


@function("PCase", "source wordSeparators")
def pcase(_: Context, source: Value, word_separators: Value = None) -> Value:
    separators = None if is_empty(word_separators) else text_of(word_separators)
    result, begins = "", True
    for character in text_of(source).lower():
        result += character.upper() if begins else character
        begins = _parts_words(character, separators)
    return result


def _parts_words(character: str, separators: str | None) -> bool:
    if separators is not None:
        return character in separators
    # .NET's ToTitleCase takes an apostrophe for a part of the word.
    return character != "'" and unicodedata.category(character).startswith(_WORD_BREAKS)


@function("Redact", "value")
def redact(_: Context, value: Value) -> Value:
    return Redacted(text_of(value))


@function("StripSpaces", "source")
def strip_spaces(_: Context, source: Value) -> Value:
    return text_of(source).replace(" ", "")


@function("ToLower", "source culture")
def to_lower(_: Context, source: Value, culture: Value = None) -> Value:
    if _is_turkic(culture):
        return text_of(source).replace("I", _DOTLESS_I).replace("İ", "i").lower()
    return text_of(source).lower()


@function("ToUpper", "source culture")
def to_upper(_: Context, source: Value, culture: Value = None) -> Value:
    if _is_turkic(culture):
        return text_of(source).replace("i", "İ").replace(_DOTLESS_I, "I").upper()
    return text_of(source).upper()


def _is_turkic(culture: Value) -> bool:
    # The only cultures in which letter case differs from the invariant one.
    return text_of(culture).lower().partition("-")[0] in ("tr", "az")


@function("Word", "string wordNumber delimiters")
def word(_: Context, string: Value, number: Value, delimiters: Value) -> Value:
    text, wanted = text_of(string), number_of(number)
    for delimiter in text_of(delimiters):
        text = text.replace(delimiter, "\0")
    words = [each for each in text.split("\0") if each]
    return words[wanted - 1] if 1 <= wanted <= len(words) else ""


FUNCTIONS: dict[str, Function] = functions_in(globals())
