"""What could not be sent yet, on disk, in the layout all languages share: `<folder>/<session>/<producer>/`.

A process locks its own folder, and takes over those whose process is gone.
"""

import contextlib
import hashlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .event import QueuedEvent
from .folder_lock import FolderLock, LockedError
from .owner import is_alive, read_owner, this_process, write_owner
from .session_folder import in_session_folder, remove_if_empty
from .set_aside import set_aside
from .spool_files import Producer
from .spool_log import SpoolLog
from .warn_once import WarnOnce

MAX_SEGMENT_BYTES = 4 * 1024 * 1024
# After a write the disk did not take, the next is not tried before.
REST_SECONDS = 1.0
MAX_NAME = 200


class SpoolFullError(OSError):
    """There is nothing left that could make room."""


@dataclass
class _Held:
    log: SpoolLog
    folder: Path
    lock: FolderLock

    def release(self, producer: Producer | None = None) -> None:
        # The lock was lost, or the disk is: another process finds both out for itself.
        with contextlib.suppress(OSError):
            if producer is not None:
                self.log.report(producer)
            self.log.close()
        self.lock.release()

    def remove(self) -> None:
        self.log.close()
        _remove(self.folder, self.lock)


class Spool:
    def __init__(self, folder: Path, session_id: str, producer_id: str, max_bytes: int, warn_once: WarnOnce) -> None:
        self._folder = folder / name_of(session_id)
        self._producer_id = producer_id
        self._max_bytes = max_bytes
        self._segment_bytes = min(MAX_SEGMENT_BYTES, -(-max_bytes // 8))
        self._warn_once = warn_once
        self._foreign: list[_Held] = []
        self._own: _Held | None = None
        self._lost_folders = 0
        self._failed_at = float("-inf")
        # Events that were given up to make room, whoever recorded them, and this process's part of them.
        self.dropped = 0
        self.dropped_own = 0

    @property
    def own(self) -> SpoolLog | None:
        """This process's own events on disk."""
        return self._own.log if self._own else None

    @property
    def foreign(self) -> SpoolLog | None:
        """What the oldest of the former processes left."""
        return self._foreign[0].log if self._foreign else None

    @property
    def size(self) -> int:
        return sum(held.log.size for held in self._all())

    @property
    def is_resting(self) -> bool:
        return time.monotonic() - self._failed_at < REST_SECONDS

    def append(self, events: Sequence[QueuedEvent], in_flight: int, producer: Producer) -> bool:
        """False: the disk does not take them."""
        if self.is_resting:
            return False
        try:
            if self._own is None:
                self._own = self._create(producer)
            self._make_room(sum(event.bytes for event in events))
            self._own.log.append(events, in_flight, producer)
        except (OSError, LockedError) as error:
            self._failed_at = time.monotonic()
            self._warn_once("spool", f"events cannot be kept on disk: {error}")
            return False
        return True

    def adopt(self) -> None:
        """Takes over what processes that are gone have left of this session."""
        try:
            mine = {held.folder for held in self._all()}
            left = [folder for folder in _folders_in(self._folder) if folder not in mine and _is_gone(folder)]
            if left:
                self._take_over(left)
        except OSError as error:
            self._warn_once("spool", f"what former processes left cannot be read: {error}")

    def tidy(self) -> None:
        """Lets go of folders of others of which everything was sent."""
        for held in [held for held in self._foreign if not held.log.size]:
            self._foreign.remove(held)
            held.remove()

    def refresh_locks(self) -> None:
        for held in self._all():
            if held.lock.refresh():
                continue
            # Another process has taken the folder over, and sends what is in it.
            self._lost_folders += 1
            held.log.close()
            if held is self._own:
                self._own = None
            else:
                self._foreign.remove(held)

    def set_aside(self, events: Sequence[QueuedEvent], reason: str) -> None:
        set_aside(self._folder, events, reason)

    def close(self, producer: Producer) -> None:
        """Leaves what is unsent to another process."""
        self.tidy()
        for held in self._foreign:
            held.release()
        self._foreign.clear()
        own, self._own = self._own, None
        if own is None:
            return
        if own.log.size:
            own.release(producer)
        else:
            own.remove()

    def _all(self) -> list[_Held]:
        return [*self._foreign, *([self._own] if self._own else [])]

    def _create(self, producer: Producer) -> _Held:
        suffix = f".{self._lost_folders}" if self._lost_folders else ""
        folder = self._folder / f"{self._producer_id}{suffix}"
        lock = in_session_folder(self._folder, lambda: _lock(folder))
        return _Held(SpoolLog.create(folder, self._segment_bytes, producer), folder, lock)

    def _make_room(self, needed: int) -> None:
        while sum(held.log.size_on_disk for held in self._all()) + needed > self._max_bytes:
            foreign = next((lost for held in self._foreign if (lost := held.log.drop_oldest())), 0)
            own = self._own.log.drop_oldest() if not foreign and self._own else 0
            if foreign + own == 0:
                raise SpoolFullError(f"{self._max_bytes} bytes are in use already")
            self.dropped += foreign + own
            self.dropped_own += own
            self._warn_once("spool full", "the spool is full: the oldest events are dropped")

    def _take_over(self, folders: Sequence[Path]) -> None:
        """One at a time, so that of two that find the same folder only one gets it."""
        try:
            turn = FolderLock.acquire(self._folder / ".turn")
        except (LockedError, FileNotFoundError):
            # Who has the turn takes over what there is, or has found nothing and removed the folder.
            return
        try:
            for folder in folders:
                self._take_over_one(folder)
        finally:
            turn.release()

    def _take_over_one(self, folder: Path) -> None:
        if not folder.exists() or not _is_gone(folder):
            return
        if _owner_alive(folder) is False:
            with contextlib.suppress(OSError):
                _lock_path(folder).rmdir()
        try:
            lock = _lock(folder)
        except LockedError:
            return
        try:
            log = SpoolLog.open(folder, self._segment_bytes)
        except BaseException:
            lock.release()
            raise
        if log is None:
            _remove(folder, lock)
        else:
            self._foreign.append(_Held(log, folder, lock))


def name_of(session_id: str) -> str:
    """The session's id as the name of a folder."""
    name = quote(session_id, safe="!*'()", errors="surrogatepass")
    name = f"%2E{name[1:]}" if name.startswith(".") else name
    if len(name) <= MAX_NAME:
        return name
    return hashlib.sha256(session_id.encode("utf8", "surrogatepass")).hexdigest()


def _lock(folder: Path) -> FolderLock:
    """The lock comes before the folder, so that no other process sees the folder without it."""
    lock = FolderLock.acquire(_lock_path(folder))
    try:
        folder.mkdir(0o700, exist_ok=True)
        write_owner(_owner_path(folder), this_process())
    except BaseException:
        lock.release()
        raise
    return lock


def _lock_path(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.lock")


def _owner_path(folder: Path) -> Path:
    return folder / "owner.json"


def _owner_alive(folder: Path) -> bool | None:
    owner = read_owner(_owner_path(folder))
    return None if owner is None else is_alive(owner)


def _is_gone(folder: Path) -> bool:
    """Or may be: of a process elsewhere only its lock tells, once it is stale."""
    return not _lock_path(folder).exists() or _owner_alive(folder) is not True


def _folders_in(folder: Path) -> list[Path]:
    """Of producers, by age: their names begin with the time."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except FileNotFoundError:
        return []


def _remove(folder: Path, lock: FolderLock) -> None:
    # An empty folder is found, and removed, by a later process.
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    remove_if_empty(folder.parent)
