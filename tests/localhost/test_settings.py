"""What is read of host.json, of the local settings and of the environment."""

import json
import os
from pathlib import Path

import pytest

from localhost.settings import (
    BadSettings,
    HostConfig,
    LocalSettings,
    body_limit,
    has_homepage,
    in_environment,
    is_disabled,
    read_host_config,
    read_local_settings,
)

PREFIX = "AzureFunctionsJobHost__extensions__http__routePrefix"


def write_host(folder: Path, **http: object) -> Path:
    (folder / "host.json").write_text(json.dumps({"version": "2.0", "extensions": {"http": http}}), "utf-8")
    return folder


def test_defaults_without_host_json(tmp_path: Path) -> None:
    """Without a file the prefix is api, and nothing is limited."""
    assert read_host_config(tmp_path, {}) == HostConfig("api", {}, None, None)


def test_host_json(tmp_path: Path) -> None:
    """Prefix, headers and limits come from extensions.http; -1 is no limit."""
    write_host(tmp_path, routePrefix="", customHeaders={"X-A": "1"}, maxConcurrentRequests=5, maxOutstandingRequests=-1)
    assert read_host_config(tmp_path, {}) == HostConfig("", {"X-A": "1"}, 5, None)


@pytest.mark.parametrize("name", [PREFIX, PREFIX.upper(), PREFIX.lower()])
def test_environment_overrides_host_json(tmp_path: Path, name: str) -> None:
    """A variable, its name in any case, wins over the file."""
    assert read_host_config(write_host(tmp_path, routePrefix=""), {name: "v1"}).route_prefix == "v1"


def test_environment_adds_to_host_json(tmp_path: Path) -> None:
    """A variable can name what the file does not have."""
    environment = {"AzureFunctionsJobHost__extensions__http__maxOutstandingRequests": "7"}
    assert read_host_config(tmp_path, environment).max_outstanding_requests == 7


@pytest.mark.parametrize("text", ["{", "[]", '{"extensions": {"http": {"maxConcurrentRequests": "many"}}}'])
def test_broken_host_json(tmp_path: Path, text: str) -> None:
    """A file that cannot be understood is an error that names it."""
    (tmp_path / "host.json").write_text(text, "utf-8")
    with pytest.raises(BadSettings, match=r"host\.json"):
        read_host_config(tmp_path, {})


def test_local_settings(tmp_path: Path) -> None:
    """Values become app settings, and the file may name a port; a byte order mark is skipped."""
    path = tmp_path / "local.settings.json"
    path.write_text('{"Values": {"A": "1"}, "Host": {"LocalHttpPort": 7072}}', "utf-8-sig")
    assert read_local_settings(path) == LocalSettings({"A": "1"}, 7072)


def test_no_local_settings(tmp_path: Path) -> None:
    """The file may be missing."""
    assert read_local_settings(tmp_path / "local.settings.json") == LocalSettings({}, None)


@pytest.mark.parametrize("text", ["", '{"IsEncrypted": true}', '{"Values": {"A": 1}}'])
def test_broken_local_settings(tmp_path: Path, text: str) -> None:
    """Settings that are encrypted, no JSON or no strings are refused."""
    path = tmp_path / "local.settings.json"
    path.write_text(text, "utf-8")
    with pytest.raises(BadSettings):
        read_local_settings(path)


def test_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """App settings are in the environment for the block only."""
    monkeypatch.setenv("ROLLCALL_KNOWN", "before")
    monkeypatch.delenv("ROLLCALL_NEW", raising=False)
    with in_environment({"ROLLCALL_KNOWN": "during", "ROLLCALL_NEW": "during"}):
        assert (os.environ["ROLLCALL_KNOWN"], os.environ["ROLLCALL_NEW"]) == ("during", "during")
    assert (os.environ["ROLLCALL_KNOWN"], os.environ.get("ROLLCALL_NEW")) == ("before", None)


@pytest.mark.parametrize(
    ("name", "value", "disabled"),
    [
        ("AzureWebJobs.tick.Disabled", "1", True),
        ("AzureWebJobs.tick.Disabled", "TRUE", True),
        ("AzureWebJobs__tick__Disabled", "true", True),
        ("AzureWebJobs.tick.Disabled", "0", False),
        ("AzureWebJobs.tock.Disabled", "1", False),
    ],
)
def test_disabled(name: str, value: str, disabled: bool) -> None:
    """A setting switches one function off."""
    assert is_disabled("tick", {name: value}) is disabled


@pytest.mark.parametrize(("value", "shown"), [("true", False), ("True", False), ("false", True), ("", True)])
def test_homepage(value: str, shown: bool) -> None:
    """A setting takes the home page away."""
    assert has_homepage({"AzureWebJobsDisableHomepage": value}) is shown


def test_body_limit() -> None:
    """The limit is 100 MB unless a setting says otherwise, and that must be a number."""
    assert body_limit({}) == 104_857_600
    assert body_limit({"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "5"}) == 5
    with pytest.raises(BadSettings):
        body_limit({"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "5 MB"})
