"""The resources that the SCIM Validator makes up: any word anywhere, as long as types are unique."""

from simulator.paths import parse_path
from simulator.protocol import ENTERPRISE_URN, GROUP_URN, USER_URN, JsonObject
from simulator.validation.session import Session

# What a PATCH changes by a path each, and what it may join in one operation without path.
BY_PATH = (
    'emails[type eq "work"].value',
    'emails[type eq "work"].primary',
    'addresses[type eq "work"].formatted',
    'addresses[type eq "work"].streetAddress',
    'addresses[type eq "work"].locality',
    'addresses[type eq "work"].region',
    'addresses[type eq "work"].postalCode',
    'addresses[type eq "work"].primary',
    'addresses[type eq "work"].country',
    'phoneNumbers[type eq "work"].value',
    'phoneNumbers[type eq "work"].primary',
    'phoneNumbers[type eq "mobile"].value',
    'phoneNumbers[type eq "fax"].value',
    'roles[primary eq "True"].display',
    'roles[primary eq "True"].value',
    'roles[primary eq "True"].type',
)
JOINED = (
    "active",
    "displayName",
    "title",
    "preferredLanguage",
    "name.givenName",
    "name.familyName",
    "name.formatted",
    "name.middleName",
    "name.honorificPrefix",
    "name.honorificSuffix",
    f"{ENTERPRISE_URN}:employeeNumber",
    f"{ENTERPRISE_URN}:department",
    f"{ENTERPRISE_URN}:costCenter",
    f"{ENTERPRISE_URN}:organization",
    f"{ENTERPRISE_URN}:division",
    "userType",
    "nickName",
    "locale",
    "timezone",
    "profileUrl",
)
MANAGER = f"{ENTERPRISE_URN}:manager"


def new_values(session: Session) -> dict[str, str | bool]:
    """Return a new value for each of the 36 attributes, by path."""
    values: dict[str, str | bool] = {path: session.word() for path in (*BY_PATH, *JOINED)}
    values |= {path: True for path in values if path.endswith(".primary") or path == "active"}
    phone = f"{session.random.randint(10, 99)}-{session.random.randint(100, 999)}-0000"
    values |= {path: phone for path in values if path.startswith("phoneNumbers") and path.endswith(".value")}
    values |= {'emails[type eq "work"].value': session.address(), "timezone": "Africa/Harare"}
    return values


def whole_user(session: Session) -> JsonObject:
    """Return the creation body of the validator: formats are not kept to, and the manager exists nowhere."""
    word, phone = session.word, f"{session.random.randint(10, 99)}-357-0000"
    return {
        "userName": session.address(),
        "active": True,
        "displayName": word(),
        "title": word(),
        "emails": [{"type": "work", "value": session.address(), "primary": True}],
        "preferredLanguage": "cy-GB",
        "name": {
            "givenName": word(),
            "familyName": word(),
            "formatted": word(),
            "middleName": word(),
            "honorificPrefix": word(),
            "honorificSuffix": word(),
        },
        "addresses": [
            {
                "type": "work",
                "formatted": word(),
                "streetAddress": f"1 {word()} Rd",
                "locality": word(),
                "region": word(),
                "postalCode": "zz1 1zz",
                "primary": True,
                "country": "Belize",
            }
        ],
        "phoneNumbers": [
            {"type": "work", "value": phone, "primary": True},
            {"type": "mobile", "value": phone},
            {"type": "fax", "value": phone},
        ],
        ENTERPRISE_URN: {
            "employeeNumber": word(),
            "department": word(),
            "costCenter": word(),
            "organization": word(),
            "division": word(),
            "manager": {"value": word()},
        },
        "roles": [{"primary": "True", "display": word(), "value": word(), "type": word()}],
        "userType": word(),
        "nickName": word(),
        "locale": word(),
        "timezone": "Africa/Harare",
        "profileUrl": word(),
        "schemas": [USER_URN, ENTERPRISE_URN],
    }


def small_user(session: Session) -> JsonObject:
    """Return a creation body with a sign-in name only."""
    return {"userName": session.address(), "schemas": [USER_URN]}


def new_group(session: Session, external_id: str) -> JsonObject:
    """Return the creation body of a group."""
    return {"displayName": session.word(), "externalId": external_id, "schemas": [GROUP_URN]}


def values_of(user: JsonObject) -> list[tuple[str, str | bool]]:
    """Return path and value of everything in a creation body."""
    paths = ("userName", *BY_PATH, *JOINED, f"{MANAGER}.value")
    return [(path, value) for path in paths if (value := parse_path(path).read(user)) is not None]
