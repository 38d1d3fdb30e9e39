"""Runs and their nodes: executions of an agent, and their steps."""

import hashlib
import inspect
import re
import time
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from .context import current_context, in_context
from .encode import iso_ms

Fields = Mapping[str, Any]
T = TypeVar("T")

MAX_ID_PART = 64
MARK_LENGTH = 8
_NOT_OF_IDS = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True)
class NodeOptions:
    """`run_id`: the context's if absent; `node_id`: made from the name if absent."""

    run_id: str | None = None
    node_id: str | None = None
    node_type: str = "function"
    input: Any = None
    metadata: Fields | None = None


class Runs:
    def __init__(
        self,
        record: Callable[[str, Fields], str],
        new_id: Callable[[], str],
        now_ms: Callable[[], int],
    ) -> None:
        self._record = record
        self._new_id = new_id
        self._now_ms = now_ms

    def start_run(self, run: Fields) -> str:
        context = current_context()
        fields = {"agentId": context.agent_id or "main", **fields_of(run)}
        if context.run_id:
            fields.setdefault("parentRunId", context.run_id)
        run_id = fields.get("runId")
        if not isinstance(run_id, str):
            run_id = f"run-{self._new_id()}"
        self._record("execution_started", {**fields, "runId": run_id})
        return run_id

    def complete_run(self, run_id: str, end: Fields) -> str:
        fields = {**fields_of(end), "runId": run_id}
        if fields.get("status") is None:
            fields["status"] = "completed"
        if "error" in fields:
            fields["error"] = message_of(fields["error"])
        is_well = isinstance(fields["status"], str) and fields["status"] == "completed"
        return self._record("execution_completed" if is_well else "execution_failed", fields)

    def node(self, name: str, work: Callable[[], T], options: NodeOptions) -> T:
        run_id = options.run_id or current_context().run_id
        if run_id is None:
            return work()
        step = self.begin(name, run_id, options)
        try:
            with in_context(run_id=run_id, node_id=step.node_id):
                answer = work()
        except BaseException as error:
            step.fail(error)
            raise
        if inspect.isawaitable(answer):
            return cast(T, _finish(answer, step))
        step.complete(answer)
        return answer

    def begin(self, name: str, run_id: str, options: NodeOptions) -> "Step":
        context = current_context()
        node_id = options.node_id or f"{id_part(name)}-{self._new_id()[-12:]}"
        started_ms = self._now_ms()
        about = {
            "runId": run_id,
            "nodeId": node_id,
            "nodeType": options.node_type,
            "name": name,
            "input": options.input,
            "startedAt": iso_ms(started_ms),
        }
        if options.metadata is not None:
            about["metadata"] = options.metadata
        if context.run_id == run_id and context.node_id is not None:
            about["parentNodeId"] = context.node_id
        return Step(self._record, about, started_ms)


class Step:
    """A node that has begun. Its first end counts."""

    def __init__(self, record: Callable[[str, Fields], str], about: Fields, started_ms: int) -> None:
        self._record = record
        self._about = about
        self._started_ms = started_ms
        self._started = time.perf_counter()
        self._is_over = False
        self.run_id: str = about["runId"]
        self.node_id: str = about["nodeId"]
        record("node_executed", {**about, "status": "running"})

    def complete(self, output: Any) -> None:
        self._end({"status": "completed", "output": output})

    def fail(self, error: BaseException | str) -> None:
        self._end({"status": "failed", "error": message_of(error)})

    def pause(self, interrupts: Any) -> None:
        """It waits for someone, and begins anew as the same node when it goes on."""
        self._is_over = True
        metadata = {**(self._about.get("metadata") or {}), "paused": True, "interrupts": interrupts}
        self._record("node_executed", {**self._about, "status": "running", "metadata": metadata})

    def _end(self, outcome: Fields) -> None:
        if self._is_over:
            return
        self._is_over = True
        duration_ms = round((time.perf_counter() - self._started) * 1_000)
        # Not the clock's time, which may have been set back meanwhile.
        ended = {"completedAt": iso_ms(self._started_ms + duration_ms), "durationMs": duration_ms}
        self._record("node_executed", {**self._about, **outcome, **ended})


async def _finish(answer: Awaitable[Any], step: Step) -> Any:
    try:
        with in_context(run_id=step.run_id, node_id=step.node_id):
            output = await answer
    except BaseException as error:
        step.fail(error)
        raise
    step.complete(output)
    return output


def fields_of(given: Any) -> dict[str, Any]:
    """In a program without types a caller may give anything; the service says what is missing."""
    try:
        return dict(given)
    except Exception:
        return {}


def message_of(error: Any) -> str:
    try:
        return str(error) or type(error).__name__
    except Exception:
        return "an error that cannot be read"


def id_part(name: Any) -> str:
    """A name, as far as an id can hold it.

    Where that is not all of it, a part of its hash keeps different names apart; it is the same in every process and
    language.
    """
    whole = unicodedata.normalize("NFC", name) if isinstance(name, str) else ""
    word = _NOT_OF_IDS.sub("-", whole).lstrip("_-")
    if whole.isascii():
        return (word or "unknown")[:MAX_ID_PART]
    mark = hashlib.sha256(whole.encode(errors="replace")).hexdigest()[:MARK_LENGTH]
    beginning = word[: MAX_ID_PART - MARK_LENGTH - 1].rstrip("_-")
    return f"{beginning or 'name'}-{mark}"
