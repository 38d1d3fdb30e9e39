"""Makes events fit to leave the process: without credentials, and no larger than the service takes."""

import json
from collections.abc import Mapping
from typing import Any

from . import snapshot
from .context import Context
from .encode import encode, encode_short, is_plain, iso_ms, readable
from .event import QueuedEvent, RecordedEvent
from .event_line import envelope
from .redaction import Redactor
from .truncation import cut, utf8

# Of the 1 MiB the service takes for an event.
MAX_EVENT_BYTES = 1_000_000
LEAST_STRING_BYTES = 1_024
# What is redacted beyond the cut, so that no credential is cut in two and missed.
OVERLAP = 16 * 1024
MAX_BYTES_OF_CHARACTER = 4

# Events whose data is marked with whose work they are: the others are about the session, or name it themselves.
IN_CONTEXT = frozenset({"action", "response", "goal_added", "goal_updated"})


class Sealer:
    """Off the caller's path: it takes as long as the event is large.

    Most events hold nothing to take out, which a look at their text tells; only the others are gone through.
    """

    def __init__(self, redactor: Redactor | None, max_string_bytes: int) -> None:
        self._redactor = redactor
        self._max_string_bytes = max_string_bytes
        self.redacted = 0

    def __call__(self, event: RecordedEvent) -> QueuedEvent:
        if event.sealed is not None:
            return event.sealed
        event_type, event_id, data = _unpack(event.snapshot)
        line = b"".join((envelope(event_type, event_id).encode(), self._encoded(data, event.bytes), b"}"))
        return QueuedEvent(line, len(line) + 1, event.finalizes, event.on_settled)

    def document(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What is sent beside events, made fit as they are."""
        fit: dict[str, Any] = json.loads(self._encoded(data, 0))
        return fit

    def _encoded(self, data: Any, bytes_of_snapshot: int) -> bytes:
        redactor = self._redactor
        if bytes_of_snapshot <= self._max_string_bytes:
            text = encode(data)
            harmless = redactor is None or not redactor.may_match(text)
            if harmless and len(text) <= self._max_string_bytes:
                return text.encode()
            redactor = redactor.among(text) if redactor is not None else None
        return self._rewritten(data if is_plain(data) else readable(data), redactor)

    def _rewritten(self, data: Any, redactor: Redactor | None) -> bytes:
        max_bytes = self._max_string_bytes
        while True:
            cleaner = _Cleaner(redactor, max_bytes)
            text = encode_short(cleaner.value(data))
            max_bytes //= 4
            if len(text) <= MAX_EVENT_BYTES or max_bytes < LEAST_STRING_BYTES:
                self.redacted += cleaner.hits
                return text


class _Cleaner:
    def __init__(self, redactor: Redactor | None, max_bytes: int) -> None:
        self._redactor = redactor
        self._max_bytes = max_bytes
        self.hits = 0

    def value(self, item: Any) -> Any:
        kind = type(item)
        if kind is str:
            return self._text(item)
        if kind is dict:
            return dict([self._field(name, each) for name, each in item.items()])
        if kind is list:
            return [self.value(each) for each in item]
        return item

    def _field(self, name: str, item: Any) -> tuple[str, Any]:
        if self._redactor is None:
            return name, self.value(item)
        clean, kind = self._redactor.name(name, self._hit)
        if kind is None or type(item) is not str or not item:
            return clean, self.value(item)
        self._hit(kind)
        return clean, f"[redacted:{kind}]"

    def _text(self, text: str) -> str:
        most = self._max_bytes + OVERLAP
        head = text[:most] if len(text) > most else text
        clean = self._redact(head)
        # Most are far from the limit, which takes no counting of bytes to tell.
        is_short = len(text) * MAX_BYTES_OF_CHARACTER <= self._max_bytes
        if is_short or (head is text and len(utf8(text)) <= self._max_bytes):
            return clean
        return cut(clean, self._max_bytes, text)

    def _redact(self, text: str) -> str:
        return text if self._redactor is None else self._redactor.text(text, self._hit)

    def _hit(self, _kind: str) -> None:
        self.hits += 1


def _unpack(taken: bytes) -> tuple[str, str, dict[str, Any]]:
    """See `Recording`, which packs it."""
    event_type, event_id, at_ms, context, given, extra = snapshot.restore(taken)
    data = given if isinstance(given, dict) else {}
    if extra is not None:
        data = {**data, **extra}
    if data.get("timestamp") is None:
        data["timestamp"] = iso_ms(at_ms)
    if event_type in IN_CONTEXT and context is not None:
        agent_id, run_id, node_id = Context(*context)
        for name, value in (("agentId", agent_id), ("runId", run_id), ("nodeId", node_id)):
            # A node belongs to its run: in another run it is none.
            is_of_other_run = name == "nodeId" and data.get("runId") != run_id
            if value is not None and data.get(name) is None and not is_of_other_run:
                data[name] = value
    return event_type, event_id, data
