"""Work in pieces, between which the host's threads have the interpreter to themselves."""

import time
from collections.abc import Callable

# The longest the interpreter is held at a time, unless a single event takes longer.
SLICE_SECONDS = 0.0002
# Enough for a thread that waits for the interpreter to wake up and take it.
REST_SECONDS = 0.00005

Enough = Callable[[], bool]


def in_slices(work: Callable[[Enough], bool]) -> None:
    """Calls `work` until it says that it is done."""
    while not work(_slice()):
        time.sleep(REST_SECONDS)


def _slice() -> Enough:
    until = time.perf_counter() + SLICE_SECONDS
    return lambda: time.perf_counter() > until
