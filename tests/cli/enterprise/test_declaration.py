"""The YAML file: the sample is right, and what is wrong is told with its place."""

from pathlib import Path
from typing import Any

import pytest

from cli.enterprise.declaration import BadDeclaration, read
from tests.cli.enterprise.world import URL, declaration

SAMPLE = Path(__file__).parents[3] / "infra" / "enterprise-application.sample.yaml"
_MINIMAL = """\
application: {name: Rollcall, unique_name: rollcall-test}
account: {id: acme, name: Acme}
scope: all
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that says the least that there can be."""
    path = tmp_path / "declared.yaml"
    path.write_text(_MINIMAL, "utf-8")
    return path


def test_sample_is_right() -> None:
    """The sample can be copied; the country of its filter is a text, not a truth value."""
    declared = read(SAMPLE)
    assert declared.mappings.users.scoping[0].clauses[0].value == "NO"
    assert declared.scope == "assigned"


def test_little_is_enough(file: Path) -> None:
    """Names, account and scope; all else has a default."""
    declared = read(file)
    assert (declared.state, declared.credentials.lifetime_days, declared.mappings.users.attributes) == (
        "running",
        180,
        None,
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("stat: running", "stat: Extra inputs are not permitted"),
        ("state: stopped", "state: Input should be 'running' or 'paused'"),
        ("tenant_url: http://rollcall.example", "https"),
        ("tenant_url: nowhere", "URL"),
        ("credentials: {lifetime_days: 30, rotate_before_days: 30}", "rotate_before_days must be less"),
        ("credentials: {lifetime_days: soon}", "credentials.lifetime_days"),
        ("credentials: {lifetime_days: '30'}", "credentials.lifetime_days"),
        ("assigned: [the-staff]", "assigned.0"),
        ("notifications: {email: nobody}", "notifications.email"),
        ("mappings: {users: {attributes: [{target: userName, source: mail}]}}", "no attribute has match"),
        ("mappings: {users: {attributes: [{target: a, source: b, match: 1}, {target: a, source: c}]}}", "mapped twice"),
        ("mappings: {users: {attributes: [{target: a, source: b, constant: c, match: 1}]}}", "name one of"),
        ("mappings: {users: {attributes: [{target: a, match: 1}]}}", "name one of"),
        ("mappings: {users: {scoping: [{name: x, clauses: []}]}}", "scoping.0.clauses"),
        ("mappings: {users: {scoping: [{name: x, clauses: [{attribute: a, operator: EQUALS}]}]}}", "needs a value"),
        ("mappings: {users: {scoping: [{name: x, clauses: [{attribute: a, operator: LIKE, value: b}]}]}}", "operator"),
        ("account: {id: other, name: Other}", "found duplicate key"),
        ("application: [", "is no YAML"),
        ("mappings: &a [*a]", "is no YAML"),
        ("stat: !!binary /w==", "is no YAML"),
        ('stat: "\\ud800"', "is no YAML"),
        (f"stat: {'[' * 2000}", "is no YAML"),
        ("tenant_url: https://kim:secret@rollcall.example", "no user name"),
    ],
)
def test_wrong_file_is_told(file: Path, text: str, complaint: str) -> None:
    """A misspelt key, a wrong type, an impossible value, a key twice: each ends in a text that says where."""
    file.write_text(f"{_MINIMAL}{text}\n", "utf-8")
    with pytest.raises(BadDeclaration, match=complaint):
        read(file)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is one line."""
    with pytest.raises(BadDeclaration, match="cannot be read: No such file"):
        read(tmp_path / "none.yaml")


@pytest.mark.parametrize("account", ["''", "not an id", "../other", "a"])
def test_account_that_cannot_be(file: Path, account: str) -> None:
    """An id that no account can have is told by plan, and not only when the account is to be opened."""
    file.write_text(_MINIMAL.replace("acme", account), "utf-8")
    with pytest.raises(BadDeclaration, match=r"account\.id"):
        read(file)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "text"])
def test_file_of_another_shape(file: Path, text: str) -> None:
    """Nothing, a list, a text: no declaration."""
    file.write_text(text, "utf-8")
    with pytest.raises(BadDeclaration, match="is wrong"):
        read(file)


@pytest.mark.parametrize(
    ("declared", "environment", "url"),
    [
        ({}, {"TENANT_URL": "https://other.example"}, URL),
        ({"tenant_url": None}, {"TENANT_URL": "https://a.example/x", "PUBLIC_BASE_URL": "https://b.example"},
         "https://a.example/x"),
        ({"tenant_url": None}, {"PUBLIC_BASE_URL": "https://b.example/"}, "https://b.example/scim/account/acme"),
    ],
)  # fmt: skip
def test_tenant_url(declared: dict[str, Any], environment: dict[str, str], url: str) -> None:
    """The file's own address comes first, then what the deployment tells."""
    assert declaration(**declared).url(environment) == url


@pytest.mark.parametrize("environment", [{}, {"PUBLIC_BASE_URL": "http://127.0.0.1:7071"}])
def test_no_tenant_url(environment: dict[str, str]) -> None:
    """Without an address, or with one that Entra does not call, nothing is begun."""
    with pytest.raises(BadDeclaration, match="tenant_url"):
        declaration(tenant_url=None).url(environment)


def test_nobody_assigned() -> None:
    """Assigned users only, and nobody assigned: nothing would ever be provisioned."""
    with pytest.raises(ValueError, match="would provision nobody"):
        declaration(assigned=[])
