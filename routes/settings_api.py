"""The settings of an account in the manager API: whatever `domain.model.AccountSettings` has."""

import dataclasses
from typing import Annotated, Any

from pydantic import Field, StringConstraints, create_model

from domain.account_settings import Settled, change_settings, read_settings
from domain.entra_trust import trust_entra
from domain.model import AccountSettings, EntraTrust
from domain.signin import Caller
from domain.writing import check_precondition
from routes.http import Request, Response
from routes.manager import MANAGER_BASE, Body, View, answer_versioned, read_body, unless_known
from routes.route import Route, Services

_DOMAIN = r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$"
_Domain = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=253, pattern=_DOMAIN)]
_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Texts = Annotated[tuple[_Text, ...], Field(max_length=10)]
_STANDARD = EntraTrust("")
_CONSTRAINED: dict[str, Any] = {
    "email_domains": Annotated[tuple[_Domain, ...], Field(max_length=100)],
    "log_retention_days": Annotated[int, Field(ge=1, le=3_650)],
    "keys_per_owner": Annotated[int, Field(ge=1, le=100)],
    "tokens_per_key": Annotated[int, Field(ge=1, le=100)],
}
"""What a value may be beyond its type."""

_FIELDS = {each.name: each for each in dataclasses.fields(AccountSettings) if each.name != "entra"}


class EntraView(View):
    """The Entra tenant whose tokens open the account, and as which service account its callers act."""

    tenant: str
    service_account: str
    audiences: list[str]
    app_ids: list[str]
    client_audiences: list[str]
    client_subject: str


class EntraBody(Body):
    """A tenant to trust; what is left out is as Entra's provisioning service has it."""

    tenant: _Text
    service_account: _Text = _STANDARD.service_account
    audiences: _Texts = _STANDARD.audiences
    app_ids: _Texts = _STANDARD.app_ids
    client_audiences: _Texts = _STANDARD.client_audiences
    client_subject: Annotated[str, Field(max_length=200)] = _STANDARD.client_subject


_shown: dict[str, Any] = {name: (each.type, ...) for name, each in _FIELDS.items()}
_taken: dict[str, Any] = {name: (_CONSTRAINED.get(name, each.type), each.default) for name, each in _FIELDS.items()}
SettingsView: type[View] = create_model(
    "SettingsView", __base__=View, __doc__="What is set.", **_shown, entra=(EntraView | None, None)
)
EditSettings: type[Body] = create_model(
    "EditSettings",
    __base__=Body,
    __doc__="What is to be set; what is left out stays, and no tenant is trusted where `entra` is null.",
    **_taken,
    entra=(EntraBody | None, None),
)


async def get_settings(services: Services, caller: Caller, request: Request) -> Response:
    """Read the settings of the account."""
    settled = await read_settings(services.office.accounts, caller)
    return unless_known(_view(settled), settled.version, request)


async def edit_settings(services: Services, caller: Caller, request: Request) -> Response:
    """Change settings of the account; they take effect everywhere within a minute."""
    body, accounts, if_match = read_body(EditSettings, request), services.office.accounts, request.if_match
    new = {name: getattr(body, name) for name in body.model_fields_set}
    if "entra" in new:
        check_precondition(await read_settings(accounts, caller), if_match)
        await _trust(services, caller, new.pop("entra"))
        if_match = None  # it was checked, and is another one now
    settled = await change_settings(services.desk, accounts, caller, new, if_match=if_match)
    return answer_versioned(_view(settled), settled.version)


async def _trust(services: Services, caller: Caller, wanted: EntraBody | None) -> None:
    await trust_entra(services.office, caller, None if wanted is None else EntraTrust(**wanted.model_dump()))


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
