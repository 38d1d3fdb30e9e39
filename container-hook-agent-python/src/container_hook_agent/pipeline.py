"""Pipelines: a run, with a node for each attempt at each of its stages."""

import asyncio
import functools
import inspect
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar, cast

from .context import in_context
from .runs import NodeOptions, Runs, id_part, message_of

Function = TypeVar("Function", bound=Callable[..., Any])


class Pipeline:
    """As a context manager it is one run; as a decorator each call of the function is one.

        with agent.pipeline("booking", input=query) as run:
            with run.stage("search", input=query) as stage:
                stage.output = search(query)
            run.output = run.call("book", book, stage.output, attempts=3)

    Functions decorated with `stage` are stages of the run they are called in. Any number of threads and tasks may use
    one pipeline at once.
    """

    def __init__(self, runs: Runs, name: str, given: Any = None) -> None:
        self._runs = runs
        self._name = name
        self._given = given
        self._open: list[ExitStack] = []

    def __call__(self, work: Function) -> Function:
        """The run's input is what the function is given, its output what it answers."""
        return cast(Function, _wrapped(work, self._run))

    def stage(self, name: str | None = None, *, attempts: int = 1) -> Callable[[Function], Function]:
        """`attempts`: how often it is tried in all."""

        def decorate(work: Function) -> Function:
            @functools.wraps(work)
            def call(*args: Any, **kwargs: Any) -> Any:
                run = _current_run.get()
                if run is None:
                    return work(*args, **kwargs)
                return run.call(name or work.__name__, work, *args, attempts=attempts, **kwargs)

            return cast(Function, call)

        return decorate

    def __enter__(self) -> "PipelineRun":
        stack = ExitStack()
        run = stack.enter_context(self._run(self._given))
        self._open.append(stack)
        _entered.set((*_entered.get(), (self, stack)))
        return run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        entered = _entered.get()
        of_context = [stack for pipeline, stack in entered if pipeline is self and stack in self._open]
        # A framework may leave it in another context than it entered it in.
        stack = (of_context or self._open)[-1]
        self._open.remove(stack)
        _entered.set(tuple(entry for entry in entered if entry[1] is not stack))
        stack.__exit__(kind, error, trace)

    @contextmanager
    def _run(self, given: Any) -> "Iterator[PipelineRun]":
        started = time.perf_counter()
        agent_id = id_part(self._name)
        start = {"agentId": agent_id, "flow": self._name, "role": "pipeline", "input": given}
        run = PipelineRun(self._runs, self._runs.start_run(start))
        token = _current_run.set(run)

        def end(how: dict[str, Any]) -> None:
            duration_ms = round((time.perf_counter() - started) * 1_000)
            self._runs.complete_run(run.run_id, {**how, "durationMs": duration_ms})

        try:
            with in_context(agent_id=agent_id, run_id=run.run_id):
                yield run
        except BaseException as error:
            end({**run.failure(error), "error": message_of(error)})
            raise
        finally:
            # Where it ends in another context than it began in, that one has ended with it.
            with suppress(ValueError, RuntimeError):
                _current_run.reset(token)
        end({"output": run.output})


class Stage:
    """A stage that is under way; what it leads to is `output`."""

    output: Any = None


class PipelineRun:
    def __init__(self, runs: Runs, run_id: str) -> None:
        self._runs = runs
        self._used_ids: set[str] = set()
        self._lock = threading.Lock()
        self._failed: tuple[str, BaseException] | None = None
        self.run_id = run_id
        self.output: Any = None

    @contextmanager
    def stage(self, name: str, *, input: Any = None) -> Iterator[Stage]:
        stage = Stage()
        step = self._runs.begin(name, self.run_id, self._options(name, self._unused_id(name), 1, 1, input))
        try:
            with in_context(run_id=self.run_id, node_id=step.node_id):
                yield stage
        except BaseException as error:
            step.fail(error)
            self._failed = (name, error)
            raise
        step.complete(stage.output)

    def call(self, name: str, work: Callable[..., Any], *args: Any, attempts: int = 1, **kwargs: Any) -> Any:
        """Calls `work` as a stage, again while it fails; every attempt is a node of its own. Awaitable if it is."""
        stage = _Attempts(name, self._unused_id(name), functools.partial(work, *args, **kwargs), attempts)
        given = _given(args, kwargs)
        while True:
            try:
                answer = self._attempt(stage, given)
            except BaseException as error:
                if not self._is_tried_again(stage, error):
                    raise
            else:
                return self._awaited(stage, given, answer) if inspect.isawaitable(answer) else answer

    async def _awaited(self, stage: "_Attempts", given: Any, answer: Awaitable[Any]) -> Any:
        while True:
            try:
                return await answer
            except BaseException as error:
                if not self._is_tried_again(stage, error):
                    raise
            answer = self._attempt(stage, given)

    def _attempt(self, stage: "_Attempts", given: Any) -> Any:
        stage.attempt += 1
        options = self._options(stage.name, stage.node_id, stage.attempt, stage.attempts, given)
        return self._runs.node(stage.name, stage.work, options)

    def _is_tried_again(self, stage: "_Attempts", error: BaseException) -> bool:
        self._failed = (stage.name, error)
        return stage.attempt < stage.attempts and isinstance(error, Exception)

    def failure(self, error: BaseException) -> dict[str, Any]:
        """How the run ends by `error`: somebody may have wanted it, and it need not have come from a stage."""
        ended = {"status": "cancelled" if isinstance(error, (asyncio.CancelledError, KeyboardInterrupt)) else "failed"}
        if self._failed is not None and self._failed[1] is error:
            ended["failedStage"] = self._failed[0]
        return ended

    def _unused_id(self, name: str) -> str:
        """Different names may come to the same id, and a stage may be called several times."""
        base = id_part(name)
        unused, namesakes = base, 1
        with self._lock:
            while unused in self._used_ids:
                namesakes += 1
                unused = f"{base}-{namesakes}"
            self._used_ids.add(unused)
        return unused

    def _options(self, name: str, node_id: str, attempt: int, attempts: int, given: Any) -> NodeOptions:
        return NodeOptions(
            run_id=self.run_id,
            node_id=node_id if attempt == 1 else f"{node_id}.{attempt}",
            node_type="stage",
            input=given,
            metadata={"stage": name, "attempt": attempt, "attempts": attempts},
        )


class _Attempts:
    """A stage while it is tried."""

    def __init__(self, name: str, node_id: str, work: Callable[[], Any], attempts: int) -> None:
        self.name = name
        self.node_id = node_id
        self.work = work
        self.attempts = attempts
        self.attempt = 0


_current_run: ContextVar[PipelineRun | None] = ContextVar("container_hook_agent_pipeline", default=None)
# The innermost last. In the context, because others may be in the same pipeline at once.
_entered: ContextVar[tuple[tuple[Pipeline, ExitStack], ...]] = ContextVar("container_hook_agent_entered", default=())


def _given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if len(args) == 1 and not kwargs:
        return args[0]
    return {**({"args": list(args)} if args else {}), **kwargs} or None


def _wrapped(work: Callable[..., Any], run_of: Callable[[Any], Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(work):

        @functools.wraps(work)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            with run_of(_given(args, kwargs)) as run:
                run.output = await work(*args, **kwargs)
                return run.output

        return call_async

    @functools.wraps(work)
    def call(*args: Any, **kwargs: Any) -> Any:
        with run_of(_given(args, kwargs)) as run:
            run.output = work(*args, **kwargs)
            return run.output

    return call
