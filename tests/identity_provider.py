"""An identity provider on this machine, with real keys: it signs tokens as Entra does, and publishes its keys."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from domain.access.key_ring import KeysUnavailable
from domain.model import EntraTrust
from tests.domain.builders import NOW

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
OTHER_TENANT = "11111111-2222-4333-8444-555555555555"
SUBJECT = "0a1b2c3d-0000-4000-8000-00000000abcd"
APP = "api://5d3c0f1e-9999-4c4c-8888-0123456789ab"
TRUST = EntraTrust(TENANT, client_audiences=(APP,), client_subject=SUBJECT)


@cache
def key(name: str) -> RSAPrivateKey:  # noqa: ARG001  another name, another key
    """The signing key of that name, the same for the whole run: to make one takes a while."""
    return generate_private_key(65_537, 2_048)


@dataclass
class IdentityProvider:
    """Fulfils `KeySets`; *published* are the keys that it shows, *asked* counts how often it was asked for them."""

    published: list[str] = field(default_factory=lambda: ["first"])
    asked: int = 0
    away: bool = False

    async def fetch(self, tenant: str) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002  all tenants have the same
        self.asked += 1
        if self.away:
            raise KeysUnavailable("away")
        return self.keys()

    def keys(self) -> list[dict[str, Any]]:
        """The public keys, as JSON Web Keys."""
        return [
            {**json.loads(RSAAlgorithm.to_jwk(key(each).public_key())), "kid": each, "use": "sig"}
            for each in self.published
        ]

    def token(self, *, by: str = "first", kid: str | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        """A token as the provisioning service of the tenant carries it; *claims* replace its own, None removes one."""
        whole = {
            "iss": f"https://sts.windows.net/{TENANT}/",
            "aud": "8adf8e6e-67b2-4cf2-a259-e3dc5476c621",
            "tid": TENANT,
            "appid": "00000014-0000-0000-c000-000000000000",
            "iat": _seconds(),
            "nbf": _seconds(),
            "exp": _seconds(minutes=65),
            "ver": "1.0",
        }
        return self.sign(whole | claims, by=by, kid=kid, algorithm=algorithm)

    def assertion(self, *, by: str = "first", **claims: Any) -> str:
        """An assertion by which the provisioning service fetches a token."""
        whole = {
            "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
            "aud": APP,
            "tid": TENANT,
            "oid": SUBJECT,
            "sub": SUBJECT,
            "azp": "00000014-0000-0000-c000-000000000000",
            "iat": _seconds(),
            "nbf": _seconds(),
            "exp": _seconds(minutes=65),
            "ver": "2.0",
        }
        return self.sign(whole | claims, by=by)

    def sign(self, claims: Mapping[str, Any], *, by: str, kid: str | None = None, algorithm: str = "RS256") -> str:
        given = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": by if kid is None else kid}
        secret: Any = {"none": None, "HS256": "x" * 32}.get(algorithm, key(by))
        return jwt.encode(given, secret, algorithm=algorithm, headers=headers)

    @asynccontextmanager
    async def served(self, metadata: Mapping[str, Any] | None = None) -> AsyncIterator[str]:
        """Its address while it answers over HTTP; *metadata* replace what it says of itself."""
        site_url = ""

        async def describe(request: web.Request) -> web.Response:
            told = {"issuer": "x", "jwks_uri": f"{site_url}/{request.match_info['tenant']}/keys"}
            return web.json_response(told if metadata is None else metadata)

        async def show(_: web.Request) -> web.Response:
            self.asked += 1
            return web.Response(status=503) if self.away else web.json_response({"keys": self.keys()})

        app = web.Application()
        app.router.add_get("/{tenant}/.well-known/openid-configuration", describe)
        app.router.add_get("/{tenant}/keys", show)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        _, port = runner.addresses[0][:2]
        site_url = f"http://127.0.0.1:{port}"
        try:
            yield site_url
        finally:
            await runner.cleanup()


def _seconds(**later: float) -> int:
    return int((NOW + timedelta(**later)).timestamp())
