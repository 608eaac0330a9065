"""Dates by custom format strings of .NET.

Source: Microsoft Learn, "Custom date and time format strings" (invariant culture).
"""

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

from simulator.expressions.values import ExpressionError

_TOKEN = re.compile(
    r"y{1,5}|M{1,4}|d{1,4}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|f{1,7}|\.?F{1,7}|t{1,2}|z{1,3}|K|g{1,2}"
    r"|'[^']*'|\"[^\"]*\"|\\.|%|.",
    re.DOTALL,
)
_MONTHS = "|".join(calendar.month_name[1:])
_SHORT_MONTHS = "|".join(calendar.month_abbr[1:])
_DAYS = "|".join(calendar.day_name)
_SHORT_DAYS = "|".join(calendar.day_abbr)


def format_date(moment: datetime, pattern: str) -> str:
    """Return *moment* as the .NET format string *pattern* writes it."""
    return "".join(_written(moment, token) for token in _tokens(pattern))


def parse_date(text: str, pattern: str) -> datetime:
    """Return the moment that *text* names by the .NET format string *pattern*; without an offset it is UTC.

    Raises:
        ExpressionError: It does not fit.
    """
    parts: list[str] = []
    expression = "".join(_read(token, parts) for token in _tokens(pattern))
    match = re.fullmatch(expression, text.strip(), re.IGNORECASE)
    if match is None:
        raise ExpressionError(f"the date does not have the form {pattern}")
    try:
        return _moment(dict(zip(parts, match.groups(default=""), strict=True)))
    except (ValueError, OverflowError) as error:
        raise ExpressionError(f"there is no such date: {error}") from error


def _tokens(pattern: str) -> Iterator[str]:
    return (found[0] for found in _TOKEN.finditer(pattern) if found[0] != "%")


def _literal(token: str) -> str:
    if len(token) > 1 and token[0] in "'\"":
        return token[1:-1]
    return token[1:] if token[0] == "\\" and len(token) == 2 else token


_WRITERS: dict[str, Callable[[datetime], str]] = {
    "y": lambda at: str(at.year % 100),
    "yy": lambda at: f"{at.year % 100:02}",
    "yyy": lambda at: f"{at.year:03}",
    "yyyy": lambda at: f"{at.year:04}",
    "yyyyy": lambda at: f"{at.year:05}",
    "M": lambda at: str(at.month),
    "MM": lambda at: f"{at.month:02}",
    "MMM": lambda at: calendar.month_abbr[at.month],
    "MMMM": lambda at: calendar.month_name[at.month],
    "d": lambda at: str(at.day),
    "dd": lambda at: f"{at.day:02}",
    "ddd": lambda at: calendar.day_abbr[at.weekday()],
    "dddd": lambda at: calendar.day_name[at.weekday()],
    "H": lambda at: str(at.hour),
    "HH": lambda at: f"{at.hour:02}",
    "h": lambda at: str(at.hour % 12 or 12),
    "hh": lambda at: f"{at.hour % 12 or 12:02}",
    "m": lambda at: str(at.minute),
    "mm": lambda at: f"{at.minute:02}",
    "s": lambda at: str(at.second),
    "ss": lambda at: f"{at.second:02}",
    "t": lambda at: "AP"[at.hour >= 12],
    "tt": lambda at: ("AM", "PM")[at.hour >= 12],
    "z": lambda at: f"{_hours(at):+}",
    "zz": lambda at: f"{_hours(at):+03}",
    "zzz": lambda at: f"{at:%:z}",
    "K": lambda at: "Z" if not at.utcoffset() else f"{at:%:z}",
    "g": lambda _: "A.D.",
    "gg": lambda _: "A.D.",
}


def _hours(moment: datetime) -> int:
    return int((moment.utcoffset() or timedelta()).total_seconds() / 3600)


def _written(moment: datetime, token: str) -> str:
    if token in _WRITERS:
        return _WRITERS[token](moment)
    if token[0] == "f":
        return f"{moment.microsecond:06}0"[: len(token)]
    if token[-1] == "F":
        # Zeros at the end go, and with the last digit the point before it.
        digits = f"{moment.microsecond:06}0"[: token.count("F")].rstrip("0")
        return f"{token.rstrip('F')}{digits}" if digits else ""
    return _literal(token)


_READERS: dict[str, tuple[str, str]] = {
    "yy": ("short_year", r"(\d{2})"),
    "yyyy": ("year", r"(\d{4})"),
    "M": ("month", r"(\d{1,2})"),
    "MM": ("month", r"(\d{2})"),
    "MMM": ("month_name", f"({_SHORT_MONTHS})"),
    "MMMM": ("month_name", f"({_MONTHS})"),
    "d": ("day", r"(\d{1,2})"),
    "dd": ("day", r"(\d{2})"),
    "ddd": ("weekday", f"({_SHORT_DAYS})"),
    "dddd": ("weekday", f"({_DAYS})"),
    "H": ("hour", r"(\d{1,2})"),
    "HH": ("hour", r"(\d{2})"),
    "h": ("hour", r"(\d{1,2})"),
    "hh": ("hour", r"(\d{2})"),
    "m": ("minute", r"(\d{1,2})"),
    "mm": ("minute", r"(\d{2})"),
    "s": ("second", r"(\d{1,2})"),
    "ss": ("second", r"(\d{2})"),
    "t": ("half", r"([AP])"),
    "tt": ("half", r"([AP]M)"),
    "z": ("offset", r"([+-]\d{1,2})"),
    "zz": ("offset", r"([+-]\d{2})"),
    "zzz": ("offset", r"([+-]\d{2}:\d{2})"),
    "K": ("offset", r"(Z|[+-]\d{2}:\d{2}|)"),
}


def _read(token: str, parts: list[str]) -> str:
    """Return the regular expression for *token*, and note in *parts* what its group means."""
    if token in _READERS:
        name, expression = _READERS[token]
        parts.append(name)
        return expression
    if token[-1] in "fF":
        parts.append("fraction")
        if token[-1] == "f":
            return rf"(\d{{{len(token)}}})"
        return rf"(?:{re.escape(token.rstrip('F'))}(\d{{1,{token.count('F')}}}))?"
    return re.escape(_literal(token))


def _moment(found: dict[str, str]) -> datetime:
    year = int(found["year"]) if "year" in found else _full_year(int(found.get("short_year", "1")))
    month = int(found.get("month", "1"))
    if "month_name" in found:
        month = [each.lower() for each in calendar.month_abbr].index(found["month_name"][:3].lower())
    hour = int(found.get("hour", "0"))
    if "half" in found:
        hour = hour % 12 + (12 if found["half"].upper().startswith("P") else 0)
    microsecond = int(f"{found.get('fraction') or '0':0<6}"[:6])
    minute, second = int(found.get("minute", "0")), int(found.get("second", "0"))
    zone = _zone(found.get("offset", ""))
    return datetime(year, month, int(found.get("day", "1")), hour, minute, second, microsecond, tzinfo=zone)


def _full_year(short: int) -> int:
    # .NET's window of a hundred years ends with 2049.
    return short + (2000 if short < 50 else 1900)


def _zone(offset: str) -> timezone:
    if offset in ("", "Z", "z"):
        return UTC
    hours, _, minutes = offset[1:].partition(":")
    distance = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-distance if offset[0] == "-" else distance)
