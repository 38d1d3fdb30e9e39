"""Record calls that wait until the service has stored the event."""

import threading
from collections.abc import Callable

from .event import Settle
from .waiting import seconds

STRICT_TIMEOUT = 30.0


class NotStored(Exception):  # noqa: N818 (the name it has in every language)
    """An event of strict mode is not stored: refused or dropped, for good; or not yet, and still queued."""

    def __init__(self, event_id: str, reason: str, is_queued: bool) -> None:
        super().__init__(f"the event {event_id} is not stored: {reason}")
        self.id = event_id
        self.is_queued = is_queued


def too_late(event_id: str, timeout: float) -> NotStored:
    return NotStored(event_id, f"no answer within {timeout:g} s", True)


def refused(event_id: str, reason: str | None) -> NotStored:
    return NotStored(event_id, reason or "it was given up", False)


def wait_until_stored(timeout: float, record: Callable[[Settle], str]) -> str:
    """Raises NotStored."""
    settled = threading.Event()
    outcome: list[tuple[bool, str | None]] = []

    def on_settled(stored: bool, reason: str | None) -> None:
        outcome.append((stored, reason))
        settled.set()

    event_id = record(on_settled)
    if not settled.wait(seconds(timeout)):
        raise too_late(event_id, timeout)
    stored, reason = outcome[0]
    if not stored:
        raise refused(event_id, reason)
    return event_id
