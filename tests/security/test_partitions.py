"""No query leaves its account: every call on a table names one, that of the caller, and nothing but an account."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import is_account_id
from domain.isolation import ForeignAccount, check, serving
from storage.client import Table, Where, create, delete

_WHOLE = {"close", "create_if_missing"}
"""What concerns a table and no row of it."""
_CALLS: dict[str, Callable[[Table, Any], Awaitable[Any]]] = {
    "get": lambda table, account: table.get(account, "u:1"),
    "find": lambda table, account: table.find(account, "u:1"),
    "page": lambda table, account: table.page(account, "", "~"),
    "pages": lambda table, account: anext(table.pages(account, "", "~")),
    "parts": lambda table, account: anext(table.parts(account)),
    "rows": lambda table, account: table.rows(account, "u:"),
    "submit": lambda table, account: table.submit(account, [create({"RowKey": "u:1"})]),
    "write": lambda table, account: table.write(account, delete("u:1")),
}
HOSTILE = [
    "",
    " ",
    "ab",
    "x" * 65,
    "a/b/c",
    "../acme",
    "acme/",
    "acme\x00",
    "acme\n",
    "acme' or PartitionKey ne '",
    "acme' or 'a' eq 'a",
    "acme%27",
    "acme#",
    "acme?",
    "acme;",
    "acme:",
    "acme:a:b",
    "acme:2026-02'",
    ":2026-02",
    "acme\u00e9",
    "\u0430cme",  # a Cyrillic letter
    "acme\ud800",
    "*",
    "_acme",
    "-x:2026-02",
    "-X",
]


class Refusing:
    """A client that must not be asked."""

    table_name = "directory"

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was sent")


@pytest.fixture
def table() -> Table:
    return Table(Refusing())  # type: ignore[arg-type]  # as much of a client as a refusal needs


def test_every_call_names_its_account() -> None:
    """There is no method that reads or writes rows and does without, so a new one is named here too."""
    methods = {name: each for name, each in vars(Table).items() if inspect.isfunction(each) and name[0] != "_"}
    assert methods.keys() - _WHOLE == _CALLS.keys()
    for name in _CALLS:
        first = list(inspect.signature(methods[name]).parameters.values())[1]
        assert (first.name, first.default) == ("account", inspect.Parameter.empty)


@pytest.mark.parametrize("account", HOSTILE, ids=ascii)
@pytest.mark.parametrize("call", _CALLS)
async def test_what_is_no_account_is_refused(table: Table, call: str, account: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match="key"):
        await _CALLS[call](table, account)


@pytest.mark.parametrize("account", [None, 7, b"acme"], ids=repr)
@pytest.mark.parametrize("call", _CALLS)
async def test_what_is_no_text_is_refused(table: Table, call: str, account: Any) -> None:
    """A filter without a partition would read every account's rows."""
    with pytest.raises(TypeError):
        await _CALLS[call](table, account)


@given(st.text())
async def test_any_text_is_an_account_or_refused(account: str) -> None:
    """What passes is an account, a further partition of one, or one of ours that no account can be."""
    table = Table(Refusing())  # type: ignore[arg-type]  # as above
    with pytest.raises((ValueError, AssertionError)) as caught:
        await table.find(account, "u:1")
    if caught.type is AssertionError:
        assert is_account_id(account.partition(":")[0]) or account.startswith("-")


@pytest.mark.parametrize("account", ["other", "acme2", "Acme", "acme-", "other:2026-02", "-", "-deleted"])
@pytest.mark.parametrize("call", _CALLS)
async def test_other_accounts_are_out_of_reach(table: Table, call: str, account: str) -> None:
    """While one account is served, whatever asks for the rows of another, or for those about accounts, is at fault."""
    with serving("acme"), pytest.raises(ForeignAccount):
        await _CALLS[call](table, account)


@pytest.mark.parametrize("partition", ["acme", "acme:2026-02"])
def test_served_account_is_within_reach(partition: str) -> None:
    """With its further partitions."""
    with serving("acme"):
        check(partition)


def test_nobody_is_served_by_default() -> None:
    """The timer and the command line go from account to account; so does a request that concerns none."""
    check("other")
    with serving(None):
        check("other")


def test_limit_ends_with_its_block() -> None:
    """Also where it ended in an error, and where one lies in another."""
    with pytest.raises(RuntimeError), serving("acme"):
        raise RuntimeError
    check("other")
    with serving("acme"):
        with serving("other"):
            check("other")
        with pytest.raises(ForeignAccount):
            check("other")


async def test_conditions_cannot_widen_a_query() -> None:
    """They stand in brackets beside the partition, whatever they say."""
    sent: list[str] = []

    class Noting(Refusing):
        def query_entities(self, text: str, **options: Any) -> Any:  # noqa: ARG002  as the library calls it
            sent.append(text)
            raise RuntimeError

    table = Table(Noting())  # type: ignore[arg-type]  # as above
    with pytest.raises(RuntimeError):
        await table.page("acme", "u:", "u;", where=Where("true or active eq @v0", {"v0": True}))
    assert sent == ["PartitionKey eq @account and RowKey ge @low and RowKey lt @high and ( true or active eq @v0 )"]
