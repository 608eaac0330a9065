"""A running app: its worker, its functions, its timers and its limits."""

import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from localhost.clock import Clock
from localhost.functions import Function
from localhost.protos import TypedData
from localhost.registry import Registry
from localhost.settings import (
    HostConfig,
    body_limit,
    has_homepage,
    in_environment,
    read_host_config,
    read_local_settings,
)
from localhost.throttle import Throttle
from localhost.timer_status import StatusInFolder, StatusInMemory
from localhost.timers import Call, Timer, Timers
from localhost.worker import Worker

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Host:
    """What answers requests while the app runs; *body_limit* is in bytes."""

    config: HostConfig
    worker: Worker
    registry: Registry
    timers: Timers
    throttle: Throttle
    body_limit: int
    has_homepage: bool


@dataclass(frozen=True)
class Setup:
    """What an app is started with, as ``app.create_app`` explains it."""

    app_dir: Path
    settings: Mapping[str, str] | None
    follow_timers: bool
    clock: Clock
    timer_status: Path | None


@asynccontextmanager
async def running_host(setup: Setup) -> AsyncIterator[Host]:
    """Load the app, run its timers for the block, and clean up.

    Raises:
        BadSettings: A settings file is wrong.
        AppNotLoaded: The code of the app is wrong.
        HostDoesNotStart: A route of the app is wrong.
    """
    with in_environment(_app_settings(setup)):
        config = read_host_config(setup.app_dir, os.environ)
        limit = body_limit(os.environ)
        worker = Worker(setup.app_dir)
        functions = await worker.start()
        timers = Timers()
        try:
            registry = Registry.build(functions, prefix=config.route_prefix, settings=os.environ, now=setup.clock.now())
            _add_timers(timers, registry, worker, setup)
            throttle = Throttle(concurrent=config.max_concurrent_requests, outstanding=config.max_outstanding_requests)
            yield Host(config, worker, registry, timers, throttle, limit, has_homepage(os.environ))
        finally:
            await timers.stop()
            worker.stop()


def _app_settings(setup: Setup) -> Mapping[str, str]:
    if setup.settings is not None:
        return setup.settings
    stored = read_local_settings(setup.app_dir / "local.settings.json").values
    return {name: value for name, value in stored.items() if name not in os.environ}


def _add_timers(timers: Timers, registry: Registry, worker: Worker, setup: Setup) -> None:
    store = StatusInMemory() if setup.timer_status is None else StatusInFolder(setup.timer_status)
    for entry in registry.entries.values():
        if entry.error:
            _log.error("The function '%s' is in error: %s", entry.name, entry.error)
        if entry.plan:
            timer = Timer(entry.name, entry.plan, call=_caller(worker, entry.function), clock=setup.clock, store=store)
            timers.add(timer, follow_schedule=setup.follow_timers and not entry.disabled)


def _caller(worker: Worker, function: Function) -> Call:
    async def call(timer_json: str) -> None:
        await worker.call(function, TypedData(json=timer_json))

    return call
