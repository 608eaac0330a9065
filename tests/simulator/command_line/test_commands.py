"""The command line runs Test Connection and a cycle, shows what came of it, and ends with the right exit code."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from simulator.command_line import options
from simulator.command_line.app import app
from tests.simulator.fake_service import BASE, TOKEN, FakeService

FABRIKAM = str(Path(__file__).parents[3] / "simulator" / "samples" / "fabrikam-portal")

type Run = Callable[..., Result]


@pytest.fixture
def run(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command against the fake, on a wide terminal that is none."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(options, "make_transport", lambda _: service.transport)

    def invoke(command: str, *options: str, url: str = BASE, token: str = TOKEN) -> Result:
        # By the environment, where a person would keep it: --token is tried in a test of its own.
        monkeypatch.setenv("SCIM_TOKEN", token)
        return CliRunner().invoke(app, [command, "--tenant-url", url, *options])

    return invoke


def test_connection_command(run: Run) -> None:
    """Every check has a line."""
    result = run("test-connection")
    assert (result.exit_code, result.output.count("passed")) == (0, 6)


def test_failed_connection(run: Run, service: FakeService) -> None:
    """A rejected token is exit code 2 with Entra's code and what to do, and nothing is provisioned."""
    result = run("sync", "--directory", FABRIKAM, token="wrong")
    assert (result.exit_code, service.writes) == (2, [])
    assert "SystemForCrossDomainIdentityManagementInvalidCredentials" in result.output
    assert "What to do" in result.output


def test_report_without_a_start(run: Run, tmp_path: Path) -> None:
    """Programs read that nothing arrived, not what an earlier run wrote."""
    path = tmp_path / "report.json"
    run("sync", "--directory", FABRIKAM, "--json", str(path))
    assert run("sync", "--directory", FABRIKAM, "--json", str(path), token="wrong").exit_code == 2
    report = json.loads(path.read_text("utf-8"))
    assert (report["arrived"], report["cycles"]) == (False, [])


def test_unreachable_service_is_one_clear_line(run: Run, service: FakeService) -> None:
    """No connection is said once, without a traceback."""

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    service.faults.append(gone)
    result = run("sync", "--directory", FABRIKAM)
    assert (result.exit_code, result.output.count("Test Connection failed")) == (2, 1)
    assert f"no connection to {BASE}: refused" in result.output
    assert "Traceback" not in result.output


def test_token_option(run: Run) -> None:
    """--token goes before SCIM_TOKEN."""
    assert run("test-connection", "--token", TOKEN, token="wrong").exit_code == 0


def test_second_run_has_nothing_to_do(run: Run, tmp_path: Path) -> None:
    """The first run is an initial cycle, the second one incremental, and both end well."""
    options = ("--directory", FABRIKAM, "--state", str(tmp_path / "state.json"))
    first, second = run("sync", *options), run("sync", *options)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Initial cycle done" in first.output
    assert "users        9/10" not in first.output
    assert "users        10/10" in first.output
    assert "Incremental cycle done: nothing to do." in second.output


def test_failed_connection_leaves_the_state_alone(run: Run, tmp_path: Path) -> None:
    """A mistyped tenant URL does not cost what an earlier cycle remembered."""
    path = tmp_path / "state.json"
    options = ("--directory", FABRIKAM, "--state", str(path))
    run("sync", *options)
    before = path.read_text(encoding="utf-8")
    assert run("sync", *options, "--restart", "full", url="https://other.example/scim", token="wrong").exit_code == 2
    assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("options", [["--restart", "full"], []])
def test_restart_and_another_tenant_begin_anew(run: Run, tmp_path: Path, options: list[str]) -> None:
    """--restart and a state of another tenant URL lead to an initial cycle that matches everything."""
    options = [*options, "--directory", FABRIKAM, "--state", str(tmp_path / "state.json")]
    run("sync", *options)
    url = BASE if "--restart" in options else "https://other.example/scim"
    result = run("sync", *options, url=url)
    assert (result.exit_code, "Initial cycle done: nothing to do." in result.output) == (0, True)


def test_failures_are_shown_and_written(run: Run, service: FakeService, tmp_path: Path) -> None:
    """A failed object is exit code 1, with a row that says what, why and what to do."""
    service.answer_once("POST", "/Groups", 409, scim_type="uniqueness", detail="[name] is taken")
    result = run("sync", "--directory", FABRIKAM, "--json", str(tmp_path / "report.json"))
    assert result.exit_code == 1
    for text in ("What failed", "409", "uniqueness", "EntryConflict", "[name] is taken", "export"):
        assert text in result.output
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["cycles"][0]["failures"][0]["code"] == "EntryConflict"


def test_quarantine_is_shown(run: Run, service: FakeService) -> None:
    """A cycle that was stopped is exit code 1 and says so."""
    service.answer_once("POST", "/Users", 401)
    result = run("sync", "--directory", FABRIKAM)
    assert (result.exit_code, "Entra would quarantine the job" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("url", "options", "op"),
    [(BASE, [], "Add"), (f"{BASE}?aadOptscim062020", [], "add"), (BASE, ["--dialect", "flag"], "add")],
)
def test_dialect(run: Run, service: FakeService, url: str, options: list[str], op: str) -> None:
    """The dialect follows the feature flag in the tenant URL unless it is chosen."""
    run("sync", "--directory", FABRIKAM, *options, url=url)
    assert service.bodies("PATCH", "/Groups")[0]["Operations"][0]["op"] == op


@pytest.mark.parametrize(
    "options",
    [
        ["--directory", "absent"],
        ["--directory", FABRIKAM, "--dialect", "other"],
        ["--directory", FABRIKAM, "--state", __file__],
        ["--directory", FABRIKAM, "--lose-requests", "0.6", "--late-answers", "0.6"],
    ],
)
def test_bad_arguments(run: Run, service: FakeService, options: list[str]) -> None:
    """A missing folder, an unknown dialect, no state file and faults beyond 1 are exit code 2 before any request."""
    assert (run("sync", *options).exit_code, service.sent) == (2, [])


@pytest.mark.parametrize("url", ["", "scim.example/scim", "ftp://scim.example/scim", "http://[::1", "https://"])
@pytest.mark.parametrize("command", ["test-connection", "validate"])
def test_no_tenant_url(run: Run, service: FakeService, command: str, url: str) -> None:
    """What is no URL is an option that was given wrongly."""
    result = run(command, url=url)
    assert (result.exit_code, service.sent) == (2, [])
    assert "Invalid value for '--tenant-url'" in result.output


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("  ", "is empty"),
        ("Bearer s3cr3t", "without the word Bearer"),
        ("s3cr3t\nX-Other: 1", "no header can carry"),
        ("s3crét", "no header can carry"),
    ],
)
def test_no_token(run: Run, service: FakeService, token: str, words: str) -> None:
    """What cannot be a token is refused, and not shown."""
    result = run("validate", token=token)
    assert (result.exit_code, service.sent, "s3cr" in result.output) == (2, [], False)
    assert words in result.output


def test_blanks_around_a_token(run: Run) -> None:
    """A line break that came along from a file does no harm."""
    assert run("test-connection", token=f" {TOKEN}\n").exit_code == 0


@pytest.mark.parametrize("option", ["--json", "--log", "--html", "--state"])
@pytest.mark.parametrize("where", [".", "file/below.json"])
def test_report_that_cannot_be_written(run: Run, service: FakeService, tmp_path: Path, option: str, where: str) -> None:
    """A folder, or a file in place of one, is told before anything is provisioned."""
    (tmp_path / "file").touch()
    result = run("sync", "--directory", FABRIKAM, option, str(tmp_path / where))
    assert (result.exit_code, service.sent) == (2, [])
    assert f"Invalid value for '{option}'" in result.output


def test_report_in_a_new_folder(run: Run, tmp_path: Path) -> None:
    """Folders on the way are made."""
    path = tmp_path / "new" / "deep" / "report.json"
    assert run("sync", "--directory", FABRIKAM, "--json", str(path)).exit_code == 0
    assert path.exists()
