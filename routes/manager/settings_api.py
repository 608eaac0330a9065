"""The settings of an account in the manager API: whatever `domain.model.AccountSettings` has.

Only whom it trusts has routes of its own, as there are rules about it (``routes/manager/entra_api.py``).
"""

import dataclasses
from typing import Annotated, Any

from pydantic import Field, StrictBool, StringConstraints, create_model

from domain.access.signin import Caller
from domain.model import AccountSettings
from domain.native.account_settings import Settled, change_settings, read_settings
from routes.http import Request, Response
from routes.manager.common import MANAGER_BASE, Body, Shape, View, answer_versioned, read_body, unless_known
from routes.route import Route, Services

_DOMAIN = r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$"
_Domain = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=253),
    Shape(_DOMAIN, "must be a domain such as corp.example"),
]
_CONSTRAINED: dict[str, Any] = {
    "email_domains": Annotated[tuple[_Domain, ...], Field(max_length=100)],
    "log_retention_days": Annotated[int, Field(strict=True, ge=1, le=3_650)],
    "keys_per_owner": Annotated[int, Field(strict=True, ge=1, le=100)],
    "tokens_per_key": Annotated[int, Field(strict=True, ge=1, le=100)],
    "log_values": StrictBool,
    "native_delete": StrictBool,
}
"""What a value may be beyond its type."""

_FIELDS = {each.name: each for each in dataclasses.fields(AccountSettings) if each.name != "entra"}


_shown: dict[str, Any] = {name: (each.type, ...) for name, each in _FIELDS.items()}
_taken: dict[str, Any] = {name: (_CONSTRAINED.get(name, each.type), each.default) for name, each in _FIELDS.items()}
SettingsView: type[View] = create_model("SettingsView", __base__=View, __doc__="What is set.", **_shown)
EditSettings: type[Body] = create_model(
    "EditSettings", __base__=Body, __doc__="What is to be set; what is left out stays.", **_taken
)


async def get_settings(services: Services, caller: Caller, request: Request) -> Response:
    """Read the settings of the account."""
    settled = await read_settings(services.office.accounts, caller)
    return unless_known(_view(settled), settled.version, request)


async def edit_settings(services: Services, caller: Caller, request: Request) -> Response:
    """Change settings of the account; they take effect everywhere within a minute."""
    body = read_body(EditSettings, request)
    new = {name: getattr(body, name) for name in _FIELDS if name in body.model_fields_set}
    settled = await change_settings(services.desk, services.office.accounts, caller, new, if_match=request.if_match)
    return answer_versioned(_view(settled), settled.version)


def _view(settled: Settled) -> View:
    told = dataclasses.asdict(settled.settings)
    return SettingsView.model_validate(told, by_name=True, by_alias=False)


_SETTINGS = f"{MANAGER_BASE}/settings"

ROUTES: tuple[Route, ...] = (
    Route("manager_settings_get", "GET", _SETTINGS, get_settings, frozenset({"core_account_view"}), gives=SettingsView),
    Route(
        "manager_settings_edit",
        "PATCH",
        _SETTINGS,
        edit_settings,
        frozenset({"core_account_manage"}),
        True,
        takes=EditSettings,
        gives=SettingsView,
    ),
)
