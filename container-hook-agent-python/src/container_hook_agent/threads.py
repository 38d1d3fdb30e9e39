"""Calls that may take long, in threads that never keep the process alive."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def call_in_thread(work: Callable[[], T], timeout: float | None) -> T | None:
    """None where it takes longer than `timeout` seconds, or fails."""
    future = _start(work)
    try:
        return future.result(timeout)
    except Exception:
        return None


async def await_in_thread(work: Callable[[], T]) -> T:
    return await asyncio.wrap_future(_start(work))


def _start(work: Callable[[], T]) -> "Future[T]":
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    try:
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(run,), name="hook-agent-call", daemon=True).start()
    except RuntimeError:
        # The interpreter is ending and starts no more threads.
        run()
    return future
