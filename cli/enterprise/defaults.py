"""The mappings that hold where the file declares none: what Entra maps by default, with the object's id as externalId.

The id never changes and is never empty; the default, mailNickname, is neither (entra.md §2.6, §3.2).
"""

from cli.enterprise.declaration import Attribute

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

USERS = (
    Attribute(target="userName", source="userPrincipalName", match=1),
    Attribute(target="active", expression='Switch([IsSoftDeleted], , "False", "True", "True", "False")'),
    Attribute(target="externalId", source="objectId"),
    Attribute(target="displayName", source="displayName"),
    Attribute(target="title", source="jobTitle"),
    Attribute(target='emails[type eq "work"].value', source="mail"),
    Attribute(target="preferredLanguage", source="preferredLanguage"),
    Attribute(target="name.givenName", source="givenName"),
    Attribute(target="name.familyName", source="surname"),
    Attribute(target="name.formatted", expression='Join(" ", [givenName], [surname])'),
    Attribute(target='addresses[type eq "work"].formatted', source="physicalDeliveryOfficeName"),
    Attribute(target='addresses[type eq "work"].streetAddress', source="streetAddress"),
    Attribute(target='addresses[type eq "work"].locality', source="city"),
    Attribute(target='addresses[type eq "work"].region', source="state"),
    Attribute(target='addresses[type eq "work"].postalCode', source="postalCode"),
    Attribute(target='addresses[type eq "work"].country', source="country"),
    Attribute(target='phoneNumbers[type eq "work"].value', source="telephoneNumber"),
    Attribute(target='phoneNumbers[type eq "mobile"].value', source="mobile"),
    Attribute(target='phoneNumbers[type eq "fax"].value', source="facsimileTelephoneNumber"),
    Attribute(target=f"{_ENTERPRISE}:employeeNumber", source="employeeId"),
    Attribute(target=f"{_ENTERPRISE}:department", source="department"),
    Attribute(target=f"{_ENTERPRISE}:manager", source="manager"),
)

GROUPS = (
    Attribute(target="displayName", source="displayName", match=1),
    Attribute(target="externalId", source="objectId"),
    Attribute(target="members", source="members"),
)
