"""The same agent for programs of asyncio: every call is awaited, and only those that wait take their time."""

from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

from .agent import DEFAULT_TIMEOUT, FINALIZE_TIMEOUT, Fields, HookAgent
from .delivery import Delivery, Finalization
from .options import HookAgentOptions
from .pipeline import Pipeline
from .runs import NodeOptions
from .strict import STRICT_TIMEOUT
from .threads import await_in_thread

T = TypeVar("T")


class AsyncHookAgent:
    """See HookAgent. Leaving `async with` closes it."""

    def __init__(self, options: HookAgentOptions | None = None, *, env: Mapping[str, str] | None = None) -> None:
        self.blocking = HookAgent(options, env=env)

    async def __aenter__(self) -> "AsyncHookAgent":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def session_id(self) -> str:
        return self.blocking.session_id

    async def log_action(self, action: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        return await _record(self.blocking.log_action, action, durable=durable, timeout=timeout)

    async def log_response(self, response: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        return await _record(self.blocking.log_response, response, durable=durable, timeout=timeout)

    async def update_state(self, patch: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        return await _record(self.blocking.update_state, patch, durable=durable, timeout=timeout)

    async def add_goal(self, goal: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        return await _record(self.blocking.add_goal, goal, durable=durable, timeout=timeout)

    async def update_goal(
        self, goal_id: str, patch: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT
    ) -> str:
        return await _record(self.blocking.update_goal, goal_id, patch, durable=durable, timeout=timeout)

    async def spawn_agent(self, agent: Fields, *, durable: bool = False, timeout: float = STRICT_TIMEOUT) -> str:
        return await _record(self.blocking.spawn_agent, agent, durable=durable, timeout=timeout)

    async def complete_agent(
        self,
        agent_id: str,
        completion: Fields | None = None,
        *,
        durable: bool = False,
        timeout: float = STRICT_TIMEOUT,
    ) -> str:
        return await _record(self.blocking.complete_agent, agent_id, completion, durable=durable, timeout=timeout)

    async def start_run(self, run: Fields | None = None) -> str:
        return self.blocking.start_run(run)

    async def complete_run(self, run_id: str, end: Fields | None = None) -> str:
        return self.blocking.complete_run(run_id, end)

    def node(self, name: str, work: Callable[[], T], options: NodeOptions | None = None) -> T:
        """Of a coroutine function, to be awaited."""
        return self.blocking.node(name, work, options)

    def pipeline(self, name: str, *, input: Any = None) -> Pipeline:
        return self.blocking.pipeline(name, input=input)

    async def finalize_session(self, request: Fields | None = None, timeout: float = FINALIZE_TIMEOUT) -> Finalization:
        return await await_in_thread(partial(self.blocking.finalize_session, request, timeout))

    async def test_connection(self, timeout: float = DEFAULT_TIMEOUT) -> bool:
        return await await_in_thread(partial(self.blocking.test_connection, timeout))

    async def flush(self, timeout: float = DEFAULT_TIMEOUT) -> Delivery:
        return await await_in_thread(partial(self.blocking.flush, timeout))

    async def close(self, timeout: float = DEFAULT_TIMEOUT) -> Delivery:
        return await await_in_thread(partial(self.blocking.close, timeout))


async def _record(method: Callable[..., str], *given: object, durable: bool, timeout: float) -> str:
    if not durable:
        return method(*given)
    return await await_in_thread(partial(method, *given, durable=True, timeout=timeout))
