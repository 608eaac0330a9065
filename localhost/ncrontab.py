"""Cron schedules as the Functions host reads them: five or six fields, all of which must agree, in UTC."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import dropwhile

NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""What a schedule without a further occurrence, such as 30 February, answers."""

_INT32_MAX = 2**31 - 1
_MONTHS = tuple(calendar.month_name[1:])
_DAYS = ("Sunday", *calendar.day_name[:6])


class BadSchedule(ValueError):
    """A text is no cron schedule; the message is the host's."""


@dataclass(frozen=True)
class Field:
    """One kind of field: the name its errors use, its bounds, and the names its values have."""

    kind: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()


_FIELDS = (
    Field("Second", 0, 59),
    Field("Minute", 0, 59),
    Field("Hour", 0, 23),
    Field("Day", 1, 31),
    Field("Month", 1, 12, _MONTHS),
    Field("DayOfWeek", 0, 6, _DAYS),
)


@dataclass(frozen=True)
class Schedule:
    """A parsed schedule: for every field the values that fit, ascending; a weekday of 0 is Sunday."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    def next_after(self, moment: datetime) -> datetime:
        """Return the first occurrence strictly after *moment* (UTC), or ``NEVER``."""
        return next(self.occurrences_after(moment), NEVER)

    def occurrences_after(self, moment: datetime) -> Iterator[datetime]:
        """Yield every occurrence strictly after *moment*, in order, up to the year 9999."""
        moment = moment.astimezone(UTC)
        for day in self._dates_from(moment.date()):
            if day == moment.date():
                yield from dropwhile(lambda time: time <= moment, self._times_of(day, moment.hour))
            else:
                yield from self._times_of(day, 0)

    def _dates_from(self, start: date) -> Iterator[date]:
        for year in range(start.year, NEVER.year + 1):
            for month in self.months:
                if (year, month) >= (start.year, start.month):
                    yield from (day for day in self._dates_of(year, month) if day >= start)

    def _dates_of(self, year: int, month: int) -> Iterator[date]:
        first_weekday, length = calendar.monthrange(year, month)
        for day in self.days:
            # monthrange counts from Monday, the schedule from Sunday
            if day <= length and (first_weekday + day) % 7 in self.weekdays:
                yield date(year, month, day)

    def _times_of(self, day: date, first_hour: int) -> Iterator[datetime]:
        for hour in (hour for hour in self.hours if hour >= first_hour):
            for minute in self.minutes:
                for second in self.seconds:
                    yield datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)


def parse_schedule(text: str) -> Schedule:
    """Return the schedule that *text* spells; five fields mean second 0.

    Raises:
        BadSchedule: The host would refuse it too; a TimeSpan such as ``00:05:00`` is refused as well,
            because the plan that we deploy to cannot read it.
    """
    fields = [field for field in text.split(" ") if field]
    if len(fields) == len(_FIELDS) - 1:
        return Schedule((0,), *(_values(field, text) for field, text in zip(_FIELDS[1:], fields, strict=True)))
    if len(fields) == len(_FIELDS):
        return Schedule(*(_values(field, text) for field, text in zip(_FIELDS, fields, strict=True)))
    raise BadSchedule(
        f"'{text}' is an invalid crontab expression. It must contain 6 components of a schedule in the sequence of "
        "seconds, minutes, hours, days, months, and days of week."
    )


def _values(field: Field, text: str) -> tuple[int, ...]:
    # a comma in front makes no list, so the lone entry is refused as a whole
    entries = text.split(",") if text.find(",") > 0 else [text]
    values: set[int] = set()
    for entry in entries:
        if not entry:
            raise BadSchedule("A crontab field value cannot be empty.")
        values.update(_entry(field, entry))
    return tuple(sorted(values))


def _entry(field: Field, entry: str) -> range:
    """Return what one entry of a list selects: ``*``, a value or a range, each with or without a step."""
    refusal = BadSchedule(f"'{entry}' is not a valid [{field.kind}] crontab field expression.")
    body, slash, step_text = entry.partition("/") if entry.find("/") > 0 else (entry, "", "")
    step = max(1, _step(step_text, refusal)) if slash else 1
    if body == "*":
        return range(field.lowest, field.highest + 1, step)
    if body.find("-") > 0:
        first, last = sorted(_value(field, end, refusal) for end in body.split("-", 1))
    else:
        first = _value(field, body, refusal)
        last = field.highest if slash else first
        first, last = sorted((first, last))
    return range(_within(field, first), _within(field, last) + 1, step)


def _step(text: str, refusal: BadSchedule) -> int:
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdigit()):
        raise refusal
    return -_int32(digits) if text[0] == "-" else _int32(digits)


def _value(field: Field, text: str, refusal: BadSchedule) -> int:
    if text.isascii() and text.isdigit():
        return _int32(text)
    for value, name in enumerate(field.names, start=field.lowest):
        # any leading part of the English name will do, so J is January and T is Tuesday
        if text and name.lower().startswith(text.lower()):
            return value
    raise refusal


def _int32(digits: str) -> int:
    value = int(digits)
    if value > _INT32_MAX:
        raise BadSchedule("Value was either too large or too small for an Int32.")
    return value


def _within(field: Field, value: int) -> int:
    bounds = f"Value must be between {field.lowest} and {field.highest} (all inclusive)."
    if value < field.lowest:
        raise BadSchedule(f"{value} is lower than the minimum allowable value for the [{field.kind}] field. {bounds}")
    if value > field.highest:
        raise BadSchedule(f"{value} is higher than the maximum allowable value for the [{field.kind}] field. {bounds}")
    return value
