"""The commands about tokens, keys, service accounts and roles, over the memory of this process."""

import asyncio
import json
from typing import Any

import pytest

from domain.access import tokens
from domain.access.administration import operator
from domain.native.counter import Counter
from domain.native.places import create_place
from domain.native.scopes import ACCOUNT, Scope
from tests.cli.test_commands import MemoryStores, create, run
from tests.cli.test_commands import stores as stores  # the fixture
from tests.domain.builders import make_desk

_NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def account(stores: MemoryStores) -> None:  # noqa: ARG001  they stand behind the command
    create()


def told(*arguments: str) -> Any:
    """What a command tells programs."""
    return json.loads(run(*arguments, "--json").stdout)


def fails(*arguments: str) -> str:
    """Why a command fails."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


def test_token_is_told_to_programs() -> None:
    """Id, name, end, and the text; the list has no secret."""
    issued = told("token", "issue", "acme", "--name", "Entra", "--days", "90")
    shown = tokens.read(issued["token"])
    assert shown is not None
    assert (issued["id"], issued["name"]) == (shown.id, "Entra")
    (listed,) = told("token", "list", "acme")
    assert (listed["token"], listed["owner"], listed["state"]) == (shown.id, "service-account:provisioning", "valid")
    assert (listed["key"], listed["last used"]) == ("default", None)
    assert shown.secret not in json.dumps(listed)


def test_token_is_rotated() -> None:
    """The old one is told apart, and works on for a while or not at all."""
    first = told("token", "issue", "acme")["id"]
    second = told("token", "rotate", "acme", first)["id"]
    third = told("token", "rotate", "acme", second, "--overlap-hours", "0")["id"]
    states = {each["token"]: each["state"] for each in told("token", "list", "acme")}
    assert states == {first: "rotated", second: "expired", third: "valid"}
    assert "cannot be changed" in fails("token", "rotate", "acme", first)


def test_end_of_a_token_is_chosen() -> None:
    """In hours, or never; one of both."""
    token_id = told("token", "issue", "acme")["id"]
    assert "valid until it is revoked" in run("token", "expire", "acme", token_id, "--never").stdout
    assert " UTC" in run("token", "expire", "acme", token_id, "--in-hours", "0").stdout
    assert told("token", "list", "acme")[0]["state"] == "expired"
    assert run("token", "expire", "acme", token_id).exit_code == 2
    assert run("token", "expire", "acme", token_id, "--never", "--in-hours", "1").exit_code == 2


def test_limits_are_told() -> None:
    """The sixth token of a key is refused, with the reason."""
    for _ in range(5):
        run("token", "issue", "acme")
    assert "there may be 5; remove one, or raise the account's setting tokensPerKey" in fails("token", "issue", "acme")


def test_key_is_created_and_deleted() -> None:
    """With what is kept under it."""
    assert "is created" in run("key", "create", "acme", "second", "--days", "0").stdout
    issued = told("token", "issue", "acme", "--key", "second")
    assert issued["expires"] is None
    listed = {(each["owner"], each["key"]): each["tokens"] for each in told("key", "list", "acme")}
    assert listed[("service-account:provisioning", "second")] == 1
    assert "is deleted" in run("key", "delete", "acme", "second").stdout
    assert told("token", "list", "acme") == []
    assert "has no key second" in fails("key", "delete", "acme", "second")
    assert "has no key second" in fails("token", "issue", "acme", "--key", "second")


def test_user_can_own_a_key() -> None:
    """The operator makes it."""
    assert run("key", "create", "acme", "mine", "--user", _NOBODY).exit_code == 0
    told("token", "issue", "acme", "--user", _NOBODY, "--key", "mine")
    assert told("token", "list", "acme")[0]["owner"] == f"user:{_NOBODY}"


def test_service_account_has_a_life() -> None:
    """Created, given a role, disabled, enabled, removed."""
    run("service-account", "create", "acme", "bot")
    run("role", "bind", "acme", "_auditor", "--service-account", "bot")
    run("service-account", "disable", "acme", "bot")
    shown = {each["service account"]: each for each in told("service-account", "list", "acme")}
    assert (shown["bot"]["active"], shown["bot"]["roles"]) == (False, ["_auditor"])
    run("service-account", "enable", "acme", "bot")
    assert "bot" in run("service-account", "list", "acme").stdout
    assert run("service-account", "remove", "acme", "bot").exit_code == 0
    assert "no service account bot" in fails("service-account", "remove", "acme", "bot")
    assert "no service account bot" in fails("service-account", "disable", "acme", "bot")


def test_last_administrator_is_kept() -> None:
    """Whichever way it would go."""
    for command in (
        ("service-account", "remove", "acme", "admin"),
        ("service-account", "disable", "acme", "admin"),
        ("role", "unbind", "acme", "_account_admin", "--service-account", "admin"),
    ):
        assert "needs somebody who holds Account Admin" in fails(*command)


def test_role_has_a_life(stores: MemoryStores) -> None:
    """Made, listed beside the built-in ones, given, taken, deleted."""
    run("role", "create", "acme", "seer", "--permission", "core_user_view", "--name", "Seer")
    roles = {each["role"]: each["permissions"] for each in told("role", "list", "acme")}
    assert roles["seer"] == ["core_user_view"]
    assert {"_account_admin", "_user_provisioner", "_auditor"} < roles.keys()
    given = ("role", "bind", "acme", "seer", "--service-account", "provisioning", "--scope", "ops/web")
    assert "no ops/web" in fails(*given)
    asyncio.run(open_project(stores))
    run(*given)
    bound = {"principal": "service-account:provisioning", "role": "seer", "scope": "ops/web"}
    assert bound in told("role", "bindings", "acme")
    assert "still" in fails("role", "delete", "acme", "seer")
    run("role", "unbind", "acme", "seer", "--service-account", "provisioning", "--scope", "ops/web")
    assert run("role", "delete", "acme", "seer").exit_code == 0
    assert "no role seer" in fails("role", "delete", "acme", "seer")


async def open_project(stores: MemoryStores) -> None:
    """The command line opens none."""
    acme = await stores.accounts.get_account("acme")
    counter = Counter(make_desk(stores.directory), stores.native, operator(acme))
    await create_place(counter, ACCOUNT, "Ops", identifier="ops")
    await create_place(counter, Scope("ops"), "Web", identifier="web")


def test_role_is_bound_to_one_principal() -> None:
    """Not to none, nor to two; unknown ones are told."""
    assert run("role", "bind", "acme", "_auditor").exit_code == 2
    assert run("role", "bind", "acme", "_auditor", "--user", _NOBODY, "--group", _NOBODY).exit_code == 2
    for option in ("--user", "--group"):
        assert _NOBODY in fails("role", "bind", "acme", "_auditor", option, _NOBODY)
    assert "does not have" in fails("role", "unbind", "acme", "_auditor", "--service-account", "provisioning")


@pytest.mark.parametrize(
    "command",
    [
        ("token", "list"),
        ("key", "list"),
        ("key", "create", "x"),
        ("service-account", "list"),
        ("service-account", "create", "x"),
        ("role", "list"),
        ("role", "bindings"),
        ("role", "delete", "x"),
    ],
)
def test_unknown_account_is_told(command: tuple[str, ...]) -> None:
    """By every command."""
    assert "there is no account nobody" in fails(*command[:2], "nobody", *command[2:])


def test_account_is_told_to_programs() -> None:
    """With a token of its administrator, where it is asked for."""
    opened = told("account", "create", "Other", "--id", "other", "--admin-token")
    assert (opened["account"], tokens.read(opened["admin token"]) is not None) == ("other", True)
    assert opened["tenant URL"].endswith("/scim/account/other")
    assert "admin token" not in told("account", "create", "Third", "--id", "third")


def test_tenant_is_trusted_and_not() -> None:
    """One at a time; the standard audience is that of custom applications."""
    tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"
    assert told("entra", "show", "acme") == []
    run("entra", "trust", "acme", tenant.upper())
    (shown,) = told("entra", "show", "acme")
    assert (shown["tenant"], shown["service_account"]) == (tenant, "provisioning")
    assert shown["audiences"] == ["8adf8e6e-67b2-4cf2-a259-e3dc5476c621"]
    assert "is a GUID" in fails("entra", "trust", "acme", "common")
    assert "no service account nobody" in fails("entra", "trust", "acme", tenant, "--service-account", "nobody")
    run("entra", "distrust", "acme")
    assert told("entra", "show", "acme") == []
