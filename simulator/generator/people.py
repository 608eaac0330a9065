"""Makes up people: names in many scripts, jobs and addresses, as Graph describes users."""

import re
import uuid
from dataclasses import dataclass, field
from functools import cache
from random import Random

from faker import Faker

from simulator.expressions.text import normalize
from simulator.protocol import JsonObject

DOMAIN = "contoso.example"
_TENANT = "contoso.onmicrosoft.com"
_PARTNERS = ("fabrikam.example", "northwind.example", "adventure-works.example")

# Locale, preferred language, usage location, and the weight of its people among all.
_LOCALES = (
    ("en_US", "en-US", "US", 30),
    ("de_DE", "de-DE", "DE", 8),
    ("fr_FR", "fr-FR", "FR", 8),
    ("es_ES", "es-ES", "ES", 6),
    ("sv_SE", "sv-SE", "SE", 4),
    ("pl_PL", "pl-PL", "PL", 4),
    ("cs_CZ", "cs-CZ", "CZ", 3),
    ("tr_TR", "tr-TR", "TR", 3),
    ("vi_VN", "vi-VN", "VN", 3),
    ("el_GR", "el-GR", "GR", 2),
    ("uk_UA", "uk-UA", "UA", 3),
    ("he_IL", "he-IL", "IL", 2),
    ("ar_SA", "ar-SA", "SA", 3),
    ("hi_IN", "hi-IN", "IN", 6),
    ("th_TH", "th-TH", "TH", 2),
    ("ka_GE", "ka-GE", "GE", 1),
    ("ja_JP", "ja-JP", "JP", 5),
    ("zh_CN", "zh-CN", "CN", 4),
    ("ko_KR", "ko-KR", "KR", 3),
)
_WEIGHTS = tuple(weight for *_, weight in _LOCALES)
_FAMILY_FIRST = frozenset({"ja_JP", "zh_CN", "ko_KR", "vi_VN"})
_LEVELS = ("Associate", "Specialist", "Senior Specialist", "Engineer", "Senior Engineer", "Analyst", "Coordinator")
_NOT_IN_ALIASES = re.compile(r"[^a-z0-9']+")


@dataclass
class People:
    """A source of new people; sign-in names are never given twice, in whatever letter case."""

    seed: int
    random: Random = field(init=False)
    _taken: set[str] = field(default_factory=set)
    _number: int = 7000

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311  chance, no secret
        self._fakers = {locale: _faker(locale) for locale, *_ in _LOCALES}
        for number, faker in enumerate(self._fakers.values()):
            faker.seed_instance(self.seed * 100 + number)

    def new_id(self) -> str:
        """Return a new object id."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def employee(self, department: str) -> JsonObject:
        """Return a new member of *department*; some have no mail, phone or address, a few are disabled."""
        locale, language, country, _ = self.random.choices(_LOCALES, _WEIGHTS)[0]
        faker, self._number = self._fakers[locale], self._number + 1
        given, family = faker.first_name(), faker.last_name()
        alias = self._alias(given, family, country)
        upn = f"{alias}@{DOMAIN}"
        return {
            "id": self.new_id(),
            "accountEnabled": self.random.random() > 0.02,
            "userType": "Member",
            "userPrincipalName": upn.upper() if self.random.random() < 0.01 else upn,
            "displayName": _full_name(locale, given, family),
            "givenName": given,
            "surname": family,
            "mail": upn if self.random.random() > 0.05 else None,
            "mailNickname": alias,
            "jobTitle": f"{self.random.choice(_LEVELS)}, {department.rpartition(' / ')[2]}",
            "department": department,
            "employeeId": str(self._number),
            "companyName": "Contoso",
            "preferredLanguage": language,
            "usageLocation": country,
            **self._address(faker, country),
        }

    def guest(self) -> JsonObject:
        """Return somebody of a partner who was invited; the alias may hold an underscore itself."""
        faker = self._fakers["en_US"]
        given, family = faker.first_name(), faker.last_name()
        alias = self._alias(given, family, "x").replace(".", self.random.choice((".", "_")))
        address = f"{alias}@{self.random.choice(_PARTNERS)}"
        return {
            "id": self.new_id(),
            "accountEnabled": True,
            "userType": "Guest",
            "userPrincipalName": f"{address.replace('@', '_')}#EXT#@{_TENANT}",
            "displayName": f"{given} {family} (guest)",
            "givenName": given,
            "surname": family,
            "mail": address,
            "mailNickname": f"{address.replace('@', '_')}#EXT#",
        }

    def renamed(self, user: JsonObject) -> JsonObject:
        """Return what changes when *user* takes another family name: sign-in name and mail as well."""
        family = self._fakers["en_US"].last_name()
        alias = self._alias(user.get("givenName") or "", family, "x")
        upn = f"{alias}@{DOMAIN}"
        name = f"{user.get('givenName') or ''} {family}".strip()
        changed: JsonObject = {"surname": family, "displayName": name, "userPrincipalName": upn, "mailNickname": alias}
        return changed | ({"mail": upn} if user.get("mail") else {})

    def _alias(self, given: str, family: str, country: str) -> str:
        parts = (_NOT_IN_ALIASES.sub("", normalize(part).lower()) for part in (given, family))
        alias = ".".join(part for part in parts if part) or f"{country.lower()}{self._number}"
        wanted, number = alias, 1
        while wanted in self._taken:
            number += 1
            wanted = f"{alias}{number}"
        self._taken.add(wanted)
        return wanted

    def _address(self, faker: Faker, country: str) -> JsonObject:
        if self.random.random() < 0.2:
            return {}
        office = f"{country} {self.random.randint(1, 9)}/{self.random.randint(100, 499)}"
        mobile = faker.phone_number() if self.random.random() < 0.4 else None
        return {
            "officeLocation": office,
            "streetAddress": faker.street_address(),
            "city": faker.city(),
            "postalCode": faker.postcode(),
            "country": country,
            "businessPhones": [faker.phone_number()],
            "mobilePhone": mobile,
        }


@cache
def _faker(locale: str) -> Faker:
    # Providers take a while to load, and are seeded by each source of people.
    return Faker(locale)


def _full_name(locale: str, given: str, family: str) -> str:
    if locale in _FAMILY_FIRST:
        return f"{family} {given}"
    return f"{given} {family}"
