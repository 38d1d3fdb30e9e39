"""An event on its way to the service."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

# What became of an event for good, and in words why it was not stored. Called by a thread of the library's.
Settle = Callable[[bool, str | None], None]


@dataclass(slots=True)
class QueuedEvent:
    """Its line of the batch, without credentials. `bytes` are those of the line and its end."""

    line: bytes
    bytes: int
    finalizes: bool = False
    on_settled: Settle | None = None


class RecordedEvent(NamedTuple):
    """As the caller left it, not yet fit to leave the process; `sealed` where it was made so already."""

    snapshot: bytes
    bytes: int
    finalizes: bool = False
    on_settled: Settle | None = None
    sealed: QueuedEvent | None = None


# Makes an event fit to leave the process.
Seal = Callable[[RecordedEvent], QueuedEvent]


class _Sized(Protocol):
    @property
    def bytes(self) -> int: ...
    @property
    def finalizes(self) -> bool: ...


SizedT = TypeVar("SizedT", bound=_Sized)


def prefix(events: Iterable[SizedT], max_events: int, max_bytes: int) -> Sequence[SizedT]:
    """The first events that together fit, and one in any case. Nothing follows one that ends the session."""
    chosen: list[SizedT] = []
    total = 0
    for event in islice(events, max_events):
        total += event.bytes
        if chosen and total > max_bytes:
            break
        chosen.append(event)
        if event.finalizes:
            break
    return chosen
