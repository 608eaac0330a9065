"""The functions on dates; between functions a date is text in UTC, ``M/d/yyyy h:mm:ss tt``, as Entra passes it on."""

import re
from datetime import UTC, datetime, timedelta

from dateutil import parser
from dateutil.relativedelta import relativedelta

from simulator.expressions.dotnet_dates import format_date, parse_date
from simulator.expressions.registry import Function, function, functions_in
from simulator.expressions.values import Context, ExpressionError, number_of, text_of
from simulator.values import Value, is_empty

DATE_FORMAT = "M/d/yyyy h:mm:ss tt"
_FILE_TIME_BEGINS = datetime(1601, 1, 1, tzinfo=UTC)
_UNITS = {
    "yyyy": relativedelta(years=1),
    "m": relativedelta(months=1),
    "d": relativedelta(days=1),
    "ww": relativedelta(weeks=1),
    "h": relativedelta(hours=1),
    "n": relativedelta(minutes=1),
    "s": relativedelta(seconds=1),
}
# Workday's dates have an offset but no time, which no parser takes for what it is.
_DATE_AND_OFFSET = re.compile(r"(\d{4}-\d\d-\d\d)([+-]\d\d:\d\d)")
_LENGTHS = {"d": 86_400, "h": 3_600, "n": 60, "s": 1}


def moment_of(value: Value) -> datetime:
    """Return the moment that *value* names, in UTC; without an offset it is taken for UTC.

    Raises:
        ExpressionError: It names none.
    """
    try:
        text = _DATE_AND_OFFSET.sub(r"\1T00:00:00\2", text_of(value).strip())
        found = parser.parse(text, default=datetime(1, 1, 1))  # noqa: DTZ001  the zone may be in the text
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ExpressionError(f"{text_of(value)!r} is no date") from error


def _written(moment: datetime) -> str:
    return format_date(moment.astimezone(UTC), DATE_FORMAT)


def _unit(interval: Value) -> str:
    if text_of(interval) not in _UNITS:
        raise ExpressionError(f"{text_of(interval)!r} is no interval; it is one of {', '.join(_UNITS)}")
    return text_of(interval)


@function("CDate", "expression")
def cdate(_: Context, expression: Value) -> Value:
    return None if is_empty(expression) else _written(moment_of(expression))


@function("DateAdd", "interval value dateTime")
def date_add(_: Context, interval: Value, value: Value, moment: Value) -> Value:
    if is_empty(moment):
        return None
    distance = _UNITS[_unit(interval)] * number_of(value)
    return _written(moment_of(moment) + distance)


@function("DateDiff", "interval date1 date2")
def date_diff(_: Context, interval: Value, date1: Value, date2: Value) -> Value:
    """Years, months and weeks are counted by the calendar, as in Visual Basic; the others are whole units."""
    if is_empty(date1) or is_empty(date2):
        return None
    unit, first, second = _unit(interval), moment_of(date1), moment_of(date2)
    if unit == "yyyy":
        return second.year - first.year
    if unit == "m":
        return (second.year - first.year) * 12 + second.month - first.month
    if unit == "ww":
        return (_sunday(second) - _sunday(first)) // 7
    return int((second - first).total_seconds() / _LENGTHS[unit])


def _sunday(moment: datetime) -> int:
    """The day number of the Sunday that begins the week of *moment*."""
    return moment.toordinal() - moment.isoweekday() % 7


@function("DateFromNum", "value")
def date_from_num(_: Context, value: Value) -> Value:
    if is_empty(value):
        return None
    return _written(_FILE_TIME_BEGINS + timedelta(microseconds=number_of(value) // 10))


@function("NumFromDate", "value")
def num_from_date(_: Context, value: Value) -> Value:
    if is_empty(value):
        return None
    return str((moment_of(value) - _FILE_TIME_BEGINS) // timedelta(microseconds=1) * 10)


@function("FormatDateTime", "source dateTimeStyles inputFormat outputFormat")
def format_date_time(_: Context, source: Value, styles: Value, input_format: Value, output_format: Value) -> Value:  # noqa: ARG001  how blanks around are taken; they are always allowed
    if is_empty(source):
        return None
    return format_date(parse_date(text_of(source), text_of(input_format)), text_of(output_format))


@function("Now", "")
def now(context: Context) -> Value:
    return _written(context.now)


FUNCTIONS: dict[str, Function] = functions_in(globals())
