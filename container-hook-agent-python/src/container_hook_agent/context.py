"""Whose work is being done. What is recorded meanwhile is marked with it, unless it says otherwise itself."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from typing import NamedTuple


class Context(NamedTuple):
    agent_id: str | None = None
    run_id: str | None = None
    node_id: str | None = None


NONE = Context()
_current: ContextVar[Context] = ContextVar("container_hook_agent_context", default=NONE)

current_context = _current.get


@contextmanager
def in_context(*, agent_id: str | None = None, run_id: str | None = None, node_id: str | None = None) -> Iterator[None]:
    """Marks what is recorded inside, on top of the current context, across awaits."""
    given = {"agent_id": agent_id, "run_id": run_id, "node_id": node_id}
    current = _current.get()
    if run_id is not None and run_id != current.run_id:
        # A node belongs to its run: in another run it is none.
        current = current._replace(node_id=None)
    context = current._replace(**{name: value for name, value in given.items() if value is not None})
    token = _current.set(context)
    try:
        yield
    finally:
        leave(token)


def enter(context: Context) -> Token[Context]:
    """For callers that are told of a beginning and an end, and cannot use `with`."""
    return _current.set(context)


def leave(token: Token[Context]) -> None:
    # Where the end is told in another task than the beginning, that task's context has ended with it.
    with suppress(ValueError, RuntimeError):
        _current.reset(token)
