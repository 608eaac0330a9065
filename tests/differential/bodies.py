"""Random bodies of requests: users, groups, PATCH operations, filters."""

from typing import Any

from hypothesis import strategies as st

from tests.conformance.builders import ENTERPRISE_URN, GROUP_URN, SEARCH_URN, USER_URN

TEXTS = st.sampled_from(["x", "Xylo", "two words", "ünï", 'quo"te', "back\\slash", "42", "true"])
USER_NAMES = st.sampled_from(["ann", "Ann", "bob", "cid", "dee", "Éve", "éve"])
MAIL_TYPES = st.sampled_from(["work", "home", "other"])
ADDRESSES = st.sampled_from(["a@example.com", "b@example.com", "c@example.com"])

NAMES = st.fixed_dictionaries({}, optional={"givenName": TEXTS, "familyName": TEXTS, "formatted": TEXTS}).filter(bool)
MAILS = st.fixed_dictionaries({"value": ADDRESSES, "type": MAIL_TYPES})
MAIL_LISTS = st.lists(MAILS, max_size=3, unique_by=lambda mail: (mail["value"].lower(), mail["type"]))
ENTERPRISE = st.fixed_dictionaries({}, optional={"department": TEXTS, "employeeNumber": TEXTS, "costCenter": TEXTS})

ROLES = st.builds(
    lambda values, first: [{"value": each} | ({"primary": True} if each == first else {}) for each in values],
    st.lists(st.sampled_from(["r1", "r2", "r3"]), unique=True),
    st.sampled_from(["r1", "r2", ""]),
)
ADDRESS = st.fixed_dictionaries({"type": MAIL_TYPES}, optional={"locality": TEXTS, "streetAddress": TEXTS})

ATTRIBUTES: dict[str, st.SearchStrategy[Any]] = {
    "title": TEXTS,
    "displayName": TEXTS,
    "nickName": TEXTS,
    "externalId": TEXTS,
    "preferredLanguage": st.sampled_from(["de", "fr-CH"]),
    "name": NAMES,
    "emails": MAIL_LISTS,
    "addresses": st.lists(ADDRESS, max_size=2, unique_by=lambda address: address["type"]),
    ENTERPRISE_URN: ENTERPRISE,
}

USERS = st.fixed_dictionaries({"userName": USER_NAMES, "active": st.booleans()}, optional=ATTRIBUTES).map(
    lambda body: {"schemas": [USER_URN, *([ENTERPRISE_URN] if ENTERPRISE_URN in body else [])], **body}
)
"""``active`` is always there: we make it true where it is left out, and scim2-server leaves it out."""


def group(display_name: str, members: list[str]) -> dict[str, Any]:
    """A group; names are not repeated, as two groups may not share one with us (Entra wants 409)."""
    return {"schemas": [GROUP_URN], "displayName": display_name, "members": [{"value": each} for each in members]}


_SIMPLE = ["title", "displayName", "nickName", "externalId"]
_PLACES: list[tuple[str, st.SearchStrategy[Any]]] = [
    *((name, TEXTS) for name in _SIMPLE),
    ("TITLE", TEXTS),
    (f"{USER_URN}:title", TEXTS),
    ("active", st.booleans()),
    ("userName", USER_NAMES),
    ("name", NAMES),
    ("name.givenName", TEXTS),
    ("name.familyName", TEXTS),
    ("emails", MAIL_LISTS),
    ('emails[type eq "work"]', MAILS),
    ('emails[type eq "work"].value', ADDRESSES),
    ('emails[value eq "b@example.com"].type', MAIL_TYPES),
    (ENTERPRISE_URN, ENTERPRISE),
    (f"{ENTERPRISE_URN}:department", TEXTS),
    (f"{ENTERPRISE_URN}:employeeNumber", TEXTS),
    ("addresses", st.lists(ADDRESS, max_size=2, unique_by=lambda address: address["type"])),
    ('addresses[type eq "work"]', ADDRESS),
    ('addresses[type eq "home"].locality', TEXTS),
    ('addresses[not (type eq "work")].locality', TEXTS),
    ('addresses[locality pr or type eq "other"].streetAddress', TEXTS),
    ("phoneNumbers", st.just([{"value": "555"}])),
    ('roles[value eq "r1"].primary', st.booleans()),
    ('roles[value eq "r2"].primary', st.booleans()),
    (f"{ENTERPRISE_URN}:manager", st.just({"value": "boss", "$ref": "https://other.example/Users/boss"})),
    (f"{ENTERPRISE_URN}:manager.value", TEXTS),
    ("groups", st.just([{"value": "x"}])),
    ("id", TEXTS),
    ("meta.created", TEXTS),
    ("nothing", TEXTS),
    ("emails[type eq", TEXTS),
    ("name.nothing", TEXTS),
]


def _at(place: tuple[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    path, values = place
    return st.builds(
        lambda op, value: {"op": op, "path": path, "value": value},
        st.sampled_from(["add", "replace", "Replace"]),
        values,
    ) | st.just({"op": "remove", "path": path})


OPERATIONS = (
    st.sampled_from(_PLACES).flatmap(_at)
    | ROLES.map(lambda roles: {"op": "replace", "path": "roles", "value": roles})
    | st.builds(
        lambda op, value: {"op": op, "value": value},
        st.sampled_from(["add", "replace"]),
        st.fixed_dictionaries({}, optional=ATTRIBUTES | {"userName": USER_NAMES, "active": st.booleans()}).filter(bool),
    )
)

_COMPARED = ["userName", "title", "externalId", "name.familyName", "emails", "emails.value", "emails.type"]
_COMPARISONS = st.builds(
    lambda name, op, value: f'{name} {op} "{value}"',
    st.sampled_from([*_COMPARED, "USERNAME", f"{USER_URN}:userName", f"{ENTERPRISE_URN}:department"]),
    st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"]),
    st.sampled_from(["ann", "ANN", "x", "b@example.com", "work", "42", "two"]),
)
_OTHERS = st.sampled_from(
    [
        "title pr",
        "name pr",
        "emails pr",
        f"{ENTERPRISE_URN}:department pr",
        "active eq true",
        "active ne true",
        "active gt true",
        'meta.resourceType eq "User"',
        'emails[type eq "work" and value co "a"]',
        'emails[type eq "home"]',
        "emails[display pr]",
        "title eq null",
        "nothing pr",
        "userName",
        "(title pr",
        'userName like "a"',
    ]
)
FILTERS = st.recursive(
    _COMPARISONS | _OTHERS,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner)
        | st.builds("not ({})".format, inner)
    ),
    max_leaves=3,
)

PROJECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "attributes": st.sampled_from(["title", "userName,name.givenName", "emails.value", ENTERPRISE_URN, "nothing"]),
    },
) | st.fixed_dictionaries(
    {},
    optional={
        "excludedAttributes": st.sampled_from(["title", "id", "name", "name.givenName,emails.type", ENTERPRISE_URN]),
    },
)

LISTS = st.fixed_dictionaries({}, optional={"filter": FILTERS}) | st.fixed_dictionaries(
    {
        "sortBy": st.sampled_from(["userName", "USERNAME"]),
        "sortOrder": st.sampled_from(["ascending", "descending"]),
    },
    optional={
        "startIndex": st.sampled_from(["-1", "0", "1", "2", "9"]),
        "count": st.sampled_from(["-1", "0", "1", "2"]),
    },
)
"""Pages are compared in an order that no two users share."""


def search(query: dict[str, str]) -> dict[str, Any]:
    """The same as a message."""
    numbers = {name: int(value) for name, value in query.items() if name in ("startIndex", "count")}
    return {"schemas": [SEARCH_URN], **query, **numbers}


ROOT_FILTERS = st.sampled_from(
    [
        'meta.resourceType eq "Group"',
        'meta.resourceType eq "User" and userName sw "a"',
        'displayName sw "t" or userName pr',
        "userName pr",
        "not (externalId pr)",
        'externalId eq "x"',
        "nothing pr",
    ]
)
