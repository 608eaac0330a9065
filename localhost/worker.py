"""Drives the real Python worker runtime in this process: loads the app and calls its functions."""

import contextlib
import logging
import os
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import azure_functions_runtime as runtime  # type: ignore[import-untyped]

from localhost import protos
from localhost.functions import Function, read_function

_log = logging.getLogger(__name__)
_loaded: list[Path] = []  # the runtime's registry of functions is global and cannot be emptied


class AppNotLoaded(Exception):
    """The app could not be loaded; the message is the worker's, the stack is in the log."""


@dataclass(frozen=True)
class Outcome:
    """How a call ended; *value* is what the function returned, as the worker encodes it."""

    succeeded: bool
    value: protos.TypedData | None = None


class Worker:
    """The worker of the one app of this process."""

    def __init__(self, app_dir: Path) -> None:
        self._app_dir = app_dir.resolve()
        self._surroundings = contextlib.ExitStack()

    async def start(self) -> tuple[Function, ...]:
        """Load the app, with its folder as working directory, and return its functions.

        An app that this process has loaded before is used again as it is.

        Raises:
            AppNotLoaded: Its code raises, breaks a rule of the worker, or is a second app in this process.
        """
        self._surroundings.enter_context(_at_front_of_path(str(self._app_dir)))
        self._surroundings.enter_context(contextlib.chdir(self._app_dir))
        runtime.start_threadpool_executor()
        self._surroundings.callback(runtime.stop_threadpool_executor)
        try:
            await self._load()
            answer = await runtime.functions_metadata_request(None)
        except BaseException:
            self._surroundings.close()
            raise
        return tuple(read_function(metadata) for metadata in answer.function_metadata_results)

    async def _load(self) -> None:
        if _loaded == [self._app_dir]:
            return
        script = os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
        if not (self._app_dir / script).is_file():
            raise AppNotLoaded(f"there is no {script} in {self._app_dir}")
        if _loaded:
            raise AppNotLoaded(f"this process has loaded {_loaded[0]} already, and can load one app only")
        answer = await runtime.worker_init_request(_init_request(self._app_dir))
        if answer.result.status != protos.StatusResult.Success:
            _log.error("The app could not be loaded.\n%s", answer.result.exception.stack_trace)
            raise AppNotLoaded(answer.result.exception.message)
        _loaded.append(self._app_dir)

    async def call(self, function: Function, value: protos.TypedData, *, trace_parent: str = "") -> Outcome:
        """Call *function* with *value* for its trigger; an exception in it is logged and never raised."""
        invocation_id = str(uuid.uuid4())
        begin = time.perf_counter()
        answer = await runtime.invocation_request(
            _invocation(function, function.trigger.parameter, value, invocation_id, trace_parent or _new_trace())
        )
        succeeded = answer.result.status == protos.StatusResult.Success
        _log.log(
            logging.INFO if succeeded else logging.ERROR,
            "Executed 'Functions.%s' (%s, Id=%s, Duration=%.0fms)%s",
            function.name,
            "Succeeded" if succeeded else "Failed",
            invocation_id,
            (time.perf_counter() - begin) * 1000,
            "" if succeeded else f"\n{answer.result.exception.message}\n{answer.result.exception.stack_trace}",
        )
        return Outcome(True, answer.return_value) if succeeded else Outcome(False)

    def stop(self) -> None:
        """Wait for handlers in threads, and put path and working directory back."""
        self._surroundings.close()


@contextlib.contextmanager
def _at_front_of_path(folder: str) -> Iterator[None]:
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)


def _new_trace() -> str:
    return f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-00"


def _init_request(app_dir: Path) -> SimpleNamespace:
    init = SimpleNamespace(capabilities={}, function_app_directory=os.fspath(app_dir))
    return SimpleNamespace(
        request=SimpleNamespace(worker_init_request=init),
        properties={"protos": protos, "host": "127.0.0.1"},
    )


def _invocation(
    function: Function, parameter: str, value: protos.TypedData, invocation_id: str, trace_parent: str
) -> SimpleNamespace:
    invocation = SimpleNamespace(
        invocation_id=invocation_id,
        function_id=function.function_id,
        input_data=[protos.ParameterBinding(name=parameter, data=value)],
        trigger_metadata={},
        trace_context=SimpleNamespace(trace_parent=trace_parent, trace_state="", attributes={}),
        retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
    )
    return SimpleNamespace(request=SimpleNamespace(invocation_request=invocation))
