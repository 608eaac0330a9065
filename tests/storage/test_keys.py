"""Row keys: one for equal values, different ones for different values, and never one that the service refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model import Kind
from scim.comparison import fold
from storage import keys
from storage.limits import MAX_KEY, check_key

texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
"""Any characters, control characters and halves of surrogate pairs among them."""
reserved = st.text(st.sampled_from("/\\#?%:;~!\x00\x1f\x7f\x9f\ud800aA\u00e9e\u0301"), max_size=60)


@given(texts | reserved)
def test_keys_are_accepted(text: str) -> None:
    """The service takes every key, and none holds what separates its parts."""
    made = keys.key(text)
    check_key(made)
    assert not set(made) & {":", ";"}


@given(texts | reserved, texts | reserved)
def test_keys_differ_as_values_do(one: str, other: str) -> None:
    """Two values have one key just where they are equal in comparison."""
    assert (keys.key(one) == keys.key(other)) is (fold(one) == fold(other))
    exact = {"case_exact": True}
    assert (keys.key(one, **exact) == keys.key(other, **exact)) is (fold(one, **exact) == fold(other, **exact))


@given(texts | reserved, texts | reserved)
def test_keys_keep_beginnings(one: str, other: str) -> None:
    """The key of a text begins with the keys of its beginnings."""
    whole = fold(one) + fold(other)
    if fold(whole) == whole:
        assert keys.key(whole).startswith(keys.key(one))


@given(st.text(min_size=1), st.integers(1, 900))
def test_long_keys_fit(text: str, times: int) -> None:
    """However long the value, a row key with two ids beside it is short enough, and still tells values apart."""
    user_id = "0" * 36
    row_key = f"{keys.emails(text * times)}{user_id}"
    assert keys.utf16_units(row_key) <= MAX_KEY
    assert keys.key(text * times + "a") != keys.key(text * times + "b")


@given(texts, st.integers(0, 70))
def test_cut_keeps_whole_characters(text: str, units: int) -> None:
    """What is cut off begins at a character, and what is kept is as long as it may be."""
    kept = keys.cut(text, units)
    if not any("\ud800" <= each <= "\udfff" for each in text):
        assert text.startswith(kept)
        assert keys.utf16_units(kept) <= units
        assert len(kept) == len(text) or keys.utf16_units(text[: len(kept) + 1]) > units


@pytest.mark.parametrize(
    ("row_key", "text"),
    [
        (keys.name(Kind.USER, "Ann@Example.com"), "un:ann@example.com"),
        (keys.name(Kind.GROUP, "R&D / 50%"), "gn:r&d !002f 50!0025"),
        (keys.external_ids(Kind.USER, "Ab:c"), "ux:Ab!003ac:"),
        (keys.emails("A@b"), "ue:a@b:"),
        (keys.members("1"), "m:1:"),
        (keys.member_of("2"), "um:2:"),
        (keys.after_prefix("m:1:"), "m:1;"),
    ],
)
def test_row_keys(row_key: str, text: str) -> None:
    """The kinds of rows."""
    assert row_key == text


@pytest.mark.parametrize("digit", keys.HEX)
def test_ranges_hold_all_ids(digit: str) -> None:
    """Each id is in just one of the 16 ranges."""
    row_key = f"u:{digit}0000000-0000-4000-8000-000000000000"
    assert sum(low <= row_key < high for low, high in keys.ranges("u:")) == 1


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        ("0b4e0f2c-9b1e-4c5a-8f65-0d2f4a1c7e11", True),
        ("0B4E0F2C-9B1E-4C5A-8F65-0D2F4A1C7E11", False),
        ("0b4e0f2c-9b1e-4c5a-8f65-0d2f4a1c7e11\n", False),
        ("", False),
        ("a/b", False),
    ],
)
def test_ids(text: str, is_id: bool) -> None:
    """Only what we make counts as an id."""
    assert keys.is_id(text) is is_id
