"""What the pages about deployment name is there: commands, targets, options, settings, keys, error codes."""

import re

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from cli.__main__ import app
from cli.enterprise.declaration import Attribute, Declaration, ObjectMapping
from cli.enterprise.status import ADVICE
from tests.infra.compiler import BICEP, ROOT

DEPLOY = (ROOT / "docs" / "deploy.md").read_text("utf-8")
APPLICATION = (ROOT / "docs" / "enterprise-application.md").read_text("utf-8")
_MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_targets_are_there() -> None:
    """Every ``make`` target that is named."""
    named = set(re.findall(r"(?:`|^|&& )make ([a-z]+)", DEPLOY, re.MULTILINE))
    targets = set(re.findall(r"^\.PHONY: (\S+)$", _MAKEFILE, re.MULTILINE))
    assert named - targets == set()
    assert named >= {"package", "policy", "snapshots", "verify"}


@pytest.mark.parametrize("command", sorted(set(re.findall(r"python -m cli ([a-z-]+ [a-z]+)", DEPLOY + APPLICATION))))
def test_command_is_there(command: str) -> None:
    """Every command that is named has a help."""
    assert CliRunner().invoke(app, [*command.split(), "--help"]).exit_code == 0


def test_options_are_parameters() -> None:
    """Every row of the table of options is a parameter of main.bicep, or a part of one."""
    section = DEPLOY.partition("## Environments and options")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `([a-zA-Z]+)", section, re.MULTILINE))
    template = (BICEP / "main.bicep").read_text("utf-8")
    assert len(named) > 8
    assert {each for each in named if f"param {each} " not in template} == set()


def test_outputs_are_there() -> None:
    """Every output of the table is one of main.bicep's."""
    outputs = set(re.findall(r"^output (\w+) ", (BICEP / "main.bicep").read_text("utf-8"), re.MULTILINE))
    assert {each for each in outputs if f"`{each}`" not in DEPLOY} == set()


def test_variables_of_the_application_are_named() -> None:
    """Every variable that the parameters of enterprise-application.bicep read stands in the page, as they say."""
    parameters = (BICEP / "enterprise-application.bicepparam").read_text("utf-8")
    read = re.findall(r"readEnvironmentVariable\('(\w+)'", parameters)
    assert len(read) > 4
    assert [each for each in read if not re.search(rf"\b{each}\b", APPLICATION)] == []


def test_every_key_is_explained() -> None:
    """All that the YAML file may hold stands in the page."""
    missing = [name for name in _keys(Declaration) if name not in APPLICATION]
    assert missing == []


def _keys(model: type[BaseModel]) -> list[str]:
    nested = {"application", "account", "credentials", "notifications", "mappings", "users", "groups"}
    own = [f"`{each}`" if each not in nested else each for each in model.model_fields]
    if model is Declaration:
        own += [f"{each}`" for each in (*Attribute.model_fields, *ObjectMapping.model_fields)]
    return own


def test_every_advice_is_explained() -> None:
    """Each error code for which ``status`` has a hint has a row in the troubleshooting."""
    assert [code for code in ADVICE if f"`{code}`" not in DEPLOY] == []
