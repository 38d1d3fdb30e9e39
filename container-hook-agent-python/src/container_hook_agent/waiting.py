"""Those who wait until what is queued has been answered for."""

import threading
import time
from typing import Protocol


class Progress(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def settled(self) -> int: ...


class Waiters:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._condition = threading.Condition()
        self._failures = 0
        self._is_released = False

    def wait(self, timeout: float, until_failure: bool = False) -> None:
        """Until all that is queued now is settled, or for `timeout` seconds, or until an attempt fails."""
        deadline = time.monotonic() + timeout
        with self._condition:
            target = self._progress.settled + self._progress.size
            failures = self._failures
            while self._progress.size and self._progress.settled < target and not self._is_released:
                left = deadline - time.monotonic()
                if left <= 0 or (until_failure and self._failures > failures):
                    return
                self._condition.wait(left)

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
