"""Pipelines: a run, with a node for each attempt at each of its stages."""

import functools
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar, cast

from .context import in_context
from .runs import NodeOptions, Runs, id_part, message_of

Function = TypeVar("Function", bound=Callable[..., Any])


class Pipeline:
    """As a context manager it is one run; as a decorator each call of the function is one.

        with agent.pipeline("booking") as run:
            with run.stage("search", input=query) as stage:
                stage.output = search(query)
            run.output = run.call("book", book, stage.output, attempts=3)

    Functions decorated with `stage` are stages of the run they are called in.
    """

    def __init__(self, runs: Runs, name: str) -> None:
        self._runs = runs
        self._name = name
        self._open: list[tuple[PipelineRun, ExitStack]] = []

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
        run = stack.enter_context(self._run(None))
        self._open.append((run, stack))
        return run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _, stack = self._open.pop()
        stack.__exit__(kind, error, trace)

    @contextmanager
    def _run(self, given: Any) -> "Iterator[PipelineRun]":
        agent_id = id_part(self._name)
        start = {"agentId": agent_id, "flow": self._name, "role": "pipeline", "input": given}
        run = PipelineRun(self._runs, self._runs.start_run(start))
        token = _current_run.set(run)
        try:
            with in_context(agent_id=agent_id, run_id=run.run_id):
                yield run
        except BaseException as error:
            self._runs.complete_run(run.run_id, {"status": "failed", "error": message_of(error)})
            raise
        finally:
            _current_run.reset(token)
        self._runs.complete_run(run.run_id, {"output": run.output})


class Stage:
    """A stage that is under way; what it leads to is `output`."""

    output: Any = None


class PipelineRun:
    def __init__(self, runs: Runs, run_id: str) -> None:
        self._runs = runs
        self._names: Counter[str] = Counter()
        self.run_id = run_id
        self.output: Any = None

    @contextmanager
    def stage(self, name: str, *, input: Any = None) -> Iterator[Stage]:
        stage = Stage()
        step = self._runs.begin(name, self.run_id, self._options(self._unique(name), 1, 1, input))
        try:
            with in_context(run_id=self.run_id, node_id=step.node_id):
                yield stage
        except BaseException as error:
            step.fail(error)
            raise
        step.complete(stage.output)

    def call(self, name: str, work: Callable[..., Any], *args: Any, attempts: int = 1, **kwargs: Any) -> Any:
        """Calls `work` as a stage, again while it fails; every attempt is a node of its own. Awaitable if it is."""
        unique = self._unique(name)
        bound = functools.partial(work, *args, **kwargs)
        given = _given(args, kwargs)
        if inspect.iscoroutinefunction(work):
            return self._call_async(unique, bound, given, attempts)
        for attempt in range(1, attempts):
            try:
                return self._runs.node(name, bound, self._options(unique, attempt, attempts, given))
            except Exception:
                continue
        return self._runs.node(name, bound, self._options(unique, attempts, attempts, given))

    async def _call_async(self, unique: str, bound: Callable[[], Any], given: Any, attempts: int) -> Any:
        for attempt in range(1, attempts):
            try:
                return await self._runs.node(unique, bound, self._options(unique, attempt, attempts, given))
            except Exception:
                continue
        return await self._runs.node(unique, bound, self._options(unique, attempts, attempts, given))

    def _unique(self, name: str) -> str:
        self._names[name] += 1
        namesakes = self._names[name]
        return name if namesakes == 1 else f"{name}-{namesakes}"

    def _options(self, unique: str, attempt: int, attempts: int, given: Any) -> NodeOptions:
        return NodeOptions(
            run_id=self.run_id,
            node_id=id_part(unique) if attempt == 1 else f"{id_part(unique)}.{attempt}",
            node_type="stage",
            input=given,
            metadata={"stage": unique, "attempt": attempt, "attempts": attempts},
        )


_current_run: ContextVar[PipelineRun | None] = ContextVar("container_hook_agent_pipeline", default=None)


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
