"""Locks between processes, by the protocol of the npm package proper-lockfile, so that either language respects the
other's: a directory is made, its modification time is refreshed, and one that has not been is stale.
"""

import contextlib
import os
import time
from pathlib import Path

# A lock that has not been refreshed for so long belongs to nobody.
STALE_SECONDS = 10.0
REFRESH_SECONDS = 5.0


class LockedError(Exception):
    """Another process holds it."""


class FolderLock:
    def __init__(self, path: Path, mtime_ms: int) -> None:
        self._path = path
        self._mtime_ms = mtime_ms
        self._refreshed_at = time.monotonic()

    @classmethod
    def acquire(cls, path: Path) -> "FolderLock":
        """Raises LockedError, or OSError."""
        try:
            path.mkdir()
        except FileExistsError:
            if not _is_stale(path):
                raise LockedError(path) from None
            with contextlib.suppress(FileNotFoundError):
                path.rmdir()
            try:
                path.mkdir()
            except FileExistsError:
                raise LockedError(path) from None
        return cls(path, _touch(path))

    def refresh(self) -> bool:
        """False: it was lost, because this process did not run for so long that another took it."""
        if time.monotonic() - self._refreshed_at < REFRESH_SECONDS:
            return True
        try:
            if _mtime_ms(self._path) != self._mtime_ms:
                return False
            self._mtime_ms = _touch(self._path)
        except FileNotFoundError:
            return False
        except OSError:
            return time.monotonic() - self._refreshed_at < STALE_SECONDS
        self._refreshed_at = time.monotonic()
        return True

    def release(self) -> None:
        with contextlib.suppress(OSError):
            if _mtime_ms(self._path) == self._mtime_ms:
                self._path.rmdir()


def _is_stale(path: Path) -> bool:
    try:
        return _mtime_ms(path) < (time.time() - STALE_SECONDS) * 1_000
    except FileNotFoundError:
        return True


def _mtime_ms(path: Path) -> int:
    return path.stat().st_mtime_ns // 1_000_000


def _touch(path: Path) -> int:
    """In whole milliseconds, which is all the other language can tell apart."""
    now_ms = time.time_ns() // 1_000_000
    os.utime(path, ns=(now_ms * 1_000_000, now_ms * 1_000_000))
    return _mtime_ms(path)
