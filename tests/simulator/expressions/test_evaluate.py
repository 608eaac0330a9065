"""What cannot be worked out is an error that names the reason, and dates follow .NET's format strings."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.expressions.dotnet_dates import format_date, parse_date
from simulator.expressions.evaluate import complaints_about, evaluate
from simulator.expressions.grammar import parse
from simulator.expressions.values import Context, ExpressionError

MOMENT = datetime(2024, 3, 7, 14, 5, 9, 120_000, tzinfo=timezone(timedelta(hours=-7, minutes=-30)))


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("Trim([a])", "no function Trim"),
        ("join([a])", "case-sensitive: Join"),
        ("Append([a])", "needs 2 arguments, 1 are given"),
        ("Left([a], 1, 2)", "takes 2 arguments, 3 are given"),
        ("nonsense", "no known constant"),
        ('Left("a", "b")', "'b' is no number"),
        ('CDate("tomorrow")', "is no date"),
        ('DateAdd("w", 1, Now())', "is no interval"),
        ('IIF([absent]="x", "a", "b")', "is empty"),
        ('IIF([absent], "a", "b")', "is empty"),
        ('Switch("a", "b", "c")', "in pairs"),
        ('Replace("a", , "(", , "b", , )', "cannot be read"),
        ('Replace("a", , "(?<x>a)", "y", "b", , )', "no group y"),
        ('Replace("a", , "a", , "${x}", , )', "no group x"),
        ('Replace("a", "a")', "needs oldValue or regexPattern"),
        ("RandomString(3,3,3,0,0)", "cannot hold"),
        ("RandomString(257,1,0,0,0)", "over 256"),
        ('RandomString(2,2,0,0,0,"0123456789")', "leaves none"),
        ('SelectUniqueValue("a","b")', "not for SCIM"),
        ('FormatDateTime("x", , "yyyy", "yyyy")', "does not have the form"),
        ('FormatDateTime("2023-02-30", , "yyyy-MM-dd", "yyyy")', "no such date"),
        ('DateAdd("yyyy", 99999, Now())', "DateAdd: year .* out of range"),
        ('DateAdd("d", 99999999999, Now())', "DateAdd: "),
        ("DateFromNum(999999999999999999999)", "DateFromNum: "),
        ('CDate("0001-01-01T00:00:00+14:00")', "is no date"),
        ('RandomString(3,0,0,0,0,"abcdefghijklmnopqrstuvwxyz0123456789")', "leaves none"),
        ('Left("abc", [endless])', "is no number"),
        ("ConvertToUTF8Hex([half])", "ConvertToUTF8Hex: "),
    ],
)
def test_error(expression: str, complaint: str) -> None:
    """An expression that fails says why."""
    with pytest.raises(ExpressionError, match=complaint):
        evaluate(expression, Context({"endless": float("inf"), "half": "\ud800"}))


@pytest.mark.parametrize(
    ("expression", "number"),
    [('Join(",", [a])', 0), ("Trim(Left([a]))", 2), ("IIF(Len([a]) > x, [a], [b])", 1), ("[a]", 0)],
)
def test_mistakes_are_found_before_any_object(expression: str, number: int) -> None:
    """A mapping can be checked as a whole, and all its mistakes are told."""
    assert len(list(complaints_about(parse(expression)))) == number


@pytest.mark.parametrize("text", ["--3", "²", "maybe", ""])
def test_what_is_neither_true_nor_a_number_is_false(text: str) -> None:
    """Odd text does not break a mapping."""
    assert evaluate("CBool([a])", Context({"a": text})) is False


@pytest.mark.parametrize(
    ("replacement", "expected"),
    [("$$", "a$c"), ("<$&>", "a<b>c"), ("<$0>", "a<b>c"), ("$9", "a$9c"), ("$1$2", "abc")],
)
def test_references_of_replacements(replacement: str, expected: str) -> None:
    """A dollar, the whole match, groups; a number without a group stands for itself, as in .NET."""
    assert evaluate(f'Replace("abc", , "(b)()", , "{replacement}", , )', Context({})) == expected


def test_only_the_chosen_branch_is_worked_out() -> None:
    """A branch that would fail does no harm where it is not taken."""
    assert evaluate('IIF("a"="a", "fine", CDate("never"))', Context({})) == "fine"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("M/d/yyyy h:mm:ss tt", "3/7/2024 2:05:09 PM"),
        ("dddd, dd MMMM yy", "Thursday, 07 March 24"),
        ("ddd d MMM yyyy HH:mm:ss.fff", "Thu 7 Mar 2024 14:05:09.120"),
        ("H.m.s.FFF t", "14.5.9.12 P"),
        ("yyyy-MM-ddTHH:mm:sszzz", "2024-03-07T14:05:09-07:30"),
        ("zz 'at' \\d", "-07 at d"),
        ("z", "-7"),
        ("y yyyyy gg %K", "24 02024 A.D. -07:30"),
    ],
)
def test_date_is_written(pattern: str, expected: str) -> None:
    """Each specifier has its form, and quoted or escaped text stands for itself."""
    assert format_date(MOMENT, pattern) == expected


@given(st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2049, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_written_date_is_read_back(moment: datetime) -> None:
    """A date in a form that tells everything is read as the same moment."""
    for pattern in ("yyyy-MM-ddTHH:mm:ss.ffffffK", "d MMMM yy hh:mm:ss.ffffff tt zzz", "ddd M/d/yyyy H:m:s.FFFFFF"):
        assert parse_date(format_date(moment, pattern), pattern) == moment
