"""A graph's run: what is kept of it between its beginning and its end."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from langgraph.errors import GraphInterrupt
from langgraph.types import Command

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A dict of a bounded number of entries, for any thread: the oldest go."""

    def __init__(self, max_entries: int) -> None:
        self._max_entries = max_entries
        self._entries: dict[Key, Value] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key | None) -> Value | None:
        return None if key is None else self._entries.get(key)

    def put(self, key: Key, value: Value) -> None:
        with self._lock:
            self._entries.pop(key, None)
            self._entries[key] = value
            if len(self._entries) > self._max_entries:
                del self._entries[next(iter(self._entries))]

    def take(self, key: Key | None) -> Value | None:
        with self._lock:
            return None if key is None else self._entries.pop(key, None)


class GraphRun:
    """From its beginning to its end, with its pauses. `paused_key`: what it goes on by after one, if it can."""

    def __init__(self, run_id: str, paused_key: tuple[str, str] | None) -> None:
        self.run_id = run_id
        self.paused_key = paused_key
        self._started = time.perf_counter()
        self.is_paused = False
        # Of the nodes that failed, how often: the next attempt is a node of its own.
        self.failures: Counter[str] = Counter()
        self._told: set[Any] = set()

    @property
    def duration_ms(self) -> int:
        """With the times it waited."""
        return round((time.perf_counter() - self._started) * 1_000)

    def pause(self, interrupts: Iterable[Any]) -> list[Any]:
        """Answers what has not been told of: every graph around the one that waits tells of it, too."""
        self.is_paused = True
        fresh = {_identity(each): each for each in interrupts if _identity(each) not in self._told}
        self._told.update(fresh)
        return list(fresh.values())

    def resume(self) -> None:
        self.is_paused = False
        self._told.clear()


def end_by(error: BaseException) -> dict[str, Any]:
    if isinstance(error, GeneratorExit):
        # Its stream was left by whoever read it.
        return {"status": "cancelled", "error": "nobody waited for its end"}
    is_wanted = isinstance(error, (asyncio.CancelledError, KeyboardInterrupt))
    return {"status": "cancelled" if is_wanted else "failed", "error": error}


def interrupts_of(interrupt: GraphInterrupt) -> list[Any]:
    first = interrupt.args[0] if interrupt.args else ()
    return list(first) if isinstance(first, (list, tuple)) else [first]


def values_of(interrupts: Iterable[Any]) -> list[Any]:
    return [getattr(each, "value", each) for each in interrupts]


def is_going_on(given: Any, waiting: GraphRun | None) -> bool:
    """Whether a graph goes on with this input where it, or a former process, left off, instead of beginning."""
    if isinstance(given, Command):
        return waiting is not None or given.resume is not None
    return given is None


def _identity(interrupt: Any) -> Any:
    return getattr(interrupt, "id", None) or id(interrupt)
