"""The form in which equal texts are the same string."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim.comparison import fold
from tests.scim.strategies import PROPERTY


@pytest.mark.requirement("7644-5-01", "7644-7.8-01")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kiosk-7", "KIOSK-7"),
        ("É", "é"),
        ("é", "e\u0301"),  # composed and decomposed
        ("straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ＡＮＮ", "ａｎｎ"),
        ("K", "k"),  # the Kelvin sign
    ],
)
def test_equal_texts_fold_to_one(one: str, other: str) -> None:
    """Letter case and the way accents are composed do not matter (RFC 7643 §2.2)."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("e", "é"), ("a", "a "), ("ı", "i")])
def test_other_texts_stay_apart(one: str, other: str) -> None:
    """Accents, widths and spaces matter."""
    assert fold(one) != fold(other)


def test_case_exact_keeps_letter_case() -> None:
    """Where letter case matters only the composition is normalized."""
    assert fold("Ab", case_exact=True) == "Ab"
    assert fold("E\u0301", case_exact=True) == "É"
    assert fold("É", case_exact=True) != fold("é", case_exact=True)


@given(st.text(), st.booleans())
@PROPERTY
def test_folding_twice_changes_nothing(text: str, case_exact: bool) -> None:
    """A stored form can be folded again."""
    once = fold(text, case_exact=case_exact)
    assert fold(once, case_exact=case_exact) == once


@given(st.text())
@PROPERTY
def test_letter_case_never_matters(text: str) -> None:
    """A text and its case-folded form are equal."""
    assert fold(text) == fold(text.casefold())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ｗｉｄｅ＠example．com", "wide@example.com"),
        ("ﾊﾝｶｸ", "ハンカク"),
        ("ｶﾞ", "ガ"),
    ],
)
def test_width_is_no_difference(one: str, other: str) -> None:
    """Fullwidth and halfwidth forms equal the usual ones, as the profile for user names has it (RFC 8265 §3.3)."""
    assert fold(one) == fold(other)
