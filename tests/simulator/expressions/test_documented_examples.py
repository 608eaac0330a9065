"""Every function of the expression language gives what Microsoft's reference says for its examples.

Source: Microsoft Learn, "Reference for writing expressions for attribute mappings in Microsoft Entra ID" (2024-08).
"""

import re
from datetime import UTC, datetime
from random import Random

import pytest

from simulator.expressions.evaluate import FUNCTIONS, evaluate
from simulator.expressions.values import Context
from simulator.values import AppRole, Redacted, Roles, Value

NOW = datetime(2021, 7, 2, 15, 33, 38, tzinfo=UTC)
PHONE = r'"\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})"'
JOHN = {"PreferredFirstName": "John", "PreferredLastName": "Smith"}
UPN_RULES = (
    "SelectUniqueValue("
    'Join("@", NormalizeDiacritics(StripSpaces(Join(".", [PreferredFirstName], [PreferredLastName]))), "contoso.com"),'
    'Join("@", NormalizeDiacritics(StripSpaces(Join(".", Mid([PreferredFirstName], 1, 1), [PreferredLastName]))),'
    ' "contoso.com"),'
    'Join("@", NormalizeDiacritics(StripSpaces(Join(".", Mid([PreferredFirstName], 1, 2), [PreferredLastName]))),'
    ' "contoso.com"))'
)
AND = 'IIF([country]="USA",IIF([state]="CA","True","False"),"False")'
OR = 'IIF([country]="USA","True",IIF([state]="CA","True","False"))'
HIRED = 'Switch([Active], , "1", IIF(DateDiff("d", Now(), CDate([StatusHireDate])) > 5, "False", "True"), "0", "False")'
ZONES = (
    'Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane",'
    ' "SA", "Australia/Adelaide")'
)
PREFIX = 'IgnoreFlowIfNullOrEmpty(Switch([prefix], "", "3443", "Dr.", "3444", "Prof.", "3445", "Prof. Dr."))'
ROLES = (AppRole("r1", "Admin", "Administrator"), AppRole("r2", "Reader", "Reader"))

type Attributes = dict[str, Value]


def worked_out(expression: str, attributes: Attributes, **more: object) -> Value:
    return evaluate(expression, Context(attributes, now=NOW, random=Random(7), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "attributes", "expected"),
    [
        ('Append([userPrincipalName], ".test")', {"userPrincipalName": "J.Doe@x.example"}, "J.Doe@x.example.test"),
        ("BitAnd(&HF, &HF7)", {}, 7),
        ("CBool([attribute1] = [attribute2])", {"attribute1": "x", "attribute2": "x"}, True),
        ("CBool([attribute1] = [attribute2])", {"attribute1": "x", "attribute2": "X"}, False),
        ("CDate([StatusHireDate])", {"StatusHireDate": "2020-03-16-07:00"}, "3/16/2020 7:00:00 AM"),
        ('CDate("2021-06-30+08:00")', {}, "6/29/2021 4:00:00 PM"),
        ('CDate("2009-06-15T01:45:30-07:00")', {}, "6/15/2009 8:45:30 AM"),
        ("Coalesce([mail],[userPrincipalName])", {"userPrincipalName": "J@x.example"}, "J@x.example"),
        ("Coalesce([mail],[userPrincipalName])", {"mail": "m", "userPrincipalName": "J@x.example"}, "m"),
        ('ConvertToBase64("Hello world!")', {}, "SABlAGwAbABvACAAdwBvAHIAbABkACEA"),
        ('ConvertToUTF8Hex("Hello world!")', {}, "48656C6C6F20776F726C6421"),
        ("Count([proxyAddresses])", {"proxyAddresses": ("a", "b")}, 2),
        ("Count([proxyAddresses])", {}, 0),
        ("CStr([dn])", {"dn": "cn=Joe,dc=contoso,dc=com"}, "cn=Joe,dc=contoso,dc=com"),
        ("CStr([flag])", {"flag": True}, "True"),
        ("DateFromNum(129699324000000000)", {}, "1/1/2012 11:00:00 PM"),
        ("DefaultDomain()", {}, "contoso.example"),
        (
            'FormatDateTime([extensionAttribute1], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")',
            {"extensionAttribute1": "20150123105347.1Z"},
            "2015-01-23",
        ),
        ("IgnoreFlowIfNullOrEmpty([department])", {}, None),
        (PREFIX, {"prefix": "9"}, None),
        (PREFIX, {"prefix": "3444"}, "Prof."),
        ('IIF([country]="USA",[country],[department])', {"country": "USA", "department": "R&D"}, "USA"),
        ('IIF([country]="USA",[country],[department])', {"country": "NO", "department": "R&D"}, "R&D"),
        (AND, {"country": "USA", "state": "CA"}, "True"),
        (AND, {"country": "USA", "state": "NY"}, "False"),
        (OR, {"country": "NO", "state": "CA"}, "True"),
        (OR, {"country": "NO", "state": "NY"}, "False"),
        ('Switch([country],[country],"","Other")', {}, "Other"),
        ('Switch([country],[country],"","Other")', {"country": "NO"}, "NO"),
        ('InStr("The quick brown fox","quick")', {}, 5),
        ('InStr("repEated","e",3,vbBinaryCompare)', {}, 7),
        ('InStr("repEated","e",3,vbTextCompare)', {}, 4),
        ('InStr("repeated","x")', {}, 0),
        ("IsNull([displayName])", {}, True),
        ("IsNull([displayName])", {"displayName": ""}, False),
        ("IsNullOrEmpty([displayName])", {"displayName": ""}, True),
        ("IsPresent([displayName])", {"displayName": "x"}, True),
        ("IsString([displayName])", {"displayName": "x"}, True),
        ("IsString(7)", {}, False),
        ("Item([proxyAddresses], 1)", {"proxyAddresses": ("first", "second")}, "first"),
        ("Item([proxyAddresses], 3)", {"proxyAddresses": ("first", "second")}, None),
        ('Join("-", [a], [b])', {"a": ("1", "2"), "b": "3"}, "1-2-3"),
        ('Left("John Doe", 3)', {}, "Joh"),
        ('Left("John Doe", 0)', {}, ""),
        ('Left("John Doe", -1)', {}, "John Doe"),
        ("Left([absent], 2)", {}, ""),
        ('Len("John")', {}, 4),
        ('Mid("John Doe", 6, 99)', {}, "Doe"),
        ("NormalizeDiacritics([givenName])", {"givenName": "Zoë"}, "Zoe"),
        ('NormalizeDiacritics("äā̈å̄ÆĢçḻŁñǭø̄œ̄ßșȳ̃ẕ")', {}, "aaaAEGclLnooeoesssyz"),
        ('Not("True")', {}, False),
        ('Not("False")', {}, True),
        ("Now()", {}, "7/2/2021 3:33:38 PM"),
        ("PCase([firstName])", {"firstName": "PABLO GONSALVES (SECOND)"}, "Pablo Gonsalves (Second)"),
        ('PCase([lastName]," \'-")', {"lastName": "PINTO-DE'SILVA"}, "Pinto-De'Silva"),
        ('PCase(Join(" ",[firstName],[lastName]))', {"firstName": "GREGORY", "lastName": "JAMES"}, "Gregory James"),
        ('Prepend([mailNickname], "x-")', {"mailNickname": "ada"}, "x-ada"),
        ("Redact([userPrincipalName])", {"userPrincipalName": "J@x.example"}, "J@x.example"),
        ("RemoveDuplicates([proxyAddresses])", {"proxyAddresses": ("a", "b", "a")}, ("a", "b")),
        ('Split([extensionAttribute5], ",")', {"extensionAttribute5": "SetOne, SetTwo"}, ("SetOne", "SetTwo")),
        ('StripSpaces(" a b ")', {}, "ab"),
        (ZONES, {"state": "QLD"}, "Australia/Brisbane"),
        (ZONES, {"state": "VIC"}, "Australia/Sydney"),
        ('Switch(ToLower([statusFlag]), "0", "true", "1", "false", "0")', {"statusFlag": "TRUE"}, "1"),
        ('Switch([statusFlag], "Default Value", "true", "1", "", "0")', {}, "0"),
        (HIRED, {"Active": "1", "StatusHireDate": "2021-07-05"}, "True"),
        (HIRED, {"Active": "1", "StatusHireDate": "2021-08-05"}, "False"),
        (HIRED, {"Active": "0"}, "False"),
        (
            'ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".", [PreferredFirstName], [PreferredLastName]))),'
            ' "contoso.com"))',
            dict(JOHN),
            "john.smith@contoso.com",
        ),
        ('ToLower("TITLE", "tr-TR")', {}, "tıtle"),
        ('ToUpper("ada")', {}, "ADA"),
        ('ToUpper("i", "tr")', {}, "İ"),
        ('Word("The quick brown fox",3," ")', {}, "brown"),
        ('Word("This,string!has&many separators",3,",!&#")', {}, "has"),
        ('Word("one",2," ")', {}, ""),
        ('Word("one",0," ")', {}, ""),
        # The last section of the page.
        ('Replace([mail], "@contoso.com", , ,"", ,)', {"mail": "john.doe@contoso.com"}, "john.doe"),
        ("Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))", {"givenName": "John", "surname": "Doe"}, "JohDoe"),
        ('Join(", ", "", [surname], [givenName])', {"givenName": "John", "surname": "Doe"}, "Doe, John"),
        (
            'Join("", 1000, Replace(ConvertToUTF8Hex([objectId]), , "[a-zA-Z_]*", , "", , ))',
            {"objectId": "00aa-b"},
            "100030306161262",
        ),
    ],
)
def test_example(expression: str, attributes: Attributes, expected: Value) -> None:
    """The function gives the documented output for the documented input."""
    assert worked_out(expression, attributes, default_domain="contoso.example") == expected


@pytest.mark.parametrize(
    ("interval", "value", "expected"),
    [
        ("d", 7, "3/23/2012 7:00:00 AM"),
        ("d", -10, "3/6/2012 7:00:00 AM"),
        ("ww", 2, "3/30/2012 7:00:00 AM"),
        ("m", 10, "1/16/2013 7:00:00 AM"),
        ("yyyy", 2, "3/16/2014 7:00:00 AM"),
        ("h", 1, "3/16/2012 8:00:00 AM"),
        ("n", 90, "3/16/2012 8:30:00 AM"),
        ("s", 1, "3/16/2012 7:00:01 AM"),
    ],
)
def test_date_add(interval: str, value: int, expected: str) -> None:
    """``DateAdd`` steps by every interval."""
    expression = f'DateAdd("{interval}", {value}, CDate([StatusHireDate]))'
    assert worked_out(expression, {"StatusHireDate": "2012-03-16-07:00"}) == expected


@pytest.mark.parametrize(
    ("interval", "date1", "date2", "expected"),
    [
        ("d", "2021-08-18+08:00", "2021-08-31+08:00", 13),
        ("d", "8/25/2021 5:41:18 PM", "2012-03-16-07:00", -3449),
        ("ww", "8/25/2021 5:41:18 PM", "2012-03-16-07:00", -493),
        ("m", "8/25/2021 5:41:18 PM", "2012-03-16-07:00", -113),
        ("yyyy", "8/25/2021 5:41:18 PM", "2012-03-16-07:00", -9),
        ("d", "2021-08-31+08:00", "2021-08-31+08:00", 0),
        ("h", "2021-08-24", "2021-08-25", 24),
        ("n", "2021-08-24", "2021-08-25", 1440),
        ("s", "2021-08-24", "2021-08-25", 86400),
    ],
)
def test_date_diff(interval: str, date1: str, date2: str, expected: int) -> None:
    """``DateDiff`` counts in every interval, and its sign tells which date is later."""
    expression = f'DateDiff("{interval}", CDate([a]), CDate([b]))'
    assert worked_out(expression, {"a": date1, "b": date2}) == expected


@pytest.mark.parametrize(
    ("date", "pattern"),
    [("2020-12-31-08:00", "yyyy-MM-ddzzz"), ("12/31/2020 12:00:00 AM", "M/d/yyyy hh:mm:ss tt")],
)
def test_end_of_contract_as_file_time(date: str, pattern: str) -> None:
    """Both examples of ``NumFromDate`` mean the last second of the day, eight hours west."""
    expression = f'NumFromDate(Join("", FormatDateTime([end], ,"{pattern}", "yyyy-MM-dd"), " 23:59:59-08:00"))'
    moment = datetime(2021, 1, 1, 7, 59, 59, tzinfo=UTC)
    assert worked_out(expression, {"end": date}) == str(int((moment.timestamp() + 11_644_473_600) * 10_000_000))


@pytest.mark.parametrize(
    ("expression", "source", "expected"),
    [
        ('Replace([it],"Product Developer", , , "Software Engineer", , )', "Product Developer", "Software Engineer"),
        ('Replace([it],"<username>", , , , , "<username>@contoso.com")', "jsmith", "jsmith@contoso.com"),
        (f'Replace([it], , {PHONE}, , "${{phoneNumber}}", , )', "+91 9998887777", "9998887777"),
        (r'Replace([it], , "[()\\s-]+", , "", , )', "+1 (999) 888-7777", "+19998887777"),
        (
            r'Replace([it], ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )',
            "545 Tremont Street",
            "888 Tremont Street",
        ),
        ('Replace([it], , "(?<Suffix>@(.)*)", "Suffix", "", , )', "jsmith@contoso.com", "jsmith"),
        (f'Replace([it], , {PHONE}, "phoneNumber" , , [mobile], )', "", "8887779999"),
        (f'Replace([it], , {PHONE}, "phoneNumber" , , [mobile], )', "+1 5", "+1 5"),
        ('Replace([it], , "[a-zA-Z_]*", , "", , )', "john_doe72", "72"),
    ],
)
def test_replace(expression: str, source: str, expected: str) -> None:
    """``Replace`` has five ways, told apart by which arguments are given.

    The page says that its fourth example also loses the plus sign; its pattern does not have it.
    """
    assert worked_out(expression, {"it": source, "mobile": "+91 8887779999"}) == expected


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        (set[str](), "John.Smith@contoso.com"),
        ({"John.Smith@contoso.com"}, "J.Smith@contoso.com"),
        ({"John.Smith@contoso.com", "J.Smith@contoso.com"}, "Jo.Smith@contoso.com"),
    ],
)
def test_select_unique_value(taken: set[str], expected: str) -> None:
    """Of several rules the first one whose value is free wins."""
    assert worked_out(UPN_RULES, dict(JOHN), is_taken=lambda value: value in taken) == expected


@pytest.mark.parametrize(
    ("expression", "pattern"),
    [
        ("RandomString(6,3,0,0,3)", r"(?=(?:\D*\d){3})(?=(?:[^a-z]*[a-z]){3}).{6}"),
        (
            'RandomString(10,2,2,2,1,"?,")',
            r"(?=(.*\d){2})(?=(.*[A-Z]){2})(?=.*[a-z])(?=(.*[\W_]){2})[^?,]{10}",
        ),
        ("Guid()", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    ],
)
def test_made_up_values(expression: str, pattern: str) -> None:
    """What is made up keeps the rules, and is another one each time."""
    context = Context({}, now=NOW, random=Random(7))
    first, second = evaluate(expression, context), evaluate(expression, context)
    assert first != second
    assert all(re.fullmatch(pattern, str(each)) for each in (first, second))


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("SingleAppRoleAssignment", ROLES[:1]),
        ("AppRoleAssignmentsComplex", ROLES),
        ("AssertiveAppRoleAssignmentsComplex", ROLES),
    ],
)
def test_roles(name: str, roles: tuple[AppRole, ...]) -> None:
    """The functions for roles say which roles are to be written, and by which rule."""
    assert worked_out(f"{name}([appRoleAssignments])", {"appRoleAssignments": ROLES}) == Roles(name, roles)


def test_redacted_value_is_known_as_such() -> None:
    """The value goes to the target as it is; only the log must not show it."""
    assert isinstance(worked_out('Redact("secret")', {}), Redacted)


def test_every_function_of_the_reference_is_there() -> None:
    """The published list, and the four that Graph lists beside it."""
    published = (
        "Append AppRoleAssignmentsComplex AssertiveAppRoleAssignmentsComplex BitAnd CBool CDate Coalesce "
        "ConvertToBase64 ConvertToUTF8Hex Count CStr DateAdd DateDiff DateFromNum DefaultDomain FormatDateTime Guid "
        "IgnoreFlowIfNullOrEmpty IIF InStr IsNull IsNullOrEmpty IsPresent IsString Item Join Left Len Mid "
        "NormalizeDiacritics Not Now NumFromDate PCase Prepend RandomString Redact RemoveDuplicates Replace "
        "SelectUniqueValue SingleAppRoleAssignment Split StripSpaces Switch ToLower ToUpper Word"
    )
    assert sorted(FUNCTIONS) == sorted(published.split())
