"""What was recorded and is neither acknowledged nor spooled, oldest first, and the account of what became of it."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from .event import QueuedEvent, RecordedEvent, Seal, prefix

FINALIZE_RESERVE_EVENTS = 4
FINALIZE_RESERVE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Counts:
    """`recorded` = `sent` + `pending` + `dropped` + what was moved to the spool; `rejected` is part of `dropped`."""

    recorded: int
    sent: int
    pending: int
    dropped: int
    rejected: int


class Outbox:
    """Callers put events in at one end, from any thread; the backlog, which is one thread at a time, takes them out.

    The lock is for the counters alone and is held for no longer than it takes to change them. It is reentrant: a
    signal handler or a finalizer of the host's may record while its own thread is recording.
    """

    def __init__(self, max_events: int, max_bytes: int, seal: Seal) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._seal = seal
        self._lock = threading.RLock()
        self._recorded: deque[RecordedEvent] = deque()
        self._sealed: deque[QueuedEvent] = deque()
        self._bytes = 0
        self._sent = self._dropped = self._rejected = self._moved = 0
        self._total = 0
        self.is_closed = False

    @property
    def size(self) -> int:
        return len(self._recorded) + len(self._sealed)

    @property
    def sealed(self) -> int:
        return len(self._sealed)

    @property
    def settled(self) -> int:
        """Events that have been answered for, one way or the other."""
        return self._sent + self._rejected

    @property
    def total(self) -> int:
        """Events that were recorded."""
        return self._total

    @property
    def counts(self) -> Counts:
        with self._lock:
            pending = self._total - self._sent - self._dropped - self._moved
            return Counts(self._total, self._sent, pending, self._dropped, self._rejected)

    def push(self, event: RecordedEvent) -> bool:
        """False: there is no room for it, and nothing has changed."""
        with self._lock:
            spare_events = FINALIZE_RESERVE_EVENTS if event.finalizes else 0
            spare_bytes = FINALIZE_RESERVE_BYTES if event.finalizes else 0
            fits = self.size < self._max_events + spare_events
            if not fits or self._bytes + event.bytes > self._max_bytes + spare_bytes or self.is_closed:
                return False
            self._total += 1
            self._bytes += event.bytes
            self._recorded.append(event)
            return True

    def is_too_large(self, event: RecordedEvent) -> bool:
        return event.bytes > self._max_bytes

    def drop(self, event: RecordedEvent) -> None:
        """Counts an event that was recorded and cannot be queued."""
        with self._lock:
            self._total += 1
            self._dropped += 1
        if event.on_settled:
            event.on_settled(False, "the hook agent is closed" if self.is_closed else "there is no room for it")

    def seal(self, count: int, enough: Callable[[], bool]) -> bool:
        """Makes the oldest `count` fit to leave the process, until `enough`. True once all of them are."""
        while self._recorded and len(self._sealed) < count:
            if enough():
                return False
            self._seal_next()
        return True

    def batch(self, max_events: int, max_bytes: int) -> Sequence[QueuedEvent]:
        """The oldest sealed events that fit one request. They stay queued."""
        return prefix(self._sealed, max_events, max_bytes)

    def move(self, least: int, max_bytes: int, spool: Callable[[Sequence[QueuedEvent]], bool]) -> Sequence[QueuedEvent]:
        """Takes out the oldest sealed ones, `least` of them and more up to `max_bytes`, if `spool` takes them."""
        chosen: list[QueuedEvent] = []
        total = 0
        for event in self._sealed:
            total += event.bytes
            if len(chosen) >= least and total > max_bytes:
                break
            chosen.append(event)
        if not chosen or not spool(chosen):
            return ()
        with self._lock:
            self._take(len(chosen))
            self._moved += len(chosen)
        return chosen

    def acknowledge(self, count: int) -> None:
        """The oldest `count` are stored."""
        with self._lock:
            stored = self._take(count)
            self._sent += len(stored)
        settle(stored, True, None)

    def reject(self, positions: frozenset[int], reason: str) -> Sequence[QueuedEvent]:
        """The service refused those at `positions`, counted from the oldest, for good."""
        with self._lock:
            reached = self._take(max(positions) + 1)
            refused = [event for at, event in enumerate(reached) if at in positions]
            rest = [event for at, event in enumerate(reached) if at not in positions]
            self._sealed.extendleft(reversed(rest))
            self._bytes += sum(event.bytes for event in rest)
            self._rejected += len(refused)
            self._dropped += len(refused)
        settle(refused, False, reason)
        return refused

    def _seal_next(self) -> None:
        event = self._recorded[0]
        try:
            sealed = self._seal(event)
        except Exception as error:
            with self._lock:
                self._recorded.popleft()
                self._bytes -= event.bytes
                self._dropped += 1
            if event.on_settled:
                event.on_settled(False, f"it could not be encoded: {error}")
            return
        with self._lock:
            self._bytes += sealed.bytes - event.bytes
            self._sealed.append(sealed)
            self._recorded.popleft()

    def _take(self, count: int) -> Sequence[QueuedEvent]:
        taken = list(islice(self._sealed, count))
        for event in taken:
            self._sealed.popleft()
            self._bytes -= event.bytes
        return taken


def settle(events: Sequence[QueuedEvent], stored: bool, reason: str | None) -> None:
    for event in events:
        if event.on_settled:
            event.on_settled(stored, reason)
