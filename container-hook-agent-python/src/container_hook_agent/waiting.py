"""Those who wait until what is queued has been answered for."""

import math
import threading
import time
from collections.abc import Callable
from typing import Protocol


def seconds(timeout: float) -> float:
    """As locks take it: they refuse to wait for ever, or for no number."""
    return 0.0 if math.isnan(timeout) else min(max(0.0, timeout), threading.TIMEOUT_MAX)


# Work to be done until there is nothing to wait for any more, which it is given a way to ask.
Meanwhile = Callable[[Callable[[], bool]], None]


def nothing(_is_over: Callable[[], bool]) -> None:
    """Who waits sleeps."""


class Progress(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def settled(self) -> int: ...
    @property
    def ahead(self) -> int:
        """Events that came to be sent before what was queued already."""

    def mark(self, timeout: float) -> tuple[int, int] | None:
        """What `settled` is once all that is queued now has been answered for, and `ahead`, at one moment.

        None: that could not be told within `timeout` seconds.
        """


class Waiters:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._condition = threading.Condition()
        self._failures = 0
        self._is_released = False

    def wait(self, timeout: float, until_failure: bool = False, meanwhile: Meanwhile = nothing) -> None:
        """Until all that is queued now is settled, or for `timeout` seconds, or until an attempt fails."""
        deadline = time.monotonic() + timeout
        failures = self._failures
        mark = self._progress.mark(timeout)
        if mark is None:
            return

        def is_over() -> bool:
            is_hopeless = until_failure and self._failures > failures
            return self._is_released or is_hopeless or self._is_settled(mark[0] - mark[1])

        meanwhile(lambda: is_over() or time.monotonic() >= deadline)
        with self._condition:
            while not is_over() and (left := deadline - time.monotonic()) > 0:
                self._condition.wait(left)

    def _is_settled(self, own: int) -> bool:
        progress = self._progress
        return not progress.size or progress.settled >= own + progress.ahead

    def look(self) -> None:
        """Something was settled."""
        with self._condition:
            self._condition.notify_all()

    def failed(self) -> None:
        """An attempt has failed, and will be repeated."""
        with self._condition:
            self._failures += 1
            self._condition.notify_all()

    def release_all(self) -> None:
        with self._condition:
            self._is_released = True
            self._condition.notify_all()
