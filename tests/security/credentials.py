"""Credentials that open nothing: made up, altered, and once valid."""

import dataclasses
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from domain.access import tokens
from domain.access.entra import EntraTokens
from domain.access.key_ring import KeyRing
from domain.access.principals import Token
from domain.access.signin import Doorkeeper
from domain.access.tokens import Issued
from tests.domain.builders import NOW
from tests.identity_provider import TRUST, IdentityProvider
from tests.routes.calls import Api

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HEX = "0123456789abcdef"
_ACCOUNTS = ("acme", "other", "nobody")
_CHECKSUM = 8
"""Characters at the end of a token."""


@dataclass
class Lock:
    """A service with two accounts, their valid tokens, and those that were valid once."""

    api: Api = field(default_factory=Api)
    valid: list[str] = field(default_factory=list)
    of_other: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    access: list[str] = field(default_factory=list)
    ended_access: list[str] = field(default_factory=list)
    provider: IdentityProvider = field(default_factory=IdentityProvider)
    doorkeeper: Doorkeeper = field(init=False)
    _issued: list[Issued] = field(default_factory=list)

    async def open(self) -> None:
        """Issue the tokens; all were used, and are remembered, before some expire and some are revoked."""
        await self.api.open()
        self.doorkeeper = self.api.services().doorkeeper
        self.expired = await self._used("acme", timedelta(minutes=1))
        self.revoked = await self._used("acme")
        self.valid, self.of_other = await self._used("acme"), await self._used("other")
        await self._trust()
        self.access = await self._exchanged(self.valid, "acme")
        self.ended_access = [
            *await self._exchanged(self.revoked, "acme"),
            *await self._exchanged(self.of_other, "other"),
        ]
        for each in self._issued:
            if each.text in self.revoked:
                await self._store(dataclasses.replace(each.token, revoked=NOW))
        self.api.clock.move(seconds=61)

    async def _trust(self) -> None:
        """Have the account trust the tenant of the identity provider."""
        account = await self.api.accounts.get_account("acme")
        settings = dataclasses.replace(account.settings, entra=TRUST)
        await self.api.accounts.replace_account(dataclasses.replace(account, settings=settings))
        self.doorkeeper.entra = EntraTokens(KeyRing(self.provider, self.api.clock), self.api.clock)

    async def _exchanged(self, texts: list[str], account: str) -> list[str]:
        """Access tokens for tokens."""
        return [(await self.doorkeeper.exchange(each, account, "provisioning"))[0] for each in texts]

    async def _used(self, account: str, lifetime: timedelta = timedelta(days=30)) -> list[str]:
        issued = [tokens.issue(account, "x", now=NOW, lifetime=lifetime) for _ in range(5)]
        for each in issued:
            await self._store(each.token)
            await self.doorkeeper.caller(each.text, account)
        self._issued += issued
        return [each.text for each in issued]

    async def _store(self, token: Token) -> None:
        await self.api.policies.add(token.account, token)


type Kind = Callable[[Lock, Random], Iterator[str]]
"""Endless credentials of one kind, as they follow ``Bearer ``."""


def sealed(body: str) -> str:
    """*body* with the checksum that a token of ours has."""
    return f"{body}{zlib.crc32(body.encode('utf-8', 'surrogatepass')):08x}"


def _text(random: Random, alphabet: str, length: int) -> str:
    return "".join(random.choices(alphabet, k=length))


def noise(_: Lock, random: Random) -> Iterator[str]:
    """Any characters, few or many."""
    while True:
        yield "".join(chr(random.choice((random.randrange(1, 256), random.randrange(0x20, 0xD800)))) for _ in range(40))


def made_up(lock: Lock, random: Random) -> Iterator[str]:
    """Tokens that are right in every way but that nobody issued them."""
    while True:
        prefix, _, token_id, _ = random.choice(lock.valid).split(".")
        other_id = re.sub(r"[0-9a-f]", lambda _: random.choice(_HEX), token_id)
        yield sealed(f"{prefix}.{random.choice(_ACCOUNTS)}.{other_id}.{_text(random, _ALPHABET, 43)}")


def guessed(lock: Lock, random: Random) -> Iterator[str]:
    """The ids of real tokens with other secrets: ids are no secrets."""
    while True:
        prefix, account, token_id, _ = random.choice(lock.valid).split(".")
        yield sealed(f"{prefix}.{account}.{token_id}.{_text(random, _ALPHABET, 43)}")


def altered(lock: Lock, random: Random) -> Iterator[str]:
    """Real tokens with something added, left out, exchanged or written otherwise, with their old checksum."""
    while True:
        text = random.choice(lock.valid)
        yield altered_text(text, random)


def altered_and_sealed(lock: Lock, random: Random) -> Iterator[str]:
    """The same, with the right checksum."""
    while True:
        body = random.choice(lock.valid)[:-_CHECKSUM]
        yield sealed(altered_text(body, random))


def altered_text(text: str, random: Random) -> str:
    place, other = random.randrange(len(text)), random.randrange(len(text))
    low, high = sorted((place, other))
    made = random.choice(
        (
            text[:place] + random.choice(_ALPHABET) + text[place + 1 :],
            text[:place] + random.choice(_ALPHABET + ".\x00 /") + text[place:],
            text[:place] + text[place + 1 :],
            text[:place],
            text[:low] + text[low:high].swapcase() + text[high:],
            text[:low] + text[high:] + text[low:high],
            text + text[place:],
            text.upper(),
        )
    )
    return made if made != text else made + "x"


def mixed(lock: Lock, random: Random) -> Iterator[str]:
    """The id of one valid token with the secret of another."""
    while True:
        one, other = random.sample(lock.valid + lock.of_other, 2)
        head, tail = one.rpartition(".")[0], other.rpartition(".")[2][:-_CHECKSUM]
        yield sealed(f"{head}.{tail}")


def renamed(lock: Lock, random: Random) -> Iterator[str]:
    """A valid token of another account with this account's name written into it, and the right checksum."""
    while True:
        prefix, _, token_id, secret = random.choice(lock.of_other).split(".")
        yield sealed(f"{prefix}.acme.{token_id}.{secret[:-_CHECKSUM]}")


def of_another_account(lock: Lock, random: Random) -> Iterator[str]:
    """Valid tokens, of the other account."""
    while True:
        yield random.choice(lock.of_other)


def replayed(lock: Lock, random: Random) -> Iterator[str]:
    """Tokens that were valid: expired ones and revoked ones."""
    while True:
        yield random.choice(lock.expired + lock.revoked)


KINDS: Mapping[str, Kind] = {
    each.__name__: each
    for each in (
        noise,
        made_up,
        guessed,
        altered,
        altered_and_sealed,
        mixed,
        renamed,
        of_another_account,
        replayed,
    )
}
"""All kinds; whoever adds a way in adds here what must not get in by it."""
