"""Room in a full outbox: who waits for it, and for how long."""

import threading
import time
from collections.abc import Callable

# The longest a full outbox holds up its caller, while the spooler makes room.
PATIENCE_SECONDS = 0.1
# After nothing came of that at all, nobody waits for so long.
IMPATIENCE_SECONDS = 0.5
LOOK_EVERY_SECONDS = 0.005


class Room:
    """`progress` changes while threads of the library's come to do something, though there is no room yet."""

    def __init__(self, progress: Callable[[], int]) -> None:
        self._progress = progress
        self._condition = threading.Condition()
        self._this_thread = threading.local()
        self._impatient_until = float("-inf")
        # Told when a caller waits.
        self.on_full: Callable[[], None] = lambda: None

    def wait(self, push: Callable[[], bool]) -> bool:
        """Whether `push` found room in time."""
        now = time.monotonic()
        # A signal handler does not wait on top of the call it has interrupted.
        is_waiting = getattr(self._this_thread, "is_waiting", False)
        if now < self._impatient_until or is_waiting:
            return False
        self._this_thread.is_waiting = True
        try:
            return self._wait(push, now + PATIENCE_SECONDS)
        finally:
            self._this_thread.is_waiting = False

    def tell(self) -> None:
        """There may be some."""
        with self._condition:
            self._condition.notify_all()

    def _wait(self, push: Callable[[], bool], deadline: float) -> bool:
        before = self._progress()
        self.on_full()
        while time.monotonic() < deadline:
            with self._condition:
                self._condition.wait(LOOK_EVERY_SECONDS)
            if push():
                return True
        if self._progress() == before:
            self._impatient_until = time.monotonic() + IMPATIENCE_SECONDS
        return False
