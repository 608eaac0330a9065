"""The peers: scim2-server run beside us on the same requests, and what was published of others."""

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.operations import Axis, Ground
from benchmarks.over_http import HttpClient, http_client
from benchmarks.processes import running_server
from benchmarks.seed import seed_over_http
from devstack.azurite import free_port

PEER = "scim2-server"

PUBLISHED_SIZES = (10, 100, 1_000, 10_000)
PUBLISHED: Mapping[str, Sequence[float]] = {
    "scim2-server": (1.9, 5.2, 36, 814),
    "django-scim2": (3.3, 6.5, 42, 348),
    "scimmy": (2.3, 14, 119, 1_216),
    "scimgateway, in memory": (0.5, 0.5, 1.2, 7.6),
}
"""Milliseconds, p50, for one added member in groups of `PUBLISHED_SIZES`, measured earlier and in another state."""

_TOKEN = "benchmark"  # noqa: S105  opens a server of this machine that holds made-up people
_CONFIG = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": True, "maxOperations": 1000, "maxPayloadSize": 1_048_576},
    "filter": {"supported": True, "maxResults": 1000},
    "changePassword": {"supported": True},
    "sort": {"supported": True},
    "etag": {"supported": True},
    "pagination": {"cursor": True, "index": True, "defaultPaginationMethod": "index"},
}
"""What scim2-server announces by itself, and cursors, which it serves only if told."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer that holds the directory it is measured on."""

    pid: int
    client: HttpClient
    ground: Ground


@asynccontextmanager
async def running_peer(axis: Axis, size: int) -> AsyncIterator[Peer]:
    """scim2-server as its package starts it, in memory, with the same directory as ours."""
    url = f"http://127.0.0.1:{(port := free_port())}/v2"
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(_CONFIG), encoding="utf-8")
        program = str(Path(sys.executable).with_name(PEER))
        options = ["--port", str(port), "--bearer-token", _TOKEN, "--service-provider-config", str(config)]
        ready = f"{url}/ServiceProviderConfig"
        async with (
            running_server([program, *options], ready, _TOKEN, environment=os.environ, folder=Path(folder)) as process,
            http_client(url, _TOKEN) as client,
        ):
            yield Peer(process.pid, client, await seed_over_http(client.ask, axis, size))
