"""The words of SCIM that the client sends, and the two dialects that it speaks."""

from enum import StrEnum
from typing import Any

type JsonObject = dict[str, Any]

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

# Microsoft's own URN, as in the published sample of a group creation; a service provider must ignore it.
MICROSOFT_GROUP_URN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

SCIM_MEDIA_TYPE = "application/scim+json"

# What a tenant URL carries to ask for the compliant dialect, e.g. https://host/scim?aadOptscim062020.
FEATURE_FLAG = "aadOptscim062020"


class Dialect(StrEnum):
    """How PATCH is written: Entra's default, or compliant by the feature flag ``aadOptscim062020``."""

    LEGACY = "legacy"
    FLAG = "flag"
