"""Bodies that clients send, and tokens; they carry defaults, a test states what matters."""

from typing import Any

from domain.access import tokens
from tests.stack import Service, Tenant
from wiring import SystemClock

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def user(user_name: str = "ada@example.com", /, **attributes: Any) -> dict[str, Any]:
    return {"schemas": [USER_URN], "userName": user_name, **attributes}


def group(display_name: str = "Analysts", /, *members: str, **attributes: Any) -> dict[str, Any]:
    given = {"members": [{"value": each} for each in members]} if members else {}
    return {"schemas": [GROUP_URN], "displayName": display_name, **given, **attributes}


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_URN], "Operations": list(operations)}


def replacing(path: str, value: Any) -> dict[str, Any]:
    """A PATCH with one replacement."""
    return patch({"op": "replace", "path": path, "value": value})


async def headers_of_token(service: Service, tenant: Tenant, *permissions: str) -> dict[str, str]:
    """The header that carries a new token of the account that may do this and nothing else."""
    policy = await service.stores.policies.get_policy(tenant.account)
    issued = tokens.issue(tenant.account, "limited", now=SystemClock().now(), permissions=frozenset(permissions))
    await service.stores.policies.change_policy(tenant.account, policy.version, [issued.token])
    return {"Authorization": f"Bearer {issued.text}"}
