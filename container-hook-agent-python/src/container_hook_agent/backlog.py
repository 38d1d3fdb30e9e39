"""Everything unsent, oldest first: what former processes left on disk, what this one put there, and what is in memory.

Events move from memory to disk when they have waited, when there is no room, and when the process ends.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .event import QueuedEvent, RecordedEvent, Seal, Settle
from .event_line import id_of
from .outbox import Outbox
from .room import Room
from .spool import Spool
from .spool_files import Producer
from .spool_log import SpoolLog

SPILL_BYTES = 256 * 1024
ADOPT_SECONDS = 5.0
# What the end of the process seals at a time, before it writes: little is lost if time runs out.
SEAL_AT_END_SECONDS = 0.005


@dataclass(frozen=True)
class Batch:
    """What goes into one request: events of one producer, with that producer's totals."""

    producer: Producer
    events: Sequence[QueuedEvent]


@dataclass(frozen=True)
class Totals:
    """`recorded` is of this process alone, the others of all it sends for."""

    recorded: int
    sent: int
    pending: int
    spooled: int
    dropped: int
    rejected: int


@dataclass
class _Given:
    """What was given out last, and where it is now: None is in memory."""

    count: int = 0
    log: SpoolLog | None = None


class Backlog:
    """`push` is for callers, from any thread; all else is for one thread at a time, which the mutex sees to."""

    def __init__(self, outbox: Outbox, spool: Spool | None, producer_id: str, seal: Seal) -> None:
        self.mutex = threading.RLock()
        self._outbox = outbox
        self._spool = spool
        self._producer_id = producer_id
        self._seal = seal
        # Of spooled events by id: a file cannot hold a function.
        self._settles: dict[str, Settle] = {}
        self._adopted_at = float("-inf")
        self._sent_from_disk = self._rejected_from_disk = self._rejected_own = 0
        self._given = _Given()
        self.room = Room(lambda: self._moved + outbox.sealed)
        self._moved = 0
        self._has_ended = False
        # Events that came to be sent before what was queued already.
        self.ahead = 0

    @property
    def size(self) -> int:
        return self._outbox.size + (self._spool.size if self._spool is not None else 0)

    @property
    def has_spool(self) -> bool:
        return self._spool is not None

    @property
    def recorded(self) -> int:
        return self._outbox.total

    @property
    def settled(self) -> int:
        """Events that have been answered for, or were given up."""
        lost = self._spool.dropped if self._spool is not None else 0
        return self._outbox.settled + self._sent_from_disk + self._rejected_from_disk + lost

    def mark(self, timeout: float) -> tuple[int, int] | None:
        """See Progress."""
        if not self.mutex.acquire(timeout=timeout):
            return None
        try:
            return self.settled + self.size, self.ahead
        finally:
            self.mutex.release()

    @property
    def totals(self) -> Totals:
        with self.mutex:
            counts = self._outbox.counts
            lost = self._rejected_from_disk + (self._spool.dropped if self._spool is not None else 0)
            return Totals(
                recorded=counts.recorded,
                sent=counts.sent + self._sent_from_disk,
                pending=counts.pending,
                spooled=self._spool.size if self._spool is not None else 0,
                dropped=counts.dropped + lost,
                rejected=counts.rejected + self._rejected_from_disk,
            )

    @property
    def producer(self) -> Producer:
        """This process's own totals, as the service is told them."""
        counts = self._outbox.counts
        lost = self._rejected_own + (self._spool.dropped_own if self._spool is not None else 0)
        return Producer(self._producer_id, counts.recorded, counts.dropped + lost)

    def push(self, event: RecordedEvent) -> bool:
        """False: it was dropped, and counted as such."""
        if self._outbox.push(event):
            return True
        if not self._outbox.is_closed:
            if self._outbox.is_too_large(event):
                # With its long strings cut it may fit.
                sealed = self._seal(event)
                event = RecordedEvent(b"", sealed.bytes, event.finalizes, event.on_settled, sealed)
            if self._outbox.push(event):
                return True
            if self._spool is not None and self.room.wait(lambda: self._outbox.push(event)):
                return True
        self._outbox.drop(event)
        return False

    def drop(self, on_settled: Settle | None) -> None:
        """Counts an event that was recorded and cannot be queued."""
        self._outbox.drop(RecordedEvent(b"", 0, False, on_settled))

    def seal(self, count: int, enough: Callable[[], bool]) -> bool:
        """Makes the oldest `count` in memory fit to leave the process, until `enough`. True once all of them are."""
        with self.mutex:
            return self._outbox.seal(count, enough)

    def seal_all(self, enough: Callable[[], bool]) -> bool:
        with self.mutex:
            return self._outbox.seal(self._outbox.size, enough)

    def next(self, max_events: int, max_bytes: int) -> Batch:
        """The oldest events that fit one request. They stay."""
        with self.mutex:
            foreign = own = None
            if self._spool is not None:
                self._spool.tidy()
                foreign, own = self._spool.foreign, self._spool.own
            log = (own if own is not None and own.size else None) if foreign is None else foreign
            given_out_by = self._outbox.batch if log is None else log.head
            events = given_out_by(max_events, max_bytes)
            self._given = _Given(len(events), log)
            return Batch(foreign.producer if foreign is not None else self.producer, events)

    def acknowledge(self, count: int) -> None:
        """The first `count` given out last are stored."""
        with self.mutex:
            given = self._take_given()
            log = given.log
            if given.count == 0:
                # The process is ending, and what was in flight is on disk.
                return
            if log is None:
                self._outbox.acknowledge(count)
            else:
                stored = log.consume(count)
                self._sent_from_disk += len(stored)
                self._settle(stored, True, None)
        self.room.tell()

    def reject(self, positions: frozenset[int], reason: str) -> None:
        """Those at `positions` of what was given out last are refused for good."""
        with self.mutex:
            given = self._take_given()
            log = given.log
            if given.count == 0:
                return
            if log is None:
                refused = self._outbox.reject(positions, reason)
            else:
                refused = log.remove(positions)
                self._rejected_from_disk += len(refused)
                if self._spool is not None and log is self._spool.own:
                    self._rejected_own += len(refused)
                else:
                    log.add_dropped(len(refused))
                self._settle(refused, False, reason)
            if self._spool is not None:
                self._spool.set_aside(refused, reason)

    def release(self) -> None:
        """What was given out will not be answered for."""
        with self.mutex:
            self._take_given()

    def spill(self, count: int, enough: Callable[[], bool]) -> int:
        """Puts the oldest of what is in memory on disk, `count` at most. Answers how many; 0: the disk takes none."""
        with self.mutex:
            most = min(count, self._outbox.size)
            self._outbox.seal(most, enough)
            moved = self._move() if most else 0
        self.room.tell()
        return moved

    def adopt(self, timeout: float = -1) -> None:
        """Looks for what processes that are gone have left, now and then.

        Whoever comes while another is looking waits for what that finds, at most `timeout` seconds.
        """
        if self._spool is None or not self.mutex.acquire(timeout=timeout):
            return
        try:
            now = time.monotonic()
            if now - self._adopted_at < ADOPT_SECONDS:
                return
            self._adopted_at = now
            before = self._spool.size
            self._spool.adopt()
            self.ahead += self._spool.size - before
        finally:
            self.mutex.release()

    def refresh_locks(self) -> None:
        if self._spool is not None:
            with self.mutex:
                self._spool.refresh_locks()

    def end(self, budget: float) -> None:
        """The process ends: what is in memory goes to disk within `budget` seconds, the rest is lost and counted."""
        deadline = time.monotonic() + budget
        if self._spool is None or not self.mutex.acquire(timeout=max(budget, 0.001)):
            return
        try:
            if self._has_ended:
                return
            self._has_ended = True
            self._take_given()
            self._move_all(deadline)
            producer = self.producer
            self._spool.close(replace(producer, dropped=producer.dropped + self._outbox.size))
        finally:
            self.mutex.release()

    def _move_all(self, deadline: float) -> None:
        """What is sealed by the deadline is written after it: that takes hardly any time."""
        is_over = False
        while self._outbox.size and not is_over:
            is_over = time.monotonic() >= deadline
            self._outbox.seal(self._outbox.size, _slice_until(deadline))
            while self._outbox.sealed:
                if not self._move():
                    return

    def _move(self) -> int:
        """What is in flight goes first, and is answered for on disk from then on."""
        spool, given = self._spool, self._given
        if spool is None:
            return 0
        in_flight = given.count if given.log is None else 0

        def append(events: Sequence[QueuedEvent]) -> bool:
            return spool.append(events, in_flight, self.producer)

        moved = self._outbox.move(max(1, in_flight), SPILL_BYTES, append)
        self._moved += len(moved)
        if moved and in_flight:
            self._given = _Given(in_flight, spool.own)
        for event in moved:
            if event.on_settled:
                self._settles[id_of(event.line) or ""] = event.on_settled
        return len(moved)

    def _take_given(self) -> _Given:
        given, self._given = self._given, _Given()
        return given

    def _settle(self, events: Sequence[QueuedEvent], stored: bool, reason: str | None) -> None:
        for event in events if self._settles else ():
            on_settled = self._settles.pop(id_of(event.line) or "", None)
            if on_settled is not None:
                on_settled(stored, reason)


def _slice_until(deadline: float) -> Callable[[], bool]:
    until = min(deadline, time.monotonic() + SEAL_AT_END_SECONDS)
    return lambda: time.monotonic() > until
