"""What an administrator is told to do about an entry of the log that did not succeed, by the kind of error.

Written for the people who look after the enterprise application: what to look at, and where.
Source: entra.md §5.2 for how the client goes on after each status.
"""

from domain.model import Change, Outcome, Source
from scim.group_member import GROUP_MEMBER

_BY_TYPE = {
    "uniqueness": (
        "Another resource of this account has this name already. Find it in the user or group list, then change or "
        "remove one of the two, or correct the matching attribute of the mapping, so that the client finds it."
    ),
    "mutability": "The attribute cannot be changed here. Take it out of the attribute mapping.",
    "invalidValue": (
        "A required attribute is missing, or a value does not fit its type. Correct it in the directory, or the "
        "mapping that fills it."
    ),
    "invalidPath": (
        "The mapping names an attribute that does not exist here. Compare the target attribute with /Schemas, "
        "and register an extension schema if you need it."
    ),
    "noTarget": (
        "The mapping changes an element that does not exist. Map the whole element, or set the account's "
        "unmatchedFilter to create."
    ),
    "invalidSyntax": "The request is no SCIM. If it comes from your own client, compare it with docs/protocol.md.",
    "invalidFilter": "The filter cannot be read. Look at the matching attribute of the mapping.",
    "tooMany": "Too many resources match. Use a matching attribute that is unique.",
    "sensitive": "The request told a secret in its address. Change the client to send it in the body.",
}
_BY_STATUS = {
    400: "The request does not fit. Look at the reason and at the attribute mapping of the enterprise application.",
    401: (
        "The token is wrong, expired or revoked, so nothing can be provisioned. Issue a new one, enter it as Secret "
        "Token of the enterprise application, and test the connection."
    ),
    403: "The token lacks a permission, which the reason names. Issue one with all five permissions.",
    404: (
        "The resource is gone, but the client still has a link to it. Restart provisioning, so that the client looks "
        "it up again and creates it anew."
    ),
    405: "The client calls something that this service does not offer. Check the Tenant URL.",
    409: "Others changed the resource at the same time, or it exists already. The client tries again by itself.",
    412: "The resource has changed since the client read it. The client tries again by itself.",
    413: "The resource is too large to be stored. Provision fewer members or attributes in one request.",
    415: "The client sends something else than JSON. Check the Tenant URL and the client.",
    429: "The client sends faster than the account allows. It slows down by itself; raise the limit if it recurs.",
    500: "This service failed. The client tries again; if it recurs, tell the operator the correlation id.",
    501: "The client asks for something that this service does not offer. Leave it out of the mapping.",
    503: "The storage of this service did not answer. The client tries again by itself.",
}
_BY_KIND = {
    GROUP_MEMBER: (
        "The person is not provisioned. Assign the person to the enterprise application, or look for the "
        "person's own entry in this log; the client adds the person to the group later."
    ),
}
_OF_THE_MANAGER_API = (
    "This was asked of the manager API, which does not try again. "
    "The reason says what speaks against it, and what to do."
)
_OF_THE_OPERATOR = "An operator asked for this, and nothing tries again. The reason says what speaks against it."
_OF_A_NOTICE = (
    "The notice was given up and is not sent again. Mend what the reason names, and try the channel with a test notice."
)
_WHOEVER_ASKED = (401, 403, 429)
"""Below 500, what is the same for the client and for administrators."""
_OTHERWISE = "Look at the reason; the client tries again by itself."


def advice(change: Change) -> str | None:
    """What to do about *change* in plain words; None where it succeeded."""
    if change.outcome is Outcome.SUCCESS:
        return None
    if change.source is Source.MANAGER and change.status < 500 and change.status not in _WHOEVER_ASKED:
        return _OF_THE_MANAGER_API
    if change.source is Source.SYSTEM:
        return _OF_A_NOTICE if change.kind == "Notice" else _OF_THE_OPERATOR
    told = _BY_TYPE.get(change.scim_type) or _BY_STATUS.get(change.status) or _BY_KIND.get(change.kind)
    return told or _OTHERWISE
