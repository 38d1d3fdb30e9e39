"""Wakes a thread that waits."""

import contextlib
import threading


class Wake:
    """An event that resets itself when someone has waited for it.

    Setting takes no lock that the thread could be holding already: a signal handler of the host's may record while
    its own thread is recording, and `threading.Event` would lock up.
    """

    def __init__(self) -> None:
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def set(self) -> None:
        if self._asleep.locked():
            # Somebody else was faster.
            with contextlib.suppress(RuntimeError):
                self._asleep.release()

    def wait(self, seconds: float | None) -> bool:
        """False: the time is over."""
        return self._asleep.acquire(timeout=-1 if seconds is None else max(0.0, seconds))

    def forget(self) -> None:
        """As if it had not been set."""
        self._asleep.acquire(blocking=False)
