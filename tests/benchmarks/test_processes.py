"""The CPU time of a process."""

import os
import threading
import time

import pytest

from benchmarks.processes import cpu_seconds


def test_threads_that_ended_count() -> None:
    """A server that answers in threads of a moment has used their time too."""
    worker = threading.Thread(target=lambda: sum(range(1_000_000)))
    worker.start()
    worker.join()
    assert cpu_seconds(os.getpid()) == pytest.approx(time.process_time(), abs=0.05)


def test_unknown_process_is_told() -> None:
    """A server that is gone has no figures."""
    with pytest.raises(OSError, match="Invalid argument"):
        cpu_seconds(2**22 - 1)
