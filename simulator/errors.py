"""What can go wrong with one object or with the whole cycle, with the code that Entra's provisioning log shows.

    ProvisioningError                    one object failed; the cycle goes on
    ├── DuplicateTargetEntries           the match query found several resources
    ├── DuplicateSourceEntries           several source objects claim one resource
    ├── MembersNotExcluded               members came although they were excluded
    ├── MissingValues                    the matching attribute is empty
    ├── MappingFailed                    an expression cannot be worked out
    ├── InvalidAnchor                    a linked resource is gone
    ├── RequestRefused                   an HTTP status that is no success
    ├── RequestTimedOut
    ├── ProtocolBroken                   the connection broke in the middle
    └── Quarantine                       the cycle stops at once
        ├── CredentialsRejected
        ├── ServiceIncompatible
        └── TargetUnreachable

Source: Microsoft Learn, "Understand how provisioning logs work" (codes), "Application provisioning in quarantine
status".
"""


class ProvisioningError(Exception):
    """One object could not be provisioned; ``code`` and ``advice`` are what Entra's log would say."""

    code = "InternalError"
    advice = "Look at the detail and at the service provider's log."

    def __init__(self, detail: str, *, status: int | None = None, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.scim_type = scim_type


class DuplicateTargetEntries(ProvisioningError):
    """The match query found more than one resource."""

    code = "DuplicateTargetEntries"
    advice = "Make the matching attribute unique in the target, or remove the surplus resources."


class DuplicateSourceEntries(ProvisioningError):
    """Several source objects would be linked to one resource."""

    code = "DuplicateSourceEntries"
    advice = "Give each source object its own value of the matching attribute."


class MembersNotExcluded(ProvisioningError):
    """A group came with members although ``excludedAttributes=members`` was asked for."""

    code = "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse"
    advice = "Let the service provider honour excludedAttributes=members on every read of groups."


class MissingValues(ProvisioningError):
    """The matching attribute is empty."""

    code = "MissingValues"
    advice = "Give the source object a value for the matching attribute."


class MappingFailed(ProvisioningError):
    """An expression of the mapping cannot be worked out for this object."""

    code = "SchemaPropertyCanOnlyAcceptValue"
    advice = "Correct the expression, or give the source attributes that it reads the values it needs."


class InvalidAnchor(ProvisioningError):
    """A linked resource is gone; Entra does not make it anew by itself."""

    code = "InvalidAnchor"
    advice = "Restart provisioning with a full reset (--restart full), so that the object is matched again."


class RequestTimedOut(ProvisioningError):
    """The answer took too long."""

    code = "Timeout"
    advice = "Make the service provider answer faster; the next cycle tries again."


class ProtocolBroken(ProvisioningError):
    """The connection broke before the answer was complete."""

    code = "WebExceptionProtocolError"
    advice = "Look for a crash or a proxy between; the next cycle tries again."


class RequestRefused(ProvisioningError):
    """The service provider answered with a status that is no success.

    *form* is what it should take if it was the form of the request that it objected to.
    """

    def __init__(self, detail: str, *, status: int, scim_type: str | None = None, form: str = "") -> None:
        super().__init__(detail, status=status, scim_type=scim_type)
        self.code, self.advice = _BY_STATUS.get(status, _INTERNAL if status >= 500 else _UNPROCESSABLE)
        if form and status in _OF_FORM:
            self.advice = f"{self.advice} If it is the form that is refused, let the service provider take {form}."


class Quarantine(ProvisioningError):
    """Entra would quarantine the job: the cycle stops at once."""


class CredentialsRejected(Quarantine):
    """The token was not accepted (401)."""

    code = "SystemForCrossDomainIdentityManagementInvalidCredentials"
    advice = "Give a token that is valid for this tenant URL, without the word Bearer."


class ServiceIncompatible(Quarantine):
    """An answer cannot be understood, or is 404 where a list was due."""

    code = "SystemForCrossDomainIdentityManagementServiceIncompatible"
    advice = "Check the tenant URL; queries must answer 200 with a ListResponse in application/scim+json."


class TargetUnreachable(Quarantine):
    """No connection could be made."""

    code = "WebExceptionProtocolError"
    advice = "Check that the tenant URL is right and that the service provider runs."


_OF_FORM = (400, 422)
_INTERNAL = ("InternalServerError", "Look at the service provider's log; the next cycle tries again.")
_UNPROCESSABLE = ("UnprocessableEntity", "The service provider refused the request; compare it with the detail.")
_RIGHTS = ("InsufficientRights", "Give the token the right to write this kind of resource.")
_BY_STATUS = {
    400: ("SchemaPropertyCanOnlyAcceptValue", "Correct the value in the source, or the mapping of that attribute."),
    403: _RIGHTS,
    404: ("InvalidAnchor", InvalidAnchor.advice),
    405: ("MethodNotAllowed", "The service provider must support this method on this resource."),
    409: (
        "EntryConflict",
        "Another resource has this matching attribute: make it findable by the match query, or unique.",
    ),
    429: ("TooManyRequests", "Allow at least 25 requests a second, or lower --concurrency."),
    501: ("NotImplemented", "The service provider must support this operation."),
}
