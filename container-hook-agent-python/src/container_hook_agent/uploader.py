"""Sends what is in the backlog, oldest first, one batch at a time, in a thread that never keeps the process alive."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from .backlog import Backlog, Batch
from .rejection import About, classify_refusal, describe_refusal
from .retry_delay import Answer, Reply, retry_delay
from .slices import in_slices
from .spool_files import Producer
from .transport import Transport
from .waiting import Meanwhile, Waiters, nothing
from .wake import Wake
from .warn_once import WarnOnce

# The most the service takes in a request, and a tenth of the bytes it takes.
MAX_BATCH_EVENTS = 1_000
MAX_BATCH_BYTES = 1024 * 1024
# Lets what is recorded in the same breath share a request.
LINGER_SECONDS = 0.01
# After a failure of its own.
REST_SECONDS = 5.0


class Uploader:
    def __init__(
        self,
        backlog: Backlog,
        transport: Transport,
        path: str,
        create: Mapping[str, Any],
        heartbeat: float,
        random: Callable[[], float],
        warn_once: WarnOnce,
    ) -> None:
        self._backlog = backlog
        self._transport = transport
        self._path = path
        self._create = create
        self._heartbeat = heartbeat
        self._random = random
        self._warn_once = warn_once
        self._waiters = Waiters(backlog)
        self._thread: threading.Thread | None = None
        self._awake = Wake()
        self._resume = Wake()
        self._is_asked_to_wait = False
        self._is_stopped = False
        # Since the last answer that settled something, or since someone began to wait.
        self._attempt = 0
        self._failures_in_row = 0
        self._sends_create = True
        # Whether `_sends_create` was turned over since the last acknowledgement: a second refusal is final.
        self._is_turned = False
        # Below the most while an event that was refused without being named is looked for.
        self._narrowed = MAX_BATCH_EVENTS
        self._answered_at = float("-inf")

    def start(self) -> None:
        """Raises RuntimeError where the interpreter starts no more threads."""
        self._thread = threading.Thread(target=self._run, name="hook-agent-uploader", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something was queued."""
        self._awake.set()

    def hurry(self) -> None:
        """Someone waits: a backoff is cut short. What the service asked for with Retry-After is not."""
        self._attempt = 0
        if not self._is_asked_to_wait:
            self._resume.set()

    def wait(self, timeout: float, until_failure: bool = False, meanwhile: Meanwhile = nothing) -> None:
        """Until all that is queued now has been answered for."""
        deadline = time.monotonic() + timeout
        self._backlog.adopt(timeout)
        if not self._is_stopped:
            self.wake()
            self._waiters.wait(max(0.0, deadline - time.monotonic()), until_failure, meanwhile)

    def stop(self) -> None:
        """Cuts what is in flight. What is queued stays in the backlog."""
        self._is_stopped = True
        self._resume.set()
        self._awake.set()
        self._waiters.release_all()
        self._transport.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._is_stopped:
            is_awake = self._awake.wait(self._heartbeat or None)
            try:
                if is_awake:
                    time.sleep(LINGER_SECONDS)
                    self._awake.forget()
                    self._drain()
                else:
                    self._beat()
            except Exception as error:
                self._warn_once("uploader", f"the hook agent failed, and goes on after a while: {error!r}")
                self._pause(REST_SECONDS)
                self.wake()

    def _drain(self) -> None:
        self._backlog.adopt()
        while not self._is_stopped and self._backlog.size:
            in_slices(lambda enough: self._backlog.seal(self._narrowed, enough))
            batch = self._backlog.next(self._narrowed, MAX_BATCH_BYTES)
            if batch.events:
                self._send(batch)
            self._waiters.look()
        self._waiters.look()

    def _send(self, batch: Batch) -> None:
        reply = self._post(batch.producer, [event.line for event in batch.events])
        if isinstance(reply, Answer) and _is_stored(reply):
            self._acknowledged(len(batch.events))
            return
        if self._is_stopped:
            return
        delay = retry_delay(self._attempt, reply, self._random)
        if isinstance(reply, Answer) and delay is None:
            self._refused(reply, len(batch.events))
            return
        self._backlog.release()
        self._attempt += 1
        self._failures_in_row += 1
        self._warn_of_failure(reply)
        self._waiters.failed()
        self._pause(delay or 0.0, isinstance(reply, Answer) and reply.retry_after is not None)

    def _post(self, producer: Producer, lines: list[bytes]) -> Reply:
        header: dict[str, Any] = {"producer": producer.as_json()}
        if self._sends_create:
            header["create"] = self._create
        head = json.dumps({"batch": header}, separators=(",", ":")).encode()
        return self._transport.request("POST", self._path, b"\n".join((head, *lines, b"")))

    def _beat(self) -> None:
        """Tells the service that the process lives, unless events have told it since: a batch without events."""
        is_quiet = time.monotonic() - self._answered_at >= self._heartbeat
        if self._backlog.recorded == 0 or not is_quiet:
            return
        reply = self._post(self._backlog.producer, [])
        if isinstance(reply, Answer) and reply.status < 300:
            self._answered_at = time.monotonic()
        elif isinstance(reply, Answer) and reply.status == 400:
            # A service that does not know what to make of it is left alone.
            self._heartbeat = 0.0

    def _acknowledged(self, count: int) -> None:
        self._backlog.acknowledge(count)
        self._answered_at = time.monotonic()
        self._attempt = 0
        self._failures_in_row = 0
        self._sends_create = False
        self._is_turned = False
        self._narrowed = min(self._narrowed * 2, MAX_BATCH_EVENTS)

    def _refused(self, answer: Answer, count: int) -> None:
        """Takes what can never be stored out of the way of the rest."""
        refusal = classify_refusal(answer, count)
        if refusal.about is About.CREATION and not self._is_turned:
            self._sends_create = not self._sends_create
            self._is_turned = True
        elif refusal.about is About.EVENTS:
            self._reject(answer, refusal.positions)
        elif refusal.about is About.UNNAMED_EVENTS and count > 1:
            self._narrowed = -(-count // 2)
        else:
            self._reject(answer, frozenset(range(count)))
        self._backlog.release()

    def _reject(self, answer: Answer, positions: frozenset[int]) -> None:
        reason = describe_refusal(answer)
        self._backlog.reject(positions, reason)
        self._attempt = 0
        self._warn_once(
            f"refused {answer.status}", f"the service refused {len(positions)} event(s) for good ({reason})"
        )

    def _warn_of_failure(self, reply: Reply) -> None:
        """Once is no trouble: a service that restarts closes the kept connections."""
        if self._failures_in_row < 2:
            return
        if isinstance(reply, Answer):
            what = f"answered {describe_refusal(reply)}"
        else:
            what = f"cannot be reached ({reply.failure})"
        self._warn_once("failure", f"the service {what}; events are kept and sent again")

    def _pause(self, seconds: float, is_asked: bool = False) -> None:
        self._is_asked_to_wait = is_asked
        # Whoever hurried before this pause began did not mean it.
        self._resume.forget()
        if not self._is_stopped:
            self._resume.wait(seconds)
        self._is_asked_to_wait = False


def _is_stored(answer: Answer) -> bool:
    """A 2xx from something else that listens at the address is no acknowledgement."""
    return answer.status < 300 and isinstance(answer.body, dict) and answer.body.get("success") is True
