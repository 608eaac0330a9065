"""The manager API of keys and tokens.

A user manages its own keys without a permission, and nobody else does; those of service accounts need
``core_serviceaccount_manageapikey``.  Source: harness.md §2.15.
"""

from datetime import UTC, timedelta

from domain.access import keys
from domain.access.keys import check_may_own
from domain.access.principals import ApiKey, Principal, PrincipalKind
from domain.access.signin import Caller
from domain.access.tokens import Issued
from routes.http import Request, Response
from routes.manager.access_api import named
from routes.manager.access_views import ChangedToken, IssuedToken, KeyView, NewKey, NewToken, Rotation, TokenView
from routes.manager.common import MANAGER_BASE, PageView, answer, read_body
from routes.route import Route, Services


async def list_keys(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """The keys that the caller may see: its own, and by permission those of service accounts and of users."""
    policy = await services.office.policies.get_policy(caller.account.id)
    shown = [KeyView.of(each) for each in policy.keys if _may_see(caller, each.owner)]
    return answer(PageView[KeyView](items=shown, total=len(shown)))


async def create_key(services: Services, caller: Caller, request: Request) -> Response:
    """Create a key."""
    asked = read_body(NewKey, request)
    owner, now = asked.owner.principal(), services.office.clock.now()
    check_may_own(caller, owner)
    key = ApiKey(owner, asked.id, asked.name, now, asked.description, asked.lifetime_days)
    shown = KeyView.of(await keys.create_key(services.office, caller, key))
    return answer(shown, status=201, headers={"ETag": shown.version})


async def delete_key(services: Services, caller: Caller, request: Request) -> Response:
    """Delete the key `{kind}:{owner}:{key}`, and with it its tokens: nobody gets in by them any more."""
    owner, key_id = named(request.route["id"])
    check_may_own(caller, owner)
    await keys.delete_key(services.office, caller, owner, key_id, if_match=request.if_match)
    return Response(204)


async def list_tokens(services: Services, caller: Caller, request: Request) -> Response:  # noqa: ARG001  a handler
    """The tokens that the caller may see, without their secrets."""
    found = await keys.list_tokens(services.office, caller.account.id)
    shown = [TokenView.of(each) for each in found if _may_see(caller, each.owner)]
    return answer(PageView[TokenView](items=shown, total=len(shown)))


async def issue_token(services: Services, caller: Caller, request: Request) -> Response:
    """Issue a token; its text is shown this once."""
    asked = read_body(NewToken, request)
    check_may_own(caller, asked.owner.principal())
    issued = await keys.issue_token(
        services.office,
        caller,
        owner=asked.owner.principal(),
        key_id=asked.key,
        name=asked.name,
        lifetime=None if asked.lifetime_days is None else timedelta(days=asked.lifetime_days),
        never_expires=asked.never_expires,
        valid_from=None if asked.valid_from is None else asked.valid_from.astimezone(UTC),
        permissions=asked.permissions,
    )
    return _issued(issued)


async def rotate_token(services: Services, caller: Caller, request: Request) -> Response:
    """Issue a token in place of another, which works on for a while."""
    overlap = timedelta(hours=read_body(Rotation, request).overlap_hours)
    await _check_token(services, caller, request.route["id"])
    return _issued(await keys.rotate_token(services.office, caller, request.route["id"], overlap=overlap))


async def change_token(services: Services, caller: Caller, request: Request) -> Response:
    """Choose when a token ends."""
    hours = read_body(ChangedToken, request).expires_in_hours
    await _check_token(services, caller, request.route["id"])
    changed = await keys.expire_token(
        services.office,
        caller,
        request.route["id"],
        after=None if hours is None else timedelta(hours=hours),
        if_match=request.if_match,
    )
    shown = TokenView.of(changed)
    return answer(shown, headers={"ETag": shown.version})


async def revoke_token(services: Services, caller: Caller, request: Request) -> Response:
    """Revoke a token: nobody gets in by it any more."""
    await _check_token(services, caller, request.route["id"])
    await keys.revoke_token(services.office, caller, request.route["id"], if_match=request.if_match)
    return Response(204)


async def _check_token(services: Services, caller: Caller, token_id: str) -> None:
    """Raises: RecordNotFound: No such token; NotAllowed: It is another's."""
    policy = await services.office.policies.get_policy(caller.account.id)
    check_may_own(caller, keys.find_token(policy, token_id).owner)


def _may_see(caller: Caller, owner: Principal) -> bool:
    needed = "core_user_manage" if owner.kind is PrincipalKind.USER else "core_serviceaccount_view"
    return owner == caller.owner or needed in caller.permissions


def _issued(issued: Issued) -> Response:
    shown = IssuedToken(token=TokenView.of(issued.token), text=issued.text)
    return answer(shown, status=201, headers={"Cache-Control": "no-store"})


_KEYS, _TOKENS = f"{MANAGER_BASE}/api-keys", f"{MANAGER_BASE}/tokens"
_ONE = f"{_TOKENS}/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route("manager_keys_list", "GET", _KEYS, list_keys, gives=PageView[KeyView]),
    Route("manager_keys_create", "POST", _KEYS, create_key, reads_body=True, takes=NewKey, gives=KeyView),
    Route("manager_keys_delete", "DELETE", f"{_KEYS}/{{id}}", delete_key),
    Route("manager_tokens_list", "GET", _TOKENS, list_tokens, gives=PageView[TokenView]),
    Route("manager_tokens_issue", "POST", _TOKENS, issue_token, reads_body=True, takes=NewToken, gives=IssuedToken),
    Route(
        "manager_tokens_rotate",
        "POST",
        f"{_ONE}/rotate",
        rotate_token,
        reads_body=True,
        takes=Rotation,
        gives=IssuedToken,
    ),
    Route("manager_tokens_change", "PATCH", _ONE, change_token, reads_body=True, takes=ChangedToken, gives=TokenView),
    Route("manager_tokens_revoke", "DELETE", _ONE, revoke_token),
)
