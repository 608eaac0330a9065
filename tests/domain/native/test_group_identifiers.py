"""Identifiers of groups: the vectors of harness.md §7.1, and what becomes of names that make none."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.native.group_identifiers import derive, free_identifier, identifier_for, is_identifier, stem

_VECTORS = [
    ("example-group", "example_group"),
    ("Example Group", "Example_Group"),
    ("a.b-c d", "a_b_c_d"),
    ("Harness.Group?Next#Gen-First", "Harness_GroupNextGen_First"),
    ("123#One.$Two.$Three.123", "One_$Two_$Three_123"),
    ("test.display-name", "test_display_name"),
    ("display?INVALID#name!", "displayINVALIDname"),
    ("$Ops", "Ops"),
    ("Ops$Prod", "Ops$Prod"),
    ("-Ops", "_Ops"),
    ("123 group", "_group"),
    ("123_displayname", "_displayname"),
    ("Équipe Développement", "Equipe_Developpement"),
    ("R&D / Platform", "RD__Platform"),
    ("Team  Two", "Team__Two"),
    (" Team ", "Team"),
    ("---", "___"),
]
_INVALID = [("#1abc", "1abc"), ("42", ""), ("財務部", ""), ("and", "and"), ("x" * 129, "x" * 129), ("", ""), (" ", "")]


@pytest.mark.parametrize(("name", "identifier"), _VECTORS)
def test_name_makes_its_identifier(name: str, identifier: str) -> None:
    """As the written rule says (R44)."""
    assert (derive(name), identifier_for(name), is_identifier(identifier)) == (identifier, identifier, True)


@pytest.mark.parametrize(("name", "derived"), _INVALID)
def test_name_that_makes_none_is_not_refused(name: str, derived: str) -> None:
    """It gets one made of a hash of the name: always the same one, and another for each name (DESIGN §6 X1, X2)."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    assert derive(name) == derived
    assert not is_identifier(derived)
    assert identifier_for(name).endswith(digest)
    assert is_identifier(identifier_for(name))


def test_long_name_is_cut() -> None:
    """To 128 with the hash, so that two long names that begin alike stay apart."""
    one, two = identifier_for("x" * 200), identifier_for("x" * 201)
    assert (len(one), len(two), one != two, one[:119]) == (128, 128, True, "x" * 119)


@pytest.mark.parametrize("word", ["or", "stepGroup", "account", "_account_all_users", "liteEngineTask"])
def test_reserved_word_is_no_identifier(word: str) -> None:
    """In exactly this letter case."""
    assert (is_identifier(word), is_identifier(word.swapcase())) == (False, True)
    assert identifier_for(word) != word


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ([], "Team"),
        (["team", "Team_1"], "Team"),  # letter case matters
        (["Team"], "Team_1"),
        (["Team", "Team_1", "Team_3"], "Team_2"),
    ],
)
def test_taken_identifier_is_numbered(taken: list[str], free: str) -> None:
    """The first number that is free."""
    assert free_identifier("Team", taken) == free


def test_numbered_identifier_is_not_too_long() -> None:
    """The number takes the place of the end."""
    wanted = "x" * 128
    numbered = free_identifier(wanted, [wanted])
    assert (numbered, is_identifier(numbered), numbered.startswith(stem(wanted))) == ("x" * 126 + "_1", True, True)


@given(st.text())
def test_any_name_has_an_identifier(name: str) -> None:
    """Whatever its characters."""
    assert is_identifier(identifier_for(name))
