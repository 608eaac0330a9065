"""The commands beside sync: on-demand, generate, replay, validate and schema; and what sync writes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from simulator.command_line import options
from simulator.command_line.app import app
from tests.simulator.fake_service import BASE, TOKEN, FakeService

SAMPLES = Path(__file__).parents[3] / "simulator" / "samples"
FABRIKAM = str(SAMPLES / "fabrikam-portal")
EXPORTED = str(Path(__file__).parents[1] / "samples" / "exported_schema.json")

type Run = Callable[..., Result]


@pytest.fixture
def run(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command against the fake, on a wide terminal that is none."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("SCIM_TOKEN", TOKEN)
    monkeypatch.setattr(options, "make_transport", lambda _: service.transport)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return invoke


@pytest.fixture
def tenant(run: Run, tmp_path: Path) -> Path:
    """A made-up tenant with three rounds of changes."""
    folder = tmp_path / "tenant"
    assert run("generate", str(folder), "--users", "30", "--groups", "4", "--edits", "3", "--assigned").exit_code == 0
    return folder


def test_weeks_run_at_once(run: Run, service: FakeService, tenant: Path, tmp_path: Path) -> None:
    """Many cycles by a moved clock; every one has a line, and all outputs are written."""
    outputs = {name: tmp_path / name for name in ("report.json", "log.json", "page.html", "state.json")}
    result = run(
        *("sync", "--tenant-url", BASE, "--directory", str(tenant), "--cycles", "4", "--virtual-clock"),
        *("--json", str(outputs["report.json"]), "--log", str(outputs["log.json"])),
        *("--html", str(outputs["page.html"]), "--state", str(outputs["state.json"])),
    )
    assert (result.exit_code, result.output.count("incremental")) == (0, 3)
    assert "scope assigned only" in result.output
    report = json.loads(outputs["report.json"].read_text("utf-8"))
    assert (len(report["cycles"]), report["arrived"], report["status"]["code"]) == (4, True, "Active")
    assert len(json.loads(outputs["log.json"].read_text("utf-8"))["value"]) > len(service.users)
    assert "Provisioning report" in outputs["page.html"].read_text("utf-8")
    assert json.loads(outputs["state.json"].read_text("utf-8"))["deltas"] == 3


def test_virtual_clock_never_goes_back(run: Run, tenant: Path, tmp_path: Path) -> None:
    """A run begins after the cycles of the one before, however far they were moved ahead."""
    state, report = tmp_path / "state.json", tmp_path / "report.json"
    arguments = ("sync", "--tenant-url", BASE, "--directory", str(tenant), "--state", str(state), "--virtual-clock")
    run(*arguments, "--cycles", "2", "--interval", "100000", "--json", str(report))
    last = json.loads(report.read_text("utf-8"))["cycles"][-1]["began"]
    run(*arguments, "--json", str(report))
    assert json.loads(report.read_text("utf-8"))["cycles"][0]["began"] > last


def test_scope_may_be_chosen(run: Run, service: FakeService, tenant: Path) -> None:
    """All users although assignments are known, and with a tenant's own schema."""
    url = ("--tenant-url", BASE, "--directory", str(tenant))
    run("sync", *url)
    assigned = len(service.users)
    assert run("sync", *url, "--scope", "all").exit_code == 0
    assert len(service.users) > assigned
    assert run("sync", *url, "--schema", EXPORTED).exit_code in (0, 1)


def test_faults_leave_changes_in_escrow(run: Run, tenant: Path, tmp_path: Path) -> None:
    """Test Connection is spared; exit code 1 and the report say that not everything arrived."""
    report = tmp_path / "report.json"
    result = run(
        *("sync", "--tenant-url", BASE, "--directory", str(tenant), "--lose-answers", "0.5", "--json", str(report))
    )
    assert (result.exit_code, json.loads(report.read_text("utf-8"))["arrived"]) == (1, False)


def test_broken_delta_page_ends_the_run(run: Run, tenant: Path, tmp_path: Path) -> None:
    """It is said like a directory that cannot be read, and the cycles before it are remembered."""
    (tenant / "deltas" / "001" / "users.json").write_text("{", encoding="utf-8")
    state = tmp_path / "state.json"
    arguments = ("sync", "--tenant-url", BASE, "--directory", str(tenant), "--state", str(state), "--virtual-clock")
    result = run(*arguments, "--cycles", "3")
    assert (result.exit_code, "users.json: not JSON" in result.output) == (2, True)
    assert json.loads(state.read_text("utf-8"))["watermark"] is not None


def test_too_many_deletes(run: Run, service: FakeService, tmp_path: Path) -> None:
    """Held at the threshold, and let through when allowed."""
    (tmp_path / "users.json").write_text(json.dumps([_user("a"), _user("b")]), encoding="utf-8")
    arguments = ("sync", "--tenant-url", BASE, "--directory", str(tmp_path), "--state", str(tmp_path / "state.json"))
    run(*arguments)
    (tmp_path / "users.json").write_text("[]", encoding="utf-8")
    result = run(*arguments, "--delete-threshold", "2")
    assert ("TooManyDeletes" in result.output, service.users["u-1"]["active"]) == (True, True)
    run(*arguments, "--delete-threshold", "2", "--allow-deletes")
    assert service.users["u-1"]["active"] is False


def _user(id: str) -> dict[str, Any]:
    return {"id": id, "userPrincipalName": f"{id}@x.example", "displayName": id}


def test_on_demand(run: Run, service: FakeService) -> None:
    """Every step and every attribute is shown."""
    name = "ingrid.haaland@fabrikam.example"
    result = run("on-demand", "--tenant-url", BASE, "--directory", FABRIKAM, "--subject", name)
    assert (result.exit_code, len(service.users)) == (0, 1)
    for wanted in ("1 import", "2 scoping", "3 matching", "4 export", "userName: None → ingrid.haaland"):
        assert wanted in result.output


@pytest.mark.parametrize(("subject", "status", "code"), [("nobody", 0, 2), ("Everyone", 401, 2), ("Everyone", 500, 1)])
def test_on_demand_that_fails(run: Run, service: FakeService, subject: str, status: int, code: int) -> None:
    """No such object and a failed connection are no start; a failed change is 1."""
    if status:
        service.answer_once("GET" if status == 401 else "POST", "/.*", status)
    result = run("on-demand", "--tenant-url", BASE, "--directory", FABRIKAM, "--subject", subject)
    assert (result.exit_code, "Traceback" in result.output) == (code, False)


def test_generate_does_not_write_over_a_directory(run: Run, tenant: Path) -> None:
    """A folder that holds a directory is left alone."""
    result = run("generate", str(tenant))
    assert (result.exit_code, "holds a directory already" in result.output) == (2, True)


def test_generate_needs_a_folder(run: Run) -> None:
    """A file in its place is told before anything is made up."""
    result = run("generate", __file__)
    assert (result.exit_code, "Invalid value for 'FOLDER'" in result.output) == (2, True)


def test_replay(run: Run, service: FakeService, tmp_path: Path) -> None:
    """A log that sync wrote is sent to a service provider that was emptied."""
    log = str(tmp_path / "log.json")
    run("sync", "--tenant-url", BASE, "--directory", FABRIKAM, "--log", log)
    before = sorted(user["userName"] for user in service.users.values())
    service.users.clear()
    service.groups.clear()
    assert run("replay", log, "--tenant-url", BASE).exit_code == 0
    assert sorted(user["userName"] for user in service.users.values()) == before


def test_replay_of_no_log(run: Run, service: FakeService) -> None:
    """Another file is refused before any request."""
    assert run("replay", __file__, "--tenant-url", BASE).exit_code == 2
    assert service.sent == []


def test_validate(run: Run, tmp_path: Path) -> None:
    """Every check has a line, a failed one also what to do; the file has the requests of those that failed."""
    path = tmp_path / "validate.json"
    result = run("validate", "--tenant-url", BASE, "--json", str(path))
    assert (result.exit_code, "SCIM Validator: users" in result.output, "→ " in result.output) == (1, True, True)
    failed = [each for each in json.loads(path.read_text("utf-8"))["results"] if not each["passed"]]
    assert all(each["exchanges"] for each in failed)


def test_validate_where_there_is_nothing_to_check(run: Run, service: FakeService) -> None:
    """One request and one finding are enough to see that, and it is exit code 2."""
    service.answer_once("GET", "/Users", 401)
    result = run("validate", "--tenant-url", BASE)
    assert (result.exit_code, len(service.sent)) == (2, 1)
    assert "Nothing was checked: the token was not accepted" in result.output


def test_validate_makes_up_new_names(run: Run, service: FakeService) -> None:
    """Unless the seed is given, so that what a run left behind is in nobody's way."""

    def first_name(*seed: str) -> str:
        service.sent.clear()
        run("validate", "--tenant-url", BASE, *seed)
        return str(service.bodies("POST", "/Users")[0]["userName"])

    assert first_name() != first_name()
    assert first_name("--seed", "7") == first_name("--seed", "7")


def test_schema(run: Run) -> None:
    """The default mappings, and those of a file, are written as Graph has them."""
    assert json.loads(run("schema").stdout)["synchronizationRules"][0]["name"] == "USER_OUTBOUND_USER"
    assert "Nordics" in run("schema", EXPORTED).stdout
    assert run("schema", __file__).exit_code == 2


def test_on_demand_takes_the_directory_as_the_cycles_left_it(
    run: Run, service: FakeService, tenant: Path, tmp_path: Path
) -> None:
    """Not as it was at first: what came since would be taken back."""
    delta = {"id": (user := json.loads((tenant / "users-0001.json").read_text("utf-8"))["value"][0])["id"]}
    delta |= {"jobTitle": "Promoted", "accountEnabled": True}
    (tenant / "deltas" / "001" / "users.json").write_text(json.dumps({"value": [delta]}), encoding="utf-8")
    where = ("--tenant-url", BASE, "--directory", str(tenant), "--state", str(tmp_path / "state.json"))
    run("sync", *where, "--cycles", "2", "--virtual-clock", "--scope", "all")
    assert run("on-demand", *where, "--subject", user["id"]).exit_code == 0
    assert service.user(user["userPrincipalName"])["title"] == "Promoted"


def test_on_demand_leaves_the_state_of_another_tenant_alone(run: Run, tmp_path: Path) -> None:
    """Its links mean nothing there, and would be overwritten."""
    path = tmp_path / "state.json"
    run("sync", "--tenant-url", BASE, "--directory", FABRIKAM, "--state", str(path))
    before = path.read_bytes()
    url = "https://other.example/scim"
    result = run(
        *("on-demand", "--tenant-url", url, "--directory", FABRIKAM, "--state", str(path)), "--subject", "nobody"
    )
    assert (result.exit_code, "another tenant URL" in result.output) == (2, True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("command", ["sync", "on-demand"])
def test_state_that_cannot_be_written_is_said(
    run: Run, service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """It is found before the first object is provisioned, without a traceback."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    where = ("--tenant-url", BASE, "--directory", FABRIKAM, "--state", str(tmp_path / "state.json"))
    subject = ("--subject", "All Company") if command == "on-demand" else ()
    result = run(command, *where, *subject)
    assert (result.exit_code, service.writes) == (2, [])
    assert "No space left on device" in result.output


@pytest.mark.parametrize("left", ["users.json", "groups-0001.json", "appRoleAssignedTo.json", "deltas", "users.csv"])
def test_generate_does_not_mix(run: Run, tmp_path: Path, left: str) -> None:
    """What is left of another directory would become a part of the new one, or hide it."""
    (tmp_path / left).mkdir()
    assert run("generate", str(tmp_path), "--users", "3").exit_code == 2
    assert [each.name for each in tmp_path.iterdir()] == [left]


def test_generate_into_a_file(run: Run, tmp_path: Path) -> None:
    """What the system says is told without a traceback."""
    (tmp_path / "file").touch()
    result = run("generate", str(tmp_path / "file" / "tenant"), "--users", "3")
    assert (result.exit_code, "is no" in result.output) == (2, True)
