"""What would be deployed keeps what is promised of it, in every environment."""

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from storage.client import Tables
from tests.infra import compiler
from tests.infra.compiler import ABSENT, BICEP
from tests.infra.deployment import Deployment, Role
from tests.infra.test_bicep import ENVIRONMENTS

BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
TABLE_DATA_CONTRIBUTOR = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"
METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
MAIL_OWNER = "09976791-48a7-449e-bb21-39d1a415f350"
_KEYS = ("listkeys", "accountkey", "sharedaccesskey", "instrumentationkey", "listconnectionstrings", "password=")
_NOT_FOR_FLEX = {
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_EXTENSION_VERSION",
    "WEBSITE_RUN_FROM_PACKAGE",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "ENABLE_ORYX_BUILD",
    "WEBSITE_TIME_ZONE",
    "AzureWebJobsStorage",
    "SCIM_STORAGE",
}
_ALERTS = {"failed-requests", "storage-throttled", "provisioning-failures", "clients-throttled", "timer-not-run"}


def _of(file: Path) -> Deployment:
    return Deployment(compiler.read(BICEP / file))


@pytest.fixture(params=ENVIRONMENTS, ids=lambda file: file.stem)
def deployed(request: pytest.FixtureRequest) -> Deployment:
    """What an environment's parameters would deploy."""
    return _of(request.param)


# Every environment


def test_no_key_opens_anything(deployed: Deployment) -> None:
    """Shared keys are off, no text asks for a key, and nobody publishes with a password."""
    accounts = deployed.all("Storage/storageAccounts")
    assert [each["properties"]["allowSharedKeyAccess"] for each in accounts] == [False, False]
    assert [text for text in deployed.texts() if any(key in text.lower() for key in _KEYS)] == []
    policies = deployed.all("Web/sites/basicPublishingCredentialsPolicies")
    assert {each["name"].rpartition("/")[2]: each["properties"]["allow"] for each in policies} == {
        "ftp": False,
        "scm": False,
    }
    assert deployed.one("Insights/components")["properties"]["DisableLocalAuth"] is True
    assert deployed.one("OperationalInsights/workspaces")["properties"]["features"]["disableLocalAuth"] is True


def test_everything_is_encrypted_on_its_way(deployed: Deployment) -> None:
    """TLS 1.2 or later, everywhere, and no FTP."""
    site = deployed.one("Web/sites")["properties"]
    assert (site["httpsOnly"], site["siteConfig"]["minTlsVersion"], site["siteConfig"]["ftpsState"]) == (
        True,
        "1.2",
        "Disabled",
    )
    for account in deployed.all("Storage/storageAccounts"):
        assert account["properties"]["minimumTlsVersion"] == "TLS1_2"
        assert account["properties"]["supportsHttpsTrafficOnly"] is True


def test_nothing_is_public_in_storage(deployed: Deployment) -> None:
    """No blob is readable without a token, and nothing is copied to another tenant."""
    for account in deployed.all("Storage/storageAccounts"):
        assert account["properties"]["allowBlobPublicAccess"] is False
        assert account["properties"]["allowCrossTenantReplication"] is False
    assert deployed.one("Storage/storageAccounts/blobServices/containers")["properties"]["publicAccess"] == "None"


def test_tables_are_made(deployed: Deployment) -> None:
    """The deployment makes the tables that the service works with, in an account that the host does not use."""
    tables = deployed.all("Storage/storageAccounts/tableServices/tables")
    account = tables[0]["name"].partition("/")[0]
    assert {each["name"] for each in tables} >= {f"{account}/default/{table}" for table in _used()}
    assert deployed.settings()["AzureWebJobsStorage__accountName"] != account


def _used() -> list[str]:
    return [each.name for each in fields(Tables)]


def test_app_may_do_no_more_than_it_must(deployed: Deployment) -> None:
    """The app's identity has one role on each thing it uses, at the narrowest scope, and nobody else has one."""
    host = deployed.settings()["AzureWebJobsStorage__accountName"]
    tables = deployed.all("Storage/storageAccounts/tableServices/tables")
    expected = {(BLOB_DATA_OWNER, f"Microsoft.Storage/storageAccounts/{host}")}
    expected |= {(TABLE_DATA_CONTRIBUTOR, _path(each)) for each in tables}
    expected |= {(METRICS_PUBLISHER, _path(deployed.one("Insights/components")))}
    expected |= {(MAIL_OWNER, _path(each)) for each in deployed.all("Communication/communicationServices")}
    assert {(each.definition, each.scope) for each in deployed.roles()} == expected
    identity = deployed.one("ManagedIdentity/userAssignedIdentities")["id"]
    assert all(identity in each.principal for each in deployed.roles())


def _path(resource: Any) -> str:
    return str(resource["id"]).partition("/providers/")[2]


def test_app_is_what_the_code_needs(deployed: Deployment) -> None:
    """Flex Consumption with the Python we develop on, a concurrency of our own, and one user-assigned identity."""
    site = deployed.one("Web/sites")
    config = site["properties"]["functionAppConfig"]
    wanted = (compiler.ROOT / ".python-version").read_text("utf-8").strip()
    assert config["runtime"] == {"name": "python", "version": wanted}
    assert deployed.one("Web/serverfarms")["sku"] == {"name": "FC1", "tier": "FlexConsumption"}
    assert config["scaleAndConcurrency"]["triggers"]["http"]["perInstanceConcurrency"] > 1
    assert config["scaleAndConcurrency"]["maximumInstanceCount"] >= 40
    identity = deployed.one("ManagedIdentity/userAssignedIdentities")["id"]
    assert site["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}
    assert config["deployment"]["storage"]["authentication"]["type"] == "UserAssignedIdentity"


def test_settings_are_those_that_the_app_reads(deployed: Deployment) -> None:
    """All that wiring and timer need is set, and nothing that Flex Consumption refuses."""
    settings = deployed.settings()
    assert settings.keys() >= {
        "SCIM_STORAGE__tableServiceUri",
        "SCIM_STORAGE__clientId",
        "MAINTENANCE_SCHEDULE",
        "AzureWebJobsStorage__clientId",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    }
    assert settings["AzureWebJobsStorage__credential"] == "managedidentity"
    assert settings["AzureWebJobsDisableHomepage"] == "true"
    assert settings.keys() & _NOT_FOR_FLEX == set()


def test_everything_is_tagged(deployed: Deployment) -> None:
    """What can carry tags says whose it is, and azd finds the app."""
    untagged = {each["type"] for each in deployed.resources if "location" in each and "application" not in each["tags"]}
    assert untagged == set()
    assert deployed.one("Web/sites")["tags"]["azd-service-name"] == "api"


def test_logs_are_kept_for_a_while_and_capped(deployed: Deployment) -> None:
    """Both hold logs equally long, and a loop cannot fill them without end."""
    workspace = deployed.one("OperationalInsights/workspaces")["properties"]
    assert workspace["retentionInDays"] == deployed.one("Insights/components")["properties"]["RetentionInDays"] >= 30
    assert 0 < workspace["workspaceCapping"]["dailyQuotaGb"] <= 5


# Options


def test_production_is_private_warm_and_locked() -> None:
    """Its storage is reached from its own network only, instances wait, zones may fail, tables cannot be dropped."""
    deployed = _of(Path("environments/production.bicepparam"))
    accounts = deployed.all("Storage/storageAccounts")
    assert {each["properties"]["publicNetworkAccess"] for each in accounts} == {"Disabled"}
    assert {each["sku"]["name"] for each in accounts} == {"Standard_ZRS"}
    endpoints = deployed.all("Network/privateEndpoints")
    served = {
        (each["properties"]["groupIds"][0], each["properties"]["privateLinkServiceId"])
        for endpoint in endpoints
        for each in endpoint["properties"]["privateLinkServiceConnections"]
    }
    assert served == {("blob", accounts[0]["id"]), ("table", accounts[1]["id"])}
    assert deployed.one("Web/sites")["properties"]["virtualNetworkSubnetId"].endswith("/subnets/app")
    assert deployed.one("Web/serverfarms")["properties"]["zoneRedundant"] is True
    assert deployed.one("Authorization/locks")["id"].startswith(accounts[1]["id"])


def test_alerts_reach_the_operators() -> None:
    """Each of the promised alerts calls the one action group, which has the operators' addresses."""
    deployed = _of(Path("environments/production.bicepparam"))
    group = deployed.one("Insights/actionGroups")
    assert [each["emailAddress"] for each in group["properties"]["emailReceivers"]] == ["operators@rollcall.example"]
    called = {_alert(each): _called(each) for each in deployed.resources if "actions" in each.get("properties", {})}
    assert called == {each: [group["id"]] for each in _ALERTS}


def _alert(resource: Any) -> str:
    return str(resource["name"]).removesuffix("-rollcall-production")


def _called(resource: Any) -> list[str]:
    actions = resource["properties"]["actions"]
    return actions["actionGroups"] if isinstance(actions, dict) else [each["actionGroupId"] for each in actions]


def test_production_tells_who_was_at_the_tables() -> None:
    """Every request to a table, reads as well, leaves a line where the other logs are; the cap has room for them."""
    deployed = _of(Path("environments/production.bicepparam"))
    log = deployed.one("Insights/diagnosticSettings")
    (service,) = deployed.all("Storage/storageAccounts/tableServices")
    workspace = deployed.one("OperationalInsights/workspaces")
    assert log["id"].startswith(f"{service['id']}/")
    assert log["properties"]["workspaceId"] == workspace["id"]
    assert {each["category"] for each in log["properties"]["logs"] if each["enabled"]} == {
        "StorageRead", "StorageWrite", "StorageDelete",
    }  # fmt: skip
    assert workspace["properties"]["workspaceCapping"]["dailyQuotaGb"] == 5


@pytest.mark.parametrize("environment", ["test", "production"])
def test_budget_is_there_for_who_wants_one(plain: tuple[Path, Deployment], environment: str) -> None:
    """It is off unless an amount is given; then operators and owners are told, of what is spent and what will be."""
    folder, _ = plain
    file = folder / "bicep" / "environments" / f"{environment}.bicepparam"
    assert Deployment(compiler.snapshot(file, BUDGET_AMOUNT="")).all("Consumption/budgets") == []
    settings = {"BUDGET_AMOUNT": "80", "BUDGET_FROM": "2030-01-01", "ALERT_RECIPIENTS": "a@rollcall.example"}
    budget = Deployment(compiler.snapshot(file, **settings)).one("Consumption/budgets")["properties"]
    assert (budget["amount"], budget["timePeriod"]["startDate"]) == (80, "2030-01-01T00:00:00Z")
    told = {each["thresholdType"]: each for each in budget["notifications"].values()}
    assert told.keys() == {"Actual", "Forecasted"}
    assert all(
        (each["contactEmails"], each["contactRoles"]) == (["a@rollcall.example"], ["Owner"]) for each in told.values()
    )


def test_pipeline_gives_the_roles_that_there_are() -> None:
    """Who deploys may give the roles that the app needs, and no others."""
    given, listed = ((BICEP / each).read_text("utf-8") for each in ("modules/access.bicep", "pipeline.bicep"))
    wanted = {BLOB_DATA_OWNER, TABLE_DATA_CONTRIBUTOR, METRICS_PUBLISHER, MAIL_OWNER}
    assert set(re.findall(_GUID, given)) == wanted
    assert set(re.findall(_GUID, listed.partition("var given ")[0])) == wanted


_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Deployment]:
    """A folder for variations, and what is deployed with no option on."""
    if compiler.find() is None:
        pytest.skip(f"{ABSENT}what each option of infra/bicep changes")
    folder = tmp_path_factory.mktemp("options")
    compiler.copied(folder)
    return folder, Deployment(compiler.variation(folder, _PLAIN))


_PLAIN = {"environmentName": "'t'", "location": "'westeurope'", "mailEnabled": "false"}


@pytest.mark.parametrize(
    ("options", "added", "settings"),
    [
        (
            {"mailEnabled": "true"},
            {
                "Communication/emailServices",
                "Communication/emailServices/domains",
                "Communication/communicationServices",
            },
            {"MAIL_ACS_ENDPOINT", "MAIL_SENDER"},
        ),
        (
            {"alertRecipients": "'a@rollcall.example; b@rollcall.example'", "lockData": "true"},
            {
                "Authorization/locks",
                "Insights/actionGroups",
                "Insights/metricAlerts",
                "Insights/scheduledQueryRules",
            },
            set(),
        ),
        ({"tableAccessLog": "'changes'"}, {"Insights/diagnosticSettings"}, set()),
        (
            {"monthlyBudget": "50", "budgetFrom": "'2030-01-01'", "alertRecipients": "'a@rollcall.example'"},
            {"Consumption/budgets", "Insights/actionGroups", "Insights/metricAlerts", "Insights/scheduledQueryRules"},
            set(),
        ),
        ({"publicBaseUrl": "'https://scim.rollcall.example'"}, set(), {"PUBLIC_BASE_URL"}),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_option_adds_its_own_and_nothing_else(
    plain: tuple[Path, Deployment], options: dict[str, str], added: set[str], settings: set[str]
) -> None:
    """An option brings its resources and settings; what was there without it stays as it was."""
    folder, without = plain
    with_it = Deployment(compiler.variation(folder, _PLAIN | options))
    assert with_it.types() - without.types() == {f"Microsoft.{each}" for each in added}
    assert without.types() <= with_it.types()
    assert with_it.settings().keys() - without.settings().keys() == settings


def test_operator_may_reach_the_tables_only(plain: tuple[Path, Deployment]) -> None:
    """Who runs the command line gets each table, and no other role; the app keeps its own."""
    folder, without = plain
    deployed = Deployment(compiler.variation(folder, _PLAIN | {"operatorPrincipalId": "'someone'"}))
    tables = {_path(each) for each in deployed.all("Storage/storageAccounts/tableServices/tables")}
    new = {replace(each, scope="") for each in deployed.roles() - without.roles()}
    assert new == {Role(TABLE_DATA_CONTRIBUTOR, "", "someone")}
    assert {each.scope for each in deployed.roles() - without.roles()} == tables


def test_impossible_options_are_refused(plain: tuple[Path, Deployment]) -> None:
    """A size that the platform lacks, a principal of no kind, a misspelt name: refused before anything is deployed."""
    folder, _ = plain
    wrong = {
        "monthlyBudget": "-1",
        "tableAccessLog": "'some'",
        "scaling": "{ instanceMemoryMB: 1024, maximumInstances: 10, alwaysReady: 0, concurrency: 16 }",
        "operatorPrincipalType": "'Robot'",
        "noSuchOption": "true",
    }
    with pytest.raises(compiler.CompileError) as refusal:
        compiler.variation(folder, _PLAIN | wrong)
    assert all(each in str(refusal.value) for each in ("1024", "10", "-1", "some", "Robot", "noSuchOption"))


def test_github_signs_in_from_its_environments_only(plain: tuple[Path, Deployment]) -> None:
    """No secret: each identity trusts the environments of one repository, and who gives roles is bound to a list."""
    folder, _ = plain
    values = {"repository": "'acme/rollcall'", "location": "'westeurope'"}
    deployed = Deployment(compiler.variation(folder, values, "pipeline"))
    trusted = deployed.all("ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials")
    assert {each["properties"]["subject"].partition(":environment:")[2] for each in trusted} == {
        "production", "test", "production-plan", "test-plan",
    }  # fmt: skip
    assert all(each["properties"]["subject"].startswith("repo:acme/rollcall:") for each in trusted)
    (bound,) = [each for each in deployed.all("Authorization/roleAssignments") if "condition" in each["properties"]]
    assert set(re.findall(_GUID, bound["properties"]["condition"])) == {
        BLOB_DATA_OWNER, TABLE_DATA_CONTRIBUTOR, METRICS_PUBLISHER, MAIL_OWNER,
    }  # fmt: skip
