"""Tokens of Entra and access tokens that open nothing: of others, of other times, altered, or ended."""

import json
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from jwt.utils import base64url_encode

from tests.domain.builders import NOW
from tests.identity_provider import OTHER_TENANT, SUBJECT, TENANT, IdentityProvider
from tests.security.credentials import Kind, Lock, altered_text, sealed

_PROVIDER = IdentityProvider()
_HOUR = 3_600
_NOW = int(NOW.timestamp())


def _made_of(random: Random, choices: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    """One or two claims of a kind that is refused."""
    names = random.sample(sorted(choices), random.choice((1, 2)))
    return {name: random.choice(choices[name]) for name in names}


_WRONG: dict[str, tuple[Any, ...]] = {
    "iss": (
        None,
        "",
        f"https://sts.windows.net/{OTHER_TENANT}/",
        f"https://sts.windows.net/{TENANT}",
        f"https://sts.windows.net.evil.example/{TENANT}/",
        f"http://login.microsoftonline.com/{TENANT}/v2.0",
        f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0",
    ),
    "tid": (None, "", OTHER_TENANT, TENANT.upper(), 5),
    "aud": (None, "", "00000003-0000-0000-c000-000000000000", SUBJECT, [], ["8adf8e6e-67b2-4cf2-a259-e3dc5476c621"]),
    "appid": (None, "", SUBJECT, "00000003-0000-0000-c000-000000000000"),
    "exp": (None, 0, -1, "", _NOW - _HOUR, _NOW - 120, [], "9999999999"),
    "nbf": (_NOW + 2 * _HOUR, "", [], 10**18),
    "iat": (_NOW + 2 * _HOUR, ""),
}


def wrong_claims(_: Lock, random: Random) -> Iterator[str]:
    """Truly signed by the tenant's key, with a claim that is another's, out of its time, or missing."""
    while True:
        yield _PROVIDER.token(**_made_of(random, _WRONG))


def other_keys(_: Lock, random: Random) -> Iterator[str]:
    """All claims right, signed by a key that the tenant does not publish, whatever it is called."""
    while True:
        kid = random.choice(("first", "stranger", "", "../first", "first\x00"))
        yield _PROVIDER.token(by="stranger", kid=kid, jti=random.random())


def other_algorithms(_: Lock, random: Random) -> Iterator[str]:
    """All claims right, signed by nothing, by a secret, or by another algorithm than the one that is pinned."""
    while True:
        if random.random() < 0.5:
            yield _PROVIDER.token(algorithm=random.choice(("none", "HS256")), jti=random.random())
        else:
            payload, signature = _token(random).split(".")[1:]
            name = random.choice(("none", "None", "NONE", "nOnE", "RS384", "HS256", "ES256", "rs256", "", None, 5))
            header = base64url_encode(json.dumps({"alg": name, "typ": "JWT", "kid": "first"}).encode()).decode()
            yield f"{header}.{payload}.{random.choice((signature, ''))}"


def altered_jwts(_: Lock, random: Random) -> Iterator[str]:
    """Valid ones with something added, left out, exchanged or written otherwise."""
    token = _token(random)
    head = token.rpartition(".")[0]
    while True:
        text = altered_text(token, random)
        # the last character of a signature carries bits that mean nothing
        yield text if not (text[:-1] == token[:-1] and text.startswith(head)) else f"{head}."


def of_another_tenant(_: Lock, random: Random) -> Iterator[str]:
    """All that another tenant of Entra signs in good faith, with the audience that all share."""
    while True:
        issuer = random.choice(
            (f"https://sts.windows.net/{OTHER_TENANT}/", f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0")
        )
        by = random.choice(("first", "second"))
        yield _PROVIDER.token(by=by, iss=issuer, tid=OTHER_TENANT, jti=random.random())


def expired_jwts(_: Lock, random: Random) -> Iterator[str]:
    """Valid ones of the past and of the future."""
    while True:
        begin = _NOW + random.choice((-1, 1)) * random.randrange(2 * _HOUR, 1_000 * _HOUR)
        yield _PROVIDER.token(iat=begin, nbf=begin, exp=begin + _HOUR)


def forged_access_tokens(lock: Lock, random: Random) -> Iterator[str]:
    """Access tokens that nobody gave: for valid tokens, with an end in the future and the right checksum."""
    while True:
        token_id = random.choice((*(each.split(".")[2] for each in lock.valid), "e"))
        end = int((NOW + timedelta(hours=random.randrange(1, 9))).timestamp())
        seal = base64url_encode(random.randbytes(32)).decode()
        yield sealed(f"ra.{random.choice(('acme', 'other'))}.{token_id}.{end:08x}.{seal}")


def altered_access_tokens(lock: Lock, random: Random) -> Iterator[str]:
    """Real access tokens with something exchanged, and the right checksum."""
    while True:
        yield sealed(altered_text(random.choice(lock.access)[:-8], random))


def ended_access_tokens(lock: Lock, random: Random) -> Iterator[str]:
    """Access tokens of another account, and those for tokens that were revoked since."""
    while True:
        yield random.choice(lock.ended_access)


def _token(random: Random) -> str:
    return _PROVIDER.token(jti=random.random())


FOREIGN: dict[str, Kind] = {
    each.__name__: each
    for each in (
        wrong_claims,
        other_keys,
        other_algorithms,
        altered_jwts,
        of_another_tenant,
        expired_jwts,
        forged_access_tokens,
        altered_access_tokens,
        ended_access_tokens,
    )
}
