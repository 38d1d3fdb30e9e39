"""Records what an agent does, and never harms it."""

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, TypeVar

from . import exit_handling
from .context import current_context
from .delivery import Delivery, Finalization
from .event import Settle
from .options import HookAgentOptions
from .parts import Parts
from .pipeline import Pipeline
from .runs import NodeOptions, Runs, Step, id_part
from .strict import STRICT_TIMEOUT, wait_until_stored
from .threads import call_in_thread
from .transport import test_connection
from .waiting import seconds

DEFAULT_TIMEOUT = 5.0
FINALIZE_TIMEOUT = 10.0
MAX_EVENT_ID_LENGTH = 128

Fields = Mapping[str, Any]
T = TypeVar("T")


class HookAgent:
    """Records into one session. What `options` leave out comes from the environment.

    The record calls return at once and never raise, whatever they are given and whatever state the service is in;
    they answer the id of what was recorded, for later calls to name. With `durable=True` a record call waits until
    the service has stored the event, at most `timeout` seconds, and raises NotStored. Times are in seconds.
    """

    def __init__(
        self,
        options: HookAgentOptions | None = None,
        *,
        env: Mapping[str, str] | None = None,
        is_lazy: bool = False,
    ) -> None:
        """`is_lazy`: the environment is read, and threads are started, at the first call."""
        self._options = options or HookAgentOptions()
        self._env = env
        self._made: Parts | None = None
        self._lock = threading.RLock()
        self._runs = Runs(self._record_run, self._new_id, self._now_ms)
        if not is_lazy:
            self._make()

    @property
    def session_id(self) -> str:
        return self._parts.settings.session_id

    def log_action(self, action: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        """Answers the event's id, which is the action's own `id` where it has one."""
        return self._entry("action", action, durable, timeout)

    def log_response(self, response: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        """Answers the event's id, which is the response's own `id` where it has one."""
        return self._entry("response", response, durable, timeout)

    def update_state(self, patch: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        """Takes a JSON Merge Patch; answers the event's id."""
        return self._record("state_updated", patch, None, None, durable, timeout)

    def add_goal(self, goal: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        """Answers the goal's id."""
        goal_id = _text(goal, "id") or f"goal-{self._suffix()}"
        self._record("goal_added", goal, {"id": goal_id}, None, durable, timeout)
        return goal_id

    def update_goal(
        self, goal_id: str, patch: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT
    ) -> str:
        """Answers the event's id."""
        return self._record("goal_updated", patch, {"goalId": goal_id}, None, durable, timeout)

    def spawn_agent(self, agent: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        """Answers the agent's id."""
        agent_id = _text(agent, "agentId") or f"agent-{id_part(_text(agent, 'type'))}-{self._suffix()}"
        context = current_context()
        extra = {"agentId": agent_id}
        if context.agent_id and _text(agent, "parentAgentId") is None:
            extra["parentAgentId"] = context.agent_id
        if context.run_id and _text(agent, "runId") is None:
            extra["runId"] = context.run_id
        self._record("agent_spawned", agent, extra, None, durable, timeout)
        return agent_id

    def complete_agent(
        self,
        agent_id: str,
        completion: Fields | None = None,
        *,
        durable: bool = False,
        timeout: float = STRICT_TIMEOUT,
    ) -> str:
        """Answers the event's id."""
        return self._record("agent_completed", _given(completion), {"agentId": agent_id}, None, durable, timeout)

    def start_run(self, run: Fields | None = None) -> str:
        """One execution of an agent: `agentId` is the context's or `main` if absent. Answers the run's id."""
        return self._runs.start_run(_given(run))

    def node(self, name: str, work: Callable[[], T], options: NodeOptions | None = None) -> T:
        """Calls `work` as a step of a run, and records how long it took and what it answered or raised.

        Answers, or raises, the same; of a coroutine the awaited answer is what counts.
        """
        return self._runs.node(name, work, options or NodeOptions())

    def begin_node(self, name: str, run_id: str, options: NodeOptions | None = None) -> Step:
        """A step of a run that is told of its end, by `complete`, `fail` or `pause`."""
        return self._runs.begin(name, run_id, options or NodeOptions())

    def complete_run(self, run_id: str, end: Fields | None = None) -> str:
        """Without `status` it is completed. Answers the event's id."""
        return self._runs.complete_run(run_id, _given(end))

    def pipeline(self, name: str, *, input: Any = None) -> Pipeline:
        """A run with one node for each stage: a context manager, with `input`, and a decorator."""
        return Pipeline(self._runs, name, input)

    def finalize_session(self, request: Fields | None = None, timeout: float = FINALIZE_TIMEOUT) -> Finalization:
        """Sends what is queued, then ends the session; waits for at most `timeout` seconds. Never raises."""
        end = self._parts.recording.end(_given(request))
        delivery = self.flush(timeout)
        return Finalization(**asdict(delivery), finalized=end.stored is True)

    def test_connection(self, timeout: float = DEFAULT_TIMEOUT) -> bool:
        """Whether the service can be reached and takes writes, asked for at most `timeout` seconds."""
        transport = self._parts.settings.transport
        if transport is None:
            return False
        return call_in_thread(lambda: test_connection(transport), seconds(timeout)) is True

    def flush(self, timeout: float = DEFAULT_TIMEOUT) -> Delivery:
        """Waits until what is queued now is answered for, at most `timeout` seconds. Never raises."""
        parts = self._parts
        if parts.uploader is not None:
            parts.uploader.hurry()
            parts.uploader.wait(seconds(timeout))
        return parts.delivery()

    def close(self, timeout: float = DEFAULT_TIMEOUT) -> Delivery:
        """Flushes, leaves the rest on disk and lets go of everything; what is recorded afterwards is dropped."""
        parts = self._parts
        if parts.outbox.is_closed:
            return parts.delivery()
        parts.outbox.is_closed = True
        self.flush(timeout)
        # In a thread, so that a signal that ends the process does not find this one in the middle of a write.
        last = call_in_thread(parts.let_go, None)
        exit_handling.forget(self)
        return last or parts.delivery()

    def drain_at_exit(self, held: float) -> None:
        parts = self._made
        if parts is None or parts.uploader is None or not parts.backlog.size:
            return
        keeps = parts.backlog.has_spool
        parts.uploader.hurry()
        # What is on disk is not lost, so nothing waits for a service in trouble.
        parts.uploader.wait(seconds(parts.settings.exit_timeout - held), keeps, parts.seal_until)
        pending = parts.backlog.totals.pending
        if pending and not keeps:
            parts.settings.warn_once("exit", f"the process ended with {pending} event(s) not acknowledged")

    def spool_at_exit(self, budget: float) -> None:
        # The process is ending; nothing is left to tell, and its end must not change.
        with contextlib.suppress(Exception):
            if self._made is not None:
                self._made.backlog.end(budget)

    def begin_anew(self) -> None:
        self._lock = threading.RLock()
        if self._made is not None:
            self._options = replace(self._options, session_id=self._made.settings.session_id)
        self._made = None

    @property
    def _parts(self) -> Parts:
        return self._made or self._make()

    def _make(self) -> Parts:
        with self._lock:
            if self._made is None:
                self._made = Parts(self._options, self._env)
                exit_handling.watch(self)
            return self._made

    def _new_id(self) -> str:
        return self._parts.settings.new_id()

    def _now_ms(self) -> int:
        return self._parts.settings.now_ms()

    def _suffix(self) -> str:
        return self._new_id()[-12:]

    def _entry(self, event_type: str, given: Fields, durable: bool, timeout: float) -> str:
        event_id = _text(given, "id")
        if event_id is not None and len(event_id) > MAX_EVENT_ID_LENGTH:
            event_id = None
        return self._record(event_type, given, None, event_id, durable, timeout)

    def _record(
        self,
        event_type: str,
        given: Fields,
        extra: Fields | None,
        event_id: str | None,
        durable: bool,
        timeout: float,
    ) -> str:
        recording = self._parts.recording
        if not durable:
            return recording.record(event_type, given, extra, event_id=event_id)

        def record(on_settled: Settle) -> str:
            return recording.record(event_type, given, extra, event_id=event_id, on_settled=on_settled)

        return wait_until_stored(timeout, record)

    def _record_run(self, event_type: str, fields: Fields) -> str:
        return self._parts.recording.record(event_type, fields)


def _given(fields: Fields | None) -> Fields:
    """Without asking whether it is true: there are objects that refuse to say."""
    return {} if fields is None else fields


def _text(given: Any, name: str) -> str | None:
    """In a program without types a caller may give anything."""
    try:
        value = given.get(name)
    except Exception:
        return None
    return value if isinstance(value, str) and value else None
