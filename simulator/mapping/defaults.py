"""The default attribute mappings of a non-gallery application.

Source: Microsoft Learn, "Develop and plan provisioning for a SCIM endpoint", and the tables of vendors' set-up guides.
"""

from simulator.mapping.model import GROUP, GROUP_TARGET, USER, USER_TARGET, AttributeMapping, ObjectMapping, Schema
from simulator.mapping.model import is_boolean as boolean
from simulator.paths import parse_path
from simulator.protocol import ENTERPRISE_URN

# Target attribute and source; the first of each list is the matching attribute.
_USERS = (
    ("userName", "[userPrincipalName]"),
    ("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'),
    ("displayName", "[displayName]"),
    ("title", "[jobTitle]"),
    ('emails[type eq "work"].value', "[mail]"),
    ("preferredLanguage", "[preferredLanguage]"),
    ("name.givenName", "[givenName]"),
    ("name.familyName", "[surname]"),
    ("name.formatted", 'Join(" ", [givenName], [surname])'),
    ('addresses[type eq "work"].formatted', "[physicalDeliveryOfficeName]"),
    ('addresses[type eq "work"].streetAddress', "[streetAddress]"),
    ('addresses[type eq "work"].locality', "[city]"),
    ('addresses[type eq "work"].region', "[state]"),
    ('addresses[type eq "work"].postalCode', "[postalCode]"),
    ('addresses[type eq "work"].country', "[country]"),
    ('phoneNumbers[type eq "work"].value', "[telephoneNumber]"),
    ('phoneNumbers[type eq "mobile"].value', "[mobile]"),
    ('phoneNumbers[type eq "fax"].value', "[facsimileTelephoneNumber]"),
    ("externalId", "[mailNickname]"),
    (f"{ENTERPRISE_URN}:employeeNumber", "[employeeId]"),
    (f"{ENTERPRISE_URN}:department", "[department]"),
    (f"{ENTERPRISE_URN}:manager", "[manager]"),
)
_GROUPS = (
    ("displayName", "[displayName]"),
    ("externalId", "[objectId]"),
    ("members", "[members]"),
)


def _rows(rows: tuple[tuple[str, str], ...]) -> tuple[AttributeMapping, ...]:
    return tuple(
        AttributeMapping(
            target := parse_path(path), source, matching_priority=int(not number), is_boolean=boolean(target)
        )
        for number, (path, source) in enumerate(rows)
    )


DEFAULT_SCHEMA = Schema(
    users=ObjectMapping(USER, USER_TARGET, _rows(_USERS), name="Provision Azure Active Directory Users"),
    groups=ObjectMapping(GROUP, GROUP_TARGET, _rows(_GROUPS), name="Provision Azure Active Directory Groups"),
)
