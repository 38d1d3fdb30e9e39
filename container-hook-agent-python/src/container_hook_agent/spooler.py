"""Puts on disk what has waited in memory for a while, so that a process that is killed loses little."""

import threading

from .backlog import Backlog
from .folder_lock import REFRESH_SECONDS
from .slices import in_slices
from .wake import Wake

# What has been in memory for so long, or up to twice as long, goes to disk.
WAIT_SECONDS = 0.2
# How many are sealed before they are written: few where a caller waits for room.
CHUNK = 500
CHUNK_IN_HASTE = 100


class Spooler:
    """Also keeps the locks of the spool's folders fresh. Its thread never keeps the process alive."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog
        self._awake = Wake()
        self._is_full = Wake()
        self._is_stopped = False
        backlog.room.on_full = self._hasten

    def start(self) -> None:
        threading.Thread(target=self._run, name="hook-agent-spooler", daemon=True).start()

    def wake(self) -> None:
        """Something was queued."""
        self._awake.set()

    def stop(self) -> None:
        self._is_stopped = True
        self._is_full.set()
        self._awake.set()

    def _hasten(self) -> None:
        self._is_full.set()
        self._awake.set()

    def _run(self) -> None:
        while not self._is_stopped:
            is_awake = self._awake.wait(REFRESH_SECONDS)
            self._backlog.refresh_locks()
            if is_awake:
                self._look()

    def _look(self) -> None:
        before = self._backlog.recorded
        is_full = self._is_full.wait(WAIT_SECONDS)
        totals = self._backlog.totals
        left = totals.pending if is_full else totals.pending - (totals.recorded - before)
        chunk = CHUNK_IN_HASTE if is_full else CHUNK
        while left > 0 and not self._is_stopped:
            count = min(left, chunk)
            in_slices(lambda enough, count=count: self._backlog.seal(count, enough))  # type: ignore[misc]
            moved = self._backlog.spill(count, lambda: True)
            if moved == 0:
                break
            left -= moved
        if self._backlog.totals.pending:
            self.wake()
