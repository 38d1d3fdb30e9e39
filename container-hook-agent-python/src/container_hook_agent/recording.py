"""The caller's side: stamps events, takes a snapshot of them and queues them. Nothing here raises or waits for long."""

from collections.abc import Callable, Mapping
from typing import Any

from . import snapshot
from .backlog import Backlog
from .context import NONE, current_context
from .event import RecordedEvent, Settle
from .event_id import NewId
from .warn_once import WarnOnce


class RecordedEnd:
    """A recorded end of the session. `stored` is None until the service has answered for it."""

    stored: bool | None = None

    def settle(self, stored: bool, _reason: str | None) -> None:
        self.stored = stored


class Recording:
    def __init__(
        self,
        backlog: Backlog,
        now_ms: Callable[[], int],
        new_id: NewId,
        warn_once: WarnOnce,
        queued: Callable[[], None],
    ) -> None:
        self._backlog = backlog
        self._now_ms = now_ms
        self._new_id = new_id
        self._warn_once = warn_once
        self._queued = queued
        self._end: RecordedEnd | None = None

    def record(
        self,
        event_type: str,
        given: Any,
        extra: Mapping[str, Any] | None = None,
        *,
        event_id: str | None = None,
        on_settled: Settle | None = None,
    ) -> str:
        """`extra` stands above what is given. Answers the event's id."""
        self._end = None
        used = event_id or self._new_id()
        self._queue(event_type, used, given, extra, on_settled=on_settled)
        return used

    def end(self, given: Any) -> RecordedEnd:
        """Records the session's end, once: a repeat with nothing recorded in between, and not refused, is the same."""
        if self._end is not None and self._end.stored is not False:
            return self._end
        end = RecordedEnd()
        self._queue("session_finalized", self._new_id(), given, None, finalizes=True, on_settled=end.settle)
        self._end = end
        return end

    def _queue(
        self,
        event_type: str,
        event_id: str,
        given: Any,
        extra: Mapping[str, Any] | None,
        *,
        finalizes: bool = False,
        on_settled: Settle | None = None,
    ) -> None:
        try:
            context = current_context()
            marks = None if context is NONE else tuple(context)
            taken = snapshot.take((event_type, event_id, self._now_ms(), marks, given, extra))
            if self._backlog.push(RecordedEvent(taken, len(taken), finalizes, on_settled)):
                self._queued()
                return
        except Exception as error:
            # Such as a clock of the host's that raises, or no stack left.
            self._backlog.drop(on_settled)
            self._warn_once("encode", f"an event could not be recorded and was dropped: {error!r}")
            return
        self._warn_once("not recorded", "events were dropped: the outbox was full or the hook agent closed")
