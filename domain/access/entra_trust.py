"""Whom an account trusts: the Entra tenant whose provisioning service may call without a token of ours."""

import dataclasses
from collections.abc import Iterable
from uuid import UUID

from domain.access.administration import OPERATOR, Act, Office, write_down
from domain.access.keys import check_may_no_more
from domain.access.principals import Policy, service_account
from domain.access.refused_acts import Invalid
from domain.access.service_accounts import find_service_account
from domain.access.signin import Caller
from domain.model import Account, Action, EntraTrust
from domain.ports import StoreUnavailable, VersionConflict
from domain.refusals import Refusal

_MOST = 10
"""Audiences, and applications."""
_LENGTH = 200
_TRIES = 10


async def trust_entra(office: Office, caller: Caller, trust: EntraTrust | None) -> Account:
    """The account, which trusts *trust* from now on, or nobody where it is None.

    Raises:
        Invalid: A tenant or subject that is no GUID, or none or too many of the others.
        NotAllowed: The service account may more than the caller.
        RecordNotFound: There is no such service account.
    """
    act = Act(Action.UPDATE, "Account", caller.account.id, attributes=("entra",))
    try:
        if trust is not None:
            trust = _checked(caller, trust, await office.policies.get_policy(caller.account.id))
    except Refusal as error:
        if caller.actor == OPERATOR:  # what is refused over HTTP is written down there
            await write_down(office, caller, act, refused=str(error))
        raise
    account = await _write(office, caller.account.id, trust)
    office.forget(account.id)
    await write_down(office, caller, act)
    return account


async def _write(office: Office, account_id: str, trust: EntraTrust | None) -> Account:
    """The account with *trust* among its other settings, as they are by then."""
    for _ in range(_TRIES):
        before = await office.accounts.get_account(account_id)
        after = dataclasses.replace(before, settings=dataclasses.replace(before.settings, entra=trust))
        try:
            await office.accounts.replace_account(after, over=before.settings)
        except VersionConflict:
            continue
        return after
    raise StoreUnavailable("the account's settings kept changing")


def _checked(caller: Caller, trust: EntraTrust, policy: Policy) -> EntraTrust:
    """*trust* as it is kept: GUIDs in lower case."""
    owner = service_account(find_service_account(policy, trust.service_account).id)
    check_may_no_more(caller, policy, owner)
    for each in (trust.audiences, trust.app_ids):
        if not 1 <= len(each) <= _MOST:
            raise Invalid(f"1 to {_MOST} audiences, and as many applications, can be trusted")
    if bool(trust.client_subject) is not bool(trust.client_audiences) or len(trust.client_audiences) > _MOST:
        raise Invalid("assertions are taken of one subject, for 1 to 10 audiences; give both or neither")
    _check_texts((*trust.audiences, *trust.app_ids, *trust.client_audiences))
    return dataclasses.replace(
        trust,
        tenant=_guid(trust.tenant, "tenant"),
        client_subject=_guid(trust.client_subject, "subject") if trust.client_subject else "",
        service_account=owner.id,
    )


def _check_texts(texts: Iterable[str]) -> None:
    if not all(0 < len(each) <= _LENGTH for each in texts):
        raise Invalid(f"an audience or an application has 1 to {_LENGTH} characters")


def _guid(text: str, what: str) -> str:
    try:
        guid = str(UUID(text))
    except ValueError:
        guid = ""
    if not guid or guid != text.lower():
        raise Invalid(f"the {what} is a GUID, as 72f988bf-86f1-41af-91ab-2d7cd011db47")
    return guid
