"""The unsent events of one producer on disk."""

import contextlib
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .event import QueuedEvent, prefix
from .event_line import ends_session
from .spool_files import (
    Position,
    Producer,
    SpoolDocument,
    count_lines,
    read_document,
    read_lines,
    segment_path,
    segments_in,
    write_document,
    write_whole,
)

START = Position(0, 0)


@dataclass(slots=True)
class _SpooledEvent(QueuedEvent):
    """With where its line begins and where the next one does."""

    at: Position = START
    end: Position = START


@dataclass
class _Segment:
    """`events` is None for one that another process wrote."""

    number: int
    bytes: int
    events: int | None


class SpoolLog:
    """Lines in numbered segments, oldest first, and `spool.json` with how far they have been sent.

    Nothing is synced: it outlives the process, not the machine.
    """

    def __init__(self, folder: Path, segment_bytes: int, document: SpoolDocument) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self.producer = document.producer
        self._read = document.read
        self._size = document.events
        kept = [found for found in segments_in(folder) if found[0] >= document.read.segment]
        self._segments = [_Segment(number, size, None) for number, size in kept]
        # Read and not yet answered for, oldest first: never dropped to make room.
        self._window: deque[_SpooledEvent] = deque()
        self._fd: int | None = None

    @classmethod
    def create(cls, folder: Path, segment_bytes: int, producer: Producer) -> "SpoolLog":
        """Raises OSError where the folder cannot be written to."""
        return cls(folder, segment_bytes, SpoolDocument(producer, Position(1, 0), 0))

    @classmethod
    def open(cls, folder: Path, segment_bytes: int) -> "SpoolLog | None":
        """What another process left, or None where it left nothing to send."""
        log = cls(folder, segment_bytes, read_document(folder))
        return log if log.head(1, 1) else None

    @property
    def size(self) -> int:
        return self._size

    @property
    def size_on_disk(self) -> int:
        return sum(segment.bytes for segment in self._segments)

    def append(self, events: Sequence[QueuedEvent], in_flight: int, producer: Producer) -> None:
        """Writes events after all others, all or none. The first `in_flight` are about to be answered for.

        Raises OSError where the disk does not take them.
        """
        segment, fd = self._writable()
        text = b"".join(event.line + b"\n" for event in events)
        before = self.producer, self._size
        self.producer = producer
        self._size += len(events)
        try:
            self._write_document()
            write_whole(fd, text, segment.bytes)
        except OSError:
            self.producer, self._size = before
            raise
        self._expect(events[:in_flight], segment)
        segment.bytes += len(text)
        if segment.events is not None:
            segment.events += len(events)

    def head(self, max_events: int, max_bytes: int) -> Sequence[QueuedEvent]:
        """The oldest events that fit one request: none only if there are none. They stay."""
        while not self._window and self._fill():
            pass
        return prefix(self._window, max_events, max_bytes)

    def consume(self, count: int) -> Sequence[QueuedEvent]:
        """The oldest `count` of those read are answered for."""
        return self.remove(frozenset(range(count)))

    def remove(self, positions: frozenset[int]) -> Sequence[QueuedEvent]:
        """Those at `positions` of what was read are answered for."""
        most = min(max(positions, default=-1) + 1, len(self._window))
        reached = [self._window.popleft() for _ in range(most)]
        gone = [event for at, event in enumerate(reached) if at in positions]
        self._window.extendleft(reversed([event for at, event in enumerate(reached) if at not in positions]))
        self._size = max(0, self._size - len(gone))
        if self._window:
            self._read = self._window[0].at
        elif reached:
            self._read = reached[-1].end
        self._forget()
        return gone

    def drop_oldest(self) -> int:
        """Gives up the oldest segment none of whose events was read, and answers how many that were; 0: none."""
        after = self._window[-1].at.segment if self._window else 0
        segment = next((each for each in self._segments if each.number > after), None)
        if segment is None or segment.bytes == 0:
            return 0
        is_partly_sent = segment.number == self._read.segment
        if is_partly_sent or segment.events is None:
            events = count_lines(self._path_of(segment), self._read.offset if is_partly_sent else 0)
        else:
            events = segment.events
        if segment is self._segments[-1]:
            self.close()
        self._segments.remove(segment)
        self._path_of(segment).unlink(missing_ok=True)
        self._size = max(0, self._size - events)
        self.producer = replace(self.producer, dropped=self.producer.dropped + events)
        return events

    def add_dropped(self, events: int) -> None:
        """Counts events of its producer that another process found to be lost."""
        self.producer = replace(self.producer, dropped=self.producer.dropped + events)
        self._forget()

    def report(self, producer: Producer) -> None:
        """Notes the producer's totals for whoever sends the rest."""
        self.producer = producer
        self._write_document()

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
        self._fd = None

    def _writable(self) -> tuple[_Segment, int]:
        """The segment to write to: a new one when the last is full, or is not this process's."""
        last = self._segments[-1] if self._segments else None
        if last is not None and self._fd is not None and last.bytes < self._segment_bytes:
            return last, self._fd
        self.close()
        number = max(self._read.segment, last.number if last else 0) + 1
        segment = _Segment(number, 0, 0)
        fd = os.open(self._path_of(segment), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._fd = fd
        self._segments.append(segment)
        return segment, fd

    def _expect(self, events: Sequence[QueuedEvent], segment: _Segment) -> None:
        """Puts events that are being sent, and were just written, where they would stand had they been read."""
        offset = segment.bytes
        for event in events:
            end = offset + event.bytes
            self._expect_one(event.line, segment.number, offset, end)
            offset = end

    def _expect_one(self, line: bytes, segment: int, offset: int, end: int) -> None:
        at, after = Position(segment, offset), Position(segment, end)
        event = _SpooledEvent(line, end - offset, ends_session(line), at=at, end=after)
        self._window.append(event)

    def _fill(self) -> bool:
        """Reads on. False: there is nothing more to read."""
        segment = next((each for each in self._segments if each.number >= self._read.segment), None)
        if segment is None:
            self._size = 0
            return False
        offset = self._read.offset if segment.number == self._read.segment else 0
        chunk = read_lines(self._path_of(segment), offset)
        if chunk:
            for line in chunk[:-1].split(b"\n"):
                end = offset + len(line) + 1
                self._expect_one(line, segment.number, offset, end)
                offset = end
            return True
        if segment is self._segments[-1]:
            self._size = 0
            return False
        self._read = Position(segment.number + 1, 0)
        self._forget()
        return True

    def _forget(self) -> None:
        """Removes the segments that are done with.

        Where the disk does not take that, they are sent again by a later process, which the service knows by their
        ids.
        """
        with contextlib.suppress(OSError):
            while self._segments and self._is_done_with(self._segments[0]):
                done = self._segments.pop(0)
                if not self._segments:
                    self.close()
                self._path_of(done).unlink(missing_ok=True)
            self._write_document()

    def _is_done_with(self, segment: _Segment) -> bool:
        read = self._read
        if segment.number == read.segment:
            return read.offset >= segment.bytes
        return segment.number < read.segment

    def _path_of(self, segment: _Segment) -> Path:
        return segment_path(self._folder, segment.number)

    def _write_document(self) -> None:
        write_document(self._folder, SpoolDocument(self.producer, self._read, self._size))
